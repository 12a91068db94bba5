"""What does not agree, by category, and by how much. Pure: facts in, findings out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.kernel.ids import KABINET, AccountId, PaymentId, derived
from domain.kernel.money import ZERO, Money, total
from domain.payments.reconciliation.facts import Booked, Collected, Credit, DayFacts, Operation, by_payment
from domain.payments.reconciliation.matching import paired
from domain.payments.registries.entries import Direction
from domain.payments.registries.rows import RowCode, RowState


class Category(StrEnum):
    """Stable: systems decide by these."""

    MATCHED = "matched"
    MISSING_IN_REGISTRY = "missing_in_registry"
    MISSING_IN_LEDGER = "missing_in_ledger"
    MISSING_IN_BANK = "missing_in_bank"
    AMOUNT_DIFF = "amount_diff"
    DUPLICATE = "duplicate"
    REFUND_UNMATCHED = "refund_unmatched"
    LATE = "late"


CATEGORY_TEXTS: Mapping[Category, str] = {
    Category.MATCHED: "Agrees",
    Category.MISSING_IN_REGISTRY: "No registry tells of it",
    Category.MISSING_IN_LEDGER: "Not in the ledger",
    Category.MISSING_IN_BANK: "The bank has not credited it",
    Category.AMOUNT_DIFF: "The sums differ",
    Category.DUPLICATE: "Told twice, posted once",
    Category.REFUND_UNMATCHED: "A refund that is not ours",
    Category.LATE: "Agrees, but came late",
}


class Discrepancy(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`difference` is how far what was told exceeds what stands on the other side; zero needs nobody's eyes.
    The id is the same each time the same thing is found."""

    id: UUID
    category: Category
    subject: str
    told: Money | None = None
    booked: Money | None = None
    credited: Money | None = None
    difference: Money = ZERO
    registry_id: AccountId | None = None
    row_no: int = 0
    account_id: AccountId | None = None
    payment_id: PaymentId | None = None

    @property
    def gap(self) -> Money:
        """How far it differs, whichever way."""
        return max(self.difference, -self.difference)


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """`counts` are operations and files by category. Sums: told by the agent, held by the ledger, due from
    the bank and credited by it."""

    counts: Mapping[Category, int] = {}
    told: Money = ZERO
    booked: Money = ZERO
    expected: Money = ZERO
    credited: Money = ZERO
    found: tuple[Discrepancy, ...] = ()


class _Judged(msgspec.Struct, frozen=True):
    """Each operation of the day with what is wrong with it; each of its files with its credit."""

    verdicts: list[tuple[Operation, Discrepancy | None]]
    pairs: list[tuple[Collected, Credit | None]]


def compared(facts: DayFacts) -> Compared:
    judged = _judged(facts)
    verdicts, pairs = judged.verdicts, judged.pairs
    found = [verdict for _, verdict in verdicts if verdict]
    found += [*_unheard(facts), *_credits(facts, pairs), *_strays(facts)]
    counts = Counter(one.category for one in found)
    counts[Category.MATCHED] = sum(verdict is None for _, verdict in verdicts) + sum(
        credit is not None for _, credit in pairs
    )
    counts[Category.MATCHED] -= sum(
        one.category is Category.AMOUNT_DIFF and one.credited is not None for one in found
    )
    return Compared(
        counts=counts,
        told=total(one.amount for one, _ in verdicts if one.direction is Direction.IN),
        booked=total(one.posted for one in facts.booked),
        expected=total(file.expected for file, _ in pairs),
        credited=total(credit.amount for _, credit in pairs if credit),
        found=tuple(sorted(found, key=lambda one: (one.category, one.subject, str(one.id)))),
    )


def agreed(facts: DayFacts) -> list[Discrepancy]:
    """What `compared` counts as agreeing, told the same way: operations, then files that were credited."""
    judged, held = _judged(facts), by_payment(facts.booked)
    found = [
        _of(facts, one, Category.MATCHED, ZERO, held.get(one.payment_id) if one.payment_id else None)
        for one, verdict in judged.verdicts
        if verdict is None
    ]
    return found + [
        _of_file(facts, file, credit, Category.MATCHED, ZERO)
        for file, credit in judged.pairs
        if credit and _is_in_full(file, credit)
    ]


