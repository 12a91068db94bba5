"""The rule of tries and locks, and the proof from a bill."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.kernel.ids import AccountId
from domain.kernel.money import ZERO, Money
from domain.people.attempts import Limit, Tries, TryKind, network_of, sign_in_doors
from domain.people.memberships import LastBill, Proof, ProofMissing

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMIT = Limit(tries=3, window_seconds=100, lock_seconds=10, most_lock_seconds=35)


def after(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def tried(tries: Tries, times: int, at: datetime) -> Tries:
    for _ in range(times):
        assert tries.wait_seconds(at) == 0
        tries = tries.tried(LIMIT, at)
    return tries


@pytest.fixture
def fresh():
    return Tries(kind=TryKind.SIGN_IN, key="k", window_started_at=NOON)


def test_the_last_try_of_a_window_locks_behind_itself(fresh):
    assert tried(fresh, 2, NOON).wait_seconds(NOON) == 0
    locked = tried(fresh, 3, NOON)
    assert locked.wait_seconds(NOON) == 10
    assert locked.wait_seconds(after(9)) == 1
    assert locked.wait_seconds(after(10)) == 0


def test_each_lock_is_twice_as_long_up_to_the_longest(fresh):
    tries, at, waits = fresh, NOON, []
    for _ in range(4):
        tries = tried(tries, 3, at)
        waits.append(tries.wait_seconds(at))
        at += timedelta(seconds=waits[-1])
    assert waits == [10, 20, 35, 35]


def test_locks_are_forgiven_after_a_quiet_day(fresh):
    locked = tried(fresh, 3, NOON)
    again = tried(locked, 3, after(86400 + 10))
    assert again.wait_seconds(after(86400 + 10)) == 10


def test_tries_of_an_old_window_do_not_count(fresh):
    tries = tried(fresh, 2, NOON)
    assert tried(tries, 2, after(100)).wait_seconds(after(100)) == 0


def test_a_right_try_is_given_back(fresh):
    assert tried(fresh, 2, NOON).returned().count == 1
    lifted = tried(fresh, 3, NOON).returned()
    assert (lifted.wait_seconds(NOON), lifted.lock_no) == (0, 0)
    assert fresh.returned().count == 0


def test_a_hundred_thousand_locks_do_not_overflow(fresh):
    assert LIMIT.lock(100_000) == timedelta(seconds=35)


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("somewhere", "unknown"),
    ],
)
def test_a_network_is_what_one_household_has(ip, network):
    assert network_of(ip) == network


def test_a_known_network_is_not_slowed_by_others():
    kinds = {door.kind for door in sign_in_doors("+79000000001", "203.0.113.7", known=True)}
    assert TryKind.SIGN_IN_PHONE not in kinds
    assert sign_in_doors("x", "y", known=False) == sorted(sign_in_doors("x", "y", known=False))


BILL = LastBill(
    account_id=AccountId(UUID(int=1)),
    numbers=frozenset({"2026-10-000001", "К 77"}),
    charged=Money(1250_50),
    to_pay=Money(900_00),
    period="2026-10",
    first_posted_at=datetime(2026, 11, 3, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("proof", "proves"),
    [
        (Proof(bill_number="2026-10-000001"), True),
        (Proof(bill_number="№ 2026-10-000001 "), True),
        (Proof(bill_number="к77"), True),
        (Proof(bill_number="2026-10-000002"), False),
        (Proof(bill_number=""), False),
        (Proof(bill_amount=Money(1250_50)), True),
        (Proof(bill_amount=Money(900_00)), True),
        (Proof(bill_amount=Money(1250_51)), False),
    ],
)
def test_a_bill_is_proved_by_its_number_or_sum(proof, proves):
    assert BILL.is_proved_by(proof) is proves


def test_a_bill_of_nothing_proves_nothing():
    empty = replace(BILL, numbers=frozenset(), charged=ZERO, to_pay=ZERO)
    assert not empty.is_proved_by(Proof(bill_amount=ZERO))
    assert not empty.is_proved_by(Proof(bill_number=""))


def test_a_bill_from_before_a_change_of_owner_is_the_former_owners():
    sold = datetime(2026, 11, 20, 12, tzinfo=UTC)
    issued = sold + timedelta(days=13)
    assert BILL.is_of_holder(UTC)
    assert not replace(BILL, held_since=sold).is_of_holder(UTC)
    # Billed anew after the sale, yet it is the month before it, of which the former owner has the paper.
    assert not replace(BILL, held_since=sold, first_posted_at=issued).is_of_holder(UTC)
    assert not replace(BILL, held_since=sold, period="2026-11").is_of_holder(UTC)
    assert replace(BILL, held_since=sold, period="2026-11", first_posted_at=issued).is_of_holder(UTC)
    assert not replace(BILL, is_closed=True).is_of_holder(UTC)


@pytest.mark.parametrize("proof", [Proof(), Proof(bill_number="1", bill_amount=Money(1))])
def test_a_proof_is_exactly_one_thing(proof):
    with pytest.raises(ProofMissing):
        proof.check_shape()
