"""A paid payment's way into the books: whatever has changed since its parts were frozen."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.accounts import books
from domain.accounts.books import Kind
from domain.accounts.charges import OpenCharge
from domain.accounts.ledger import Head, Standing, movements, settled_lines
from domain.kernel.ids import AccountId, ChargeId, PaymentId, SupplierAccountId
from domain.kernel.money import ZERO, Money, total
from domain.payments.allocation import allocate
from domain.payments.explanation import Addressed, AllocationRule, Line, Part, PartLine, Rule
from domain.payments.payments import Payment, PaymentState, Wish
from domain.payments.provider import Method
from domain.payments.settlement import settlement

ACCOUNT, PAYMENT = AccountId(UUID(int=1)), PaymentId(UUID(int=2))
AT = datetime(2026, 11, 20, 7, tzinfo=UTC)
DAY = date(2026, 11, 20)
SOURCE = books.payment(PAYMENT)
OWNERS = [SupplierAccountId(UUID(int=1000 + n)) for n in range(4)]
BILL_FIRST = AllocationRule(rule=Rule.BILL_FIRST, version=1)


def open_charge(number, owner, charged, unpaid, penalty=0, penalty_unpaid=0, period="2026-10"):
    return OpenCharge(
        charge_id=ChargeId(UUID(int=number)),
        supplier_account_id=owner,
        service_code=f"s{number}",
        period=period,
        charged=Money(charged),
        open=Money(unpaid),
        penalty_charged=Money(penalty),
        penalty_open=Money(penalty_unpaid),
    )


def standing_of(charges):
    return Standing(head=Head(account_id=ACCOUNT), charges=tuple(charges), balances={})


def payment_of(parts):
    amount = total(part.amount for part in parts)
    return Payment(
        id=PAYMENT,
        account_id=ACCOUNT,
        payer_id=UUID(int=3),
        wish=Wish(amount=amount, method=Method.SBP),
        amount=amount,
        parts=tuple(parts),
        state=PaymentState.PAID,
        provider="yookassa",
        created_at=AT,
        expires_at=AT + timedelta(minutes=20),
    )


def part_of(owner, *lines):
    found = tuple(
        PartLine(
            line=Line(supplier_account_id=owner, charge_id=charge_id, kind=kind),
            amount=Money(kopecks),
        )
        for charge_id, kind, kopecks in lines
    )
    return Part(supplier_account_id=owner, amount=total(line.amount for line in found), lines=found)


@st.composite
def bills(draw):
    """What the account owed when the payment was made."""
    charges, number = [], 0
    for owner in draw(st.lists(st.sampled_from(OWNERS), min_size=1, max_size=4, unique=True)):
        for period in draw(st.lists(st.sampled_from(["2026-09", "2026-10"]), max_size=2, unique=True)):
            number += 1
            charged, penalty = draw(st.integers(0, 50_000)), draw(st.sampled_from([0, 0, 37, 900]))
            unpaid, penalty_unpaid = draw(st.integers(0, charged)), draw(st.integers(0, penalty))
            charges.append(open_charge(number, owner, charged, unpaid, penalty, penalty_unpaid, period))
    return charges


@st.composite
def changed(draw, charges):
    """The same when the money came: paid in part by others, lowered, raised, or gone."""
    found = []
    for line in charges:
        if draw(st.booleans()):
            found.append(line)
        elif draw(st.booleans()):
            unpaid, penalty = draw(st.integers(0, 60_000)), draw(st.integers(0, 900))
            found.append(replace(line, open=Money(unpaid), penalty_open=Money(penalty)))
    return found


@st.composite
def frozen_and_found(draw):
    charges = draw(bills())
    ids = tuple({line.supplier_account_id for line in charges}) or (OWNERS[0],)
    wanted = [Addressed(amount=Money(draw(st.integers(1, 200_000))), supplier_account_ids=ids)]
    parts, _ = allocate(standing_of(charges), wanted, rule=BILL_FIRST, period=None)
    return payment_of(parts), standing_of(charges), standing_of(draw(changed(charges)))


def unpaid(standing):
    found = {(line.charge_id, Kind.PRINCIPAL): line.open for line in standing.charges}
    return found | {(line.charge_id, Kind.PENALTY): line.penalty_open for line in standing.charges}


def owners_of(standing):
    return {line.charge_id: line.supplier_account_id for line in standing.charges}


@given(frozen_and_found())
def test_every_kopeck_goes_through_and_each_supplier_gets_its_frozen_part(case):
    payment, _, now = case

    posting = settlement(payment, now, DAY)

    moved = movements(posting.transfers)
    assert moved[books.clearing("yookassa")] == payment.amount
    assert moved[SOURCE] == ZERO
    assert total(moved.values()) == ZERO
    for part in payment.parts:
        own = [books.receivable(part.supplier_account_id, kind) for kind in Kind]
        own.append(books.advance(part.supplier_account_id))
        assert total(moved.get(book, ZERO) for book in own) == -part.amount
    assert (posting.account_id, posting.value_date) == (ACCOUNT, DAY)


@given(frozen_and_found())
def test_no_line_gets_more_than_is_unpaid_nor_more_than_was_frozen(case):
    payment, _, now = case

    posting = settlement(payment, now, DAY)

    left, owners = unpaid(now), owners_of(now)
    frozen = {
        (line.line.charge_id, line.line.kind): line.amount for part in payment.parts for line in part.lines
    }
    for charge_id, (principal, penalty) in settled_lines([posting]).items():
        for kind, paid in ((Kind.PRINCIPAL, principal), (Kind.PENALTY, penalty)):
            assert paid <= left.get((charge_id, kind), ZERO)
            assert paid <= frozen.get((charge_id, kind), ZERO)
    for transfer in posting.transfers:
        if transfer.charge_id is not None:
            assert str(owners[transfer.charge_id]) in transfer.credit


@given(frozen_and_found())
def test_what_has_not_changed_is_posted_as_frozen(case):
    payment, then, _ = case

    posting = settlement(payment, then, DAY)

    posted = settled_lines([posting])
    for part in payment.parts:
        ahead = ZERO
        for line in part.lines:
            charge_id, kind = line.line.charge_id, line.line.kind
            if charge_id is None:
                ahead += line.amount
                continue
            principal, penalty = posted[charge_id]
            assert line.amount == (principal if kind is Kind.PRINCIPAL else penalty)
        assert movements(posting.transfers).get(books.advance(part.supplier_account_id), ZERO) == -ahead


@given(frozen_and_found())
def test_a_second_payment_of_the_same_bill_takes_only_what_the_first_left(case):
    payment, then, _ = case
    first = settlement(payment, then, DAY)
    paid = settled_lines([first])
    rest = standing_of(
        replace(
            line,
            open=line.open - paid.get(line.charge_id, (ZERO, ZERO))[0],
            penalty_open=line.penalty_open - paid.get(line.charge_id, (ZERO, ZERO))[1],
        )
        for line in then.charges
    )

    second = settlement(payment, rest, DAY)

    for charge_id, (principal, penalty) in settled_lines([first, second]).items():
        assert principal <= unpaid(then)[charge_id, Kind.PRINCIPAL]
        assert penalty <= unpaid(then)[charge_id, Kind.PENALTY]
    assert movements(second.transfers)[SOURCE] == ZERO


def test_what_no_longer_fits_is_the_own_suppliers_advance():
    one, two = OWNERS[:2]
    parts = [
        part_of(one, (ChargeId(UUID(int=1)), Kind.PRINCIPAL, 1000)),
        part_of(two, (ChargeId(UUID(int=2)), Kind.PRINCIPAL, 500), (ChargeId(UUID(int=2)), Kind.PENALTY, 50)),
    ]
    now = standing_of([open_charge(1, one, 1000, 400), open_charge(2, two, 500, 500, 50, 50)])

    moved = movements(settlement(payment_of(parts), now, DAY).transfers)

    assert moved == {
        books.clearing("yookassa"): Money(1550),
        SOURCE: ZERO,
        books.receivable(one, Kind.PRINCIPAL): Money(-400),
        books.advance(one): Money(-600),
        books.receivable(two, Kind.PRINCIPAL): Money(-500),
        books.receivable(two, Kind.PENALTY): Money(-50),
    }


def test_a_line_that_is_gone_is_all_advance_and_no_transfer_is_empty():
    part = part_of(OWNERS[0], (ChargeId(UUID(int=1)), Kind.PRINCIPAL, 1000))

    posting = settlement(payment_of([part]), standing_of([]), DAY)

    assert [(one.credit, one.amount.kopecks) for one in posting.transfers] == [
        (SOURCE, 1000),
        (books.advance(OWNERS[0]), 1000),
    ]


def test_one_payment_is_one_cause():
    part = part_of(OWNERS[0], (None, None, 1))
    first = settlement(payment_of([part]), standing_of([]), DAY)
    again = settlement(payment_of([part]), standing_of([]), DAY + timedelta(days=1))

    assert first.cause.posting_id == again.cause.posting_id
    assert first.cause.id == PAYMENT
