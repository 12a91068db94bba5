"""Whether the cases of one account agree with their steps, and each approved case's effects with the ledger:
there once, and nowhere else. Pure: rows in, findings out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from uuid import UUID

import msgspec

from domain.accounts.audit import Finding
from domain.cases.states import ANSWERED
from domain.kernel.ids import AccountId, CaseId, ChargeId

_AN_EFFECT = "an effect of its case"


class AuditedCase(msgspec.Struct, frozen=True, kw_only=True):
    """What of `cases` is to agree with the rest. `steps` are (number, state) in order; `decisions` are
    (number, how many effects it had)."""

    case_id: CaseId
    number: str
    state: str
    is_open: bool
    step_no: int
    decisions_count: int
    steps: Sequence[tuple[int, str]]
    decisions: Sequence[tuple[int, int]]


class AuditedEffect(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `case_effects`. `times_posted` says how many postings or charges its reference names
    in the ledger; None of jobs, which are gone when they are done."""

    case_id: CaseId
    decision: int
    no: int
    kind: str
    reference: str
    is_annulment: bool
    times_posted: int | None


class AuditedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """`stray_charges` and `stray_postings` were posted for cases (by their bill or cause), yet no effect
    names them."""

    account_id: AccountId
    cases: Sequence[AuditedCase]
    effects: Sequence[AuditedEffect]
    stray_charges: Sequence[ChargeId]
    stray_postings: Sequence[UUID]


class AuditedSlot(msgspec.Struct, frozen=True, kw_only=True):
    """Hours on offer, and how many visits stand in them: booked, made, or come to in vain."""

    slot_id: UUID
    taken_count: int
    visits_count: int


def slot_findings(slots: Iterable[AuditedSlot]) -> Iterator[Finding]:
    """A place counted as taken is one visit, and the other way round."""
    for slot in slots:
        if slot.taken_count != slot.visits_count:
            yield Finding(
                code="visit-slot-places",
                account_id=None,
                table="visit_slots",
                key=f"slot_id={slot.slot_id}",
                expected=f"taken_count={slot.visits_count}",
                found=f"taken_count={slot.taken_count}",
            )


def case_findings(rows: AuditedAccount) -> Iterator[Finding]:
    for case in rows.cases:
        yield from _timeline(rows, case)
        yield from _decisions(rows, case)
    yield from _effects(rows)
    for charge_id in rows.stray_charges:
        yield _found(rows, "case-charge-stray", "charges", f"charge_id={charge_id}", _AN_EFFECT, "nobody's")
    for posting_id in rows.stray_postings:
        key = f"posting_id={posting_id}"
        yield _found(rows, "case-posting-stray", "transfers", key, _AN_EFFECT, "nobody's")


def _timeline(rows: AuditedAccount, case: AuditedCase) -> Iterator[Finding]:
    key = f"case_id={case.case_id}"
    numbers = [number for number, _ in case.steps]
    if numbers != list(range(1, case.step_no + 1)):
        yield _found(rows, "case-steps", "case_steps", key, f"steps 1 to {case.step_no}", numbers)
    elif case.steps[-1][1] != case.state:
        yield _found(rows, "case-state", "cases", key, case.steps[-1][1], case.state)
    expected = case.state not in ANSWERED
    if case.is_open is not expected:
        yield _found(rows, "case-open", "cases", key, f"is_open={expected}", f"is_open={case.is_open}")


def _decisions(rows: AuditedAccount, case: AuditedCase) -> Iterator[Finding]:
    key = f"case_id={case.case_id}"
    numbers = [number for number, _ in case.decisions]
    if numbers != list(range(1, case.decisions_count + 1)):
        expected = f"decisions 1 to {case.decisions_count}"
        yield _found(rows, "case-decisions", "case_decisions", key, expected, numbers)
    kept = Counter(
        one.decision for one in rows.effects if one.case_id == case.case_id and not one.is_annulment
    )
    for number, count in case.decisions:
        if kept[number] != count:
            where = f"{key} decision_no={number}"
            yield _found(rows, "case-effects-count", "case_effects", where, count, kept[number])


def _effects(rows: AuditedAccount) -> Iterator[Finding]:
    """Each that moves money stands once in the ledger, and no two are the same posting."""
    named = Counter((one.kind, one.reference) for one in rows.effects if one.times_posted is not None)
    for one in rows.effects:
        key = f"case_id={one.case_id} decision_no={one.decision} effect_no={one.no}"
        if one.times_posted is not None and one.times_posted != 1:
            found = f"{one.kind} {one.reference} posted {one.times_posted} times"
            yield _found(rows, "case-effect-missing", "case_effects", key, "posted once", found)
        if one.times_posted is not None and named[one.kind, one.reference] > 1:
            found = f"{one.kind} {one.reference} named {named[one.kind, one.reference]} times"
            yield _found(rows, "case-effect-twice", "case_effects", key, "named once", found)
    for before, after in pairwise(rows.effects):
        same = (before.case_id, before.decision) == (after.case_id, after.decision)
        if same and after.no != before.no + 1:
            key = f"case_id={after.case_id} decision_no={after.decision}"
            yield _found(rows, "case-effects", "case_effects", key, f"effect_no={before.no + 1}", after.no)


def _found(rows: AuditedAccount, code: str, table: str, key: str, expected: object, found: object) -> Finding:
    return Finding(
        code=code,
        account_id=rows.account_id,
        table=table,
        key=key,
        expected=str(expected),
        found=str(found),
    )
