"""What stands in the paths of routes about people: members, powers, sessions, keys, staff, systems."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from uuid import UUID

from domain.kernel.access import Scope
from domain.kernel.ids import PowerId, SessionId, StaffId, UserId
from domain.notices.kinds.reading_reminder import ReadingReminder
from domain.notices.notices import Notice, NoticeId
from domain.notices.stopping import Stop
from domain.notices.words import Channel
from domain.people.four_eyes import Approval
from domain.people.passkeys import Passkey
from domain.people.powers import Power, PowerKind, PowerStatus
from domain.people.staff import Role
from domain.people.staff_changes import ResetSecondFactor
from domain.people.tokens import parsed
from infra.clock import new_id
from tests.actors import add_customer, add_staff, customer_token
from tests.architecture.scope_world import World
from tests.systems import system_key


async def user_id(world: World) -> UUID:
    """A member beside the owner and the payer."""
    return await add_member(world, "{see}")


async def invitation_id(world: World) -> UUID:
    made = new_id()
    await world.kabinet.container.pool.execute(
        "INSERT INTO invitations (account_id, invitation_id, phone, role, scopes, invited_by, made_at,"
        " expires_at) VALUES ($1, $2, $3, 'family', '{see}', $4, $5, $6)",
        world.home.account_id,
        made,
        f"+7900{made.int % 10_000_000:07}",
        world.owner,
        world.at,
        world.at + timedelta(days=1),
    )
    return made


async def power_id(world: World) -> UUID:
    """One on paper that waits for staff."""
    power = Power(
        id=PowerId(new_id()),
        account_id=world.home.account_id,
        user_id=await add_customer(world.kabinet.container),
        kind=PowerKind.PAPER,
        number="1",
        issuer_inn="7707083893",
        representative_inn="500100732259",
        codes=frozenset({"KAB-PAY"}),
        valid_from=world.at.date(),
        valid_until=world.at.date(),
        status=PowerStatus.WAITING,
        entered_at=world.at,
        checked_at=world.at,
    )
    async with world.kabinet.container.transaction() as store:
        await store.powers.add(power)
    return power.id


async def session_id(world: World) -> UUID:
    token = parsed(await customer_token(world.kabinet.container, world.owner))
    return SessionId(token.session_id)


async def consent_id(world: World) -> UUID:
    made = new_id()
    await world.kabinet.container.pool.execute(
        "UPDATE user_consents SET withdrawn_at = $1 WHERE withdrawn_at IS NULL", world.at
    )
    await world.kabinet.container.pool.execute(
        "INSERT INTO user_consents (user_id, consent_id, document_id, sha256, given_at, channel, ip, device)"
        " SELECT $1, $2, document_id, sha256, $3, 'cabinet', '', '' FROM documents LIMIT 1",
        world.owner,
        made,
        world.at,
    )
    return made


async def document_id(world: World) -> UUID:
    if world.route.startswith("PUT"):
        return new_id()
    return await world.kabinet.container.pool.fetchval("SELECT document_id FROM documents LIMIT 1")


async def identity_id(world: World) -> UUID:
    made = new_id()
    await world.kabinet.container.pool.execute(
        "INSERT INTO user_identities (user_id, identity_id, provider, issuer, subject, name, linked_at)"
        " VALUES ($1, $2, 'state', 'https://state.example', $3, 'И', $4)",
        world.owner,
        made,
        str(made),
        world.at,
    )
    return made


async def passkey_id(world: World) -> str:
    credential_id = new_id().bytes
    async with world.kabinet.container.transaction() as store:
        await store.passkeys.add(
            Passkey(
                user_id=world.owner,
                credential_id=credential_id,
                public_key=b"k",
                sign_count=0,
                name="Телефон",
                transports=(),
                created_at=world.at,
            )
        )
    return urlsafe_b64encode(credential_id).decode().rstrip("=")


async def staff_id(world: World) -> UUID:
    return (await add_staff(world.kabinet.container, Role.OPERATOR)).id


async def approval_id(world: World) -> UUID:
    """Asked for by an administrator who is none of the callers."""
    container = world.kabinet.container
    asker = await add_staff(container, Role.ADMINISTRATOR, has_factor=True)
    approval = Approval(
        id=new_id(),
        action=ResetSecondFactor(staff_id=StaffId(await staff_id(world))),
        reason="lost",
        asked_by=asker.id,
        asked_by_name=asker.name,
        asked_role=Role.ADMINISTRATOR,
        asked_at=world.at,
        expires_at=world.at + timedelta(days=1),
    )
    async with container.transaction() as store:
        await store.approvals.add(approval)
    return approval.id


async def system_id(world: World) -> UUID:
    return await _of_key(world, "system_id")


async def api_key_id(world: World) -> UUID:
    return await _of_key(world, "api_key_id")


async def notice_id(world: World) -> UUID:
    notice = Notice(
        id=NoticeId(new_id()),
        user_id=world.owner,
        account_id=world.home.account_id,
        channel=Channel.EMAIL,
        cause=str(new_id()),
        address="owner@example.test",
        words=ReadingReminder.sample(),
        made_at=world.at,
    )
    async with world.kabinet.container.transaction() as store:
        await store.notices.add([notice])
    return notice.id


async def token(world: World) -> str:
    stop = Stop(user_id=world.owner, kind="reading-reminder", channel=Channel.EMAIL)
    return stop.token(world.kabinet.container.notices.preference_service.key)


async def add_member(world: World, scopes: str, *, agrees: bool = True) -> UserId:
    """A customer with these scopes on the household's account."""
    member = await add_customer(world.kabinet.container, agrees=agrees)
    pool = world.kabinet.container.pool
    await pool.execute(
        "INSERT INTO account_members (account_id, user_id, scopes, role, added_at)"
        " VALUES ($1, $2, $3::text::text[], 'family', $4)",
        world.home.account_id,
        member,
        scopes,
        world.at,
    )
    await pool.execute(
        "INSERT INTO user_accounts VALUES ($1, $2, $3)", member, world.home.account_id, world.at
    )
    return member


async def _of_key(world: World, column: str) -> UUID:
    """Of the newest key of the system of that world; system_id, asked first, makes it."""
    pool = world.kabinet.container.pool
    if column == "system_id":
        await system_key(
            world.kabinet.container.system_service, Scope.SEE, name=str(new_id()), now=world.kabinet.clock
        )
        return await pool.fetchval("SELECT system_id FROM api_keys ORDER BY api_key_id DESC LIMIT 1")
    return await pool.fetchval("SELECT api_key_id FROM api_keys ORDER BY api_key_id DESC LIMIT 1")
