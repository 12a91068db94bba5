"""A difference explained is not one that agrees; above the limit two people explain it."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from domain.kernel.access import Actor, ActorKind
from domain.kernel.money import ZERO, Money
from domain.payments.reconciliation.days import (
    DayReconciliation,
    NothingToResolve,
    ReconciliationTerms,
    Resolution,
)
from domain.payments.reconciliation.findings import Category, Discrepancy

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
TERMS = ReconciliationTerms(alone_up_to=Money(1_500_000))
OPERATOR = Actor(kind=ActorKind.STAFF, id=UUID(int=1), name="Орлова")
SENIOR = Actor(kind=ActorKind.STAFF, id=UUID(int=2), name="Седов")


def differing(kopecks: int) -> Discrepancy:
    return Discrepancy(
        id=UUID(int=9), category=Category.MISSING_IN_BANK, subject="a.txt", difference=Money(kopecks)
    )


def day(found: Discrepancy, *said: Resolution) -> DayReconciliation:
    return DayReconciliation(
        agent_code="sber",
        day=date(2026, 11, 22),
        made_at=AT,
        counts={},
        told=ZERO,
        booked=ZERO,
        expected=ZERO,
        credited=ZERO,
        found=(found,),
        resolutions={found.id: said},
    )


def said(by: Actor, found: Discrepancy, reason: str = "Банк зачислит завтра") -> Resolution:
    return Resolution.by(by, found, reason, TERMS, AT)


def test_one_person_explains_up_to_the_limit_and_the_first_name_stays() -> None:
    found = differing(-1_500_000)
    kept = day(found, said(OPERATOR, found), said(SENIOR, found, "Пришло"))
    assert kept.is_zero
    assert kept.explained == (found,)
    assert kept.explained_difference == Money(1_500_000)
    first = kept.resolution(found)
    assert first is not None and first.by_name == "Орлова"
    assert [one.by_name for one in kept.explanations] == ["Орлова", "Седов"]


def test_above_the_limit_two_people_do() -> None:
    found = differing(1_500_001)
    alone = day(found, said(OPERATOR, found), said(OPERATOR, found, "И ещё раз"))
    assert (alone.open, alone.explained, alone.is_zero) == ((found,), (), False)
    both = day(found, said(OPERATOR, found), said(SENIOR, found))
    assert (both.open, both.explained, both.is_zero) == ((), (found,), True)


def test_another_difference_is_open_again_and_what_was_said_is_still_told() -> None:
    before, now = differing(900), differing(700)
    kept = day(now, said(OPERATOR, before), said(SENIOR, before))
    assert kept.open == (now,)
    assert [one.by_name for one in kept.said(now)] == ["Орлова", "Седов"]
    assert kept.row(now).resolution is None


def test_what_agrees_is_neither_open_nor_explained() -> None:
    found = differing(0)
    assert (day(found).open, day(found).explained) == ((), ())
    with pytest.raises(NothingToResolve):
        said(OPERATOR, found)