def _judged(facts: DayFacts) -> _Judged:
    held = by_payment(facts.booked)
    pairs = [(file, credit) for file, credit in paired(facts.files, facts.credits) if _is_of_day(facts, file)]
    paid_twice = {file.registry_id for file, credit in pairs if credit and credit.amount == file.transferred}
    verdicts = [
        (one, _verdict(facts, one, held, is_paid_twice=one.registry_id in paid_twice))
        for one in facts.operations
        if not (facts.is_statement and _is_aside(one))
    ]
    return _Judged(verdicts, pairs)


def _is_aside(one: Operation) -> bool:
    """In a statement: what agents pass on is a credit of theirs, what goes out is no customer's."""
    return one.direction is Direction.OUT or one.code is RowCode.AGENT_TRANSFER


def _is_of_day(facts: DayFacts, file: Collected) -> bool:
    return facts.since <= file.last_paid_at < facts.until and bool(file.transferred)


def _verdict(
    facts: DayFacts, one: Operation, held: Mapping[PaymentId, Booked], *, is_paid_twice: bool
) -> Discrepancy | None:
    """None: all agree."""
    if one.direction is Direction.OUT:
        known = one.id in facts.refunds
        return None if known else _of(facts, one, Category.REFUND_UNMATCHED, -one.amount)
    if one.state is RowState.REPEATED:
        return _of(facts, one, Category.DUPLICATE, one.amount if is_paid_twice else ZERO)
    if one.state is RowState.REFUSED:
        return _of(facts, one, Category.AMOUNT_DIFF, one.amount)
    if one.code in {RowCode.PAID_ONLINE, RowCode.PAID_AT_TERMINAL}:
        return None
    booked = held.get(one.payment_id) if one.payment_id else None
    if booked is None:
        return _of(facts, one, Category.MISSING_IN_LEDGER, one.amount)
    if booked.posted != one.amount:
        return _of(facts, one, Category.AMOUNT_DIFF, one.amount - booked.posted, booked)
    if booked.is_late or (one.told_at and one.told_at > facts.due):
        return _of(facts, one, Category.LATE, ZERO, booked)
    return None


def _of(
    facts: DayFacts, one: Operation, category: Category, difference: Money, booked: Booked | None = None
) -> Discrepancy:
    return Discrepancy(
        id=_id(facts, f"{one.id}:{one.registry_id}:{one.row_no}"),
        category=category,
        subject=one.id,
        told=one.amount,
        booked=booked.posted if booked else None,
        difference=difference,
        registry_id=one.registry_id,
        row_no=one.row_no,
        account_id=booked.account_id if booked else None,
        payment_id=one.payment_id,
    )


def _unheard(facts: DayFacts) -> Iterator[Discrepancy]:
    """In our ledger, and nobody told of it."""
    told = {one.payment_id for one in facts.operations}
    for one in facts.booked:
        if one.payment_id not in told:
            yield Discrepancy(
                id=_id(facts, f"payment:{one.payment_id}"),
                category=Category.MISSING_IN_REGISTRY,
                subject=one.operation_id,
                booked=one.posted,
                difference=-one.posted,
                account_id=one.account_id,
                payment_id=one.payment_id,
            )


def _credits(facts: DayFacts, pairs: list[tuple[Collected, Credit | None]]) -> Iterator[Discrepancy]:
    for file, credit in pairs:
        if credit and _is_in_full(file, credit):
            continue
        difference = file.expected - (credit.amount if credit else ZERO)
        category = Category.AMOUNT_DIFF if credit else Category.MISSING_IN_BANK
        yield _of_file(facts, file, credit, category, difference)


def _is_in_full(file: Collected, credit: Credit) -> bool:
    """What was credited twice stands by its rows."""
    return credit.amount in {file.expected, file.transferred}


def _of_file(
    facts: DayFacts, file: Collected, credit: Credit | None, category: Category, difference: Money
) -> Discrepancy:
    return Discrepancy(
        id=_id(facts, f"file:{file.registry_id}:{file.name}"),
        category=category,
        subject=file.name,
        told=file.expected,
        credited=credit.amount if credit else None,
        difference=difference,
        registry_id=file.registry_id,
    )


def _strays(facts: DayFacts) -> Iterator[Discrepancy]:
    for one in facts.stray:
        yield Discrepancy(
            id=_id(facts, f"credit:{one.registry_id}:{one.row_no}"),
            category=Category.MISSING_IN_REGISTRY,
            subject=one.operation_id,
            credited=one.amount,
            difference=-one.amount,
            registry_id=one.registry_id,
            row_no=one.row_no,
        )


def _id(facts: DayFacts, name: str) -> UUID:
    return derived(KABINET, f"reconciliation:{facts.agent_code}:{facts.day}:{name}")
