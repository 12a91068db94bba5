"""Codes that are sent, and sign-ups that wait for theirs."""

from datetime import timedelta
from uuid import uuid4

from msgspec.structs import replace

from domain.people.codes import OneTimeCode, Purpose, SignUp
from domain.people.phones import Phone
from tests.contracts.people.persons import NOON

CODE = OneTimeCode(
    key=b"k" * 32,
    purpose=Purpose.SIGN_IN,
    hash=b"h" * 32,
    tries_left=3,
    issued_at=NOON,
    expires_at=NOON + timedelta(minutes=10),
)


async def test_a_code_is_kept_replaced_and_pruned(postgres):
    used = replace(CODE, tries_left=2, used_at=NOON)
    newer = replace(CODE, hash=b"n" * 32, issued_at=NOON + timedelta(minutes=1))
    async with postgres() as store:
        assert await store.codes.locked(CODE.key) is None
        assert await store.codes.add(CODE)
        assert not await store.codes.add(newer)
        assert await store.codes.locked(CODE.key) == CODE
        for changed in (used, newer):
            await store.codes.save(changed)
            assert await store.codes.locked(CODE.key) == changed
        await store.codes.prune(CODE.expires_at)
        assert await store.codes.locked(CODE.key) == newer
        await store.codes.prune(CODE.expires_at + timedelta(seconds=1))
        assert await store.codes.locked(CODE.key) is None


async def test_a_sign_up_waits_until_it_is_out_of_date(postgres):
    sign_up = SignUp(id=uuid4(), phone=Phone("+79000000001"), expires_at=NOON)
    async with postgres() as store:
        await store.codes.add_sign_up(sign_up)
        assert await store.codes.sign_up(sign_up.id, NOON - timedelta(seconds=1)) == sign_up
        assert await store.codes.sign_up(sign_up.id, NOON) is None
        assert await store.codes.sign_up(uuid4(), NOON) is None
        await store.codes.prune(NOON + timedelta(seconds=1))
        assert await store.codes.sign_up(sign_up.id, NOON - timedelta(seconds=1)) is None
