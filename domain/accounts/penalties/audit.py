"""Whether posted penalties follow from what the account owed and paid. Pure: rows in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from domain.accounts.audit import Finding
from domain.accounts.penalties.penalties import Mark, Owing, PostedPenalty, asked, reckonings
from domain.accounts.penalties.rules import Rulebook
from domain.kernel.ids import AccountId, ChargeId
from domain.kernel.money import ZERO, Money


class AuditedPenalties(msgspec.Struct, frozen=True, kw_only=True):
    """`lines` are what the bill's lines of penalties say: sum and revision. `mark` is None where nothing was
    reckoned yet; `is_settled` says that nothing has moved since, and the account is not closed."""

    account_id: AccountId
    lines: Mapping[ChargeId, tuple[Money, int]]
    posted: Sequence[PostedPenalty]
    mark: Mark | None = None
    is_settled: bool = False
    owing: Owing | None = None


def penalty_findings(rows: AuditedPenalties, book: Rulebook) -> Iterator[Finding]:
    posted = {one.charge_id: one for one in rows.posted}
    for charge_id, (penalty, revision) in rows.lines.items():
        last = posted.get(charge_id)
        if last is None or (last.total, last.revision) != (penalty, revision):
            expected = f"{last.total.kopecks} by revision {last.revision}" if last else "a reckoning"
            yield _found(
                rows, "penalty-line", charge_id, expected, f"{penalty.kopecks} by revision {revision}"
            )
    for one in rows.posted:
        if one.reckoning.total != one.total:
            yield _found(rows, "penalty-sum", one.charge_id, one.reckoning.total.kopecks, one.total.kopecks)
    if rows.mark and rows.owing and rows.is_settled and rows.mark.rules == book.fingerprint:
        yield from _reckoned_anew(rows, rows.owing, rows.mark, book)


def _reckoned_anew(rows: AuditedPenalties, owing: Owing, mark: Mark, book: Rulebook) -> Iterator[Finding]:
    """What the rules give now, beside what stands."""
    account, _ = asked(rows.account_id, reckonings(owing, book, mark.as_of))
    for charge in account.charges:
        found, _ = rows.lines.get(charge.id, (ZERO, 0))
        if charge.penalty != found:
            yield _found(rows, "penalty-reckoned", charge.id, charge.penalty.kopecks, found.kopecks)


def _found(
    rows: AuditedPenalties, code: str, charge_id: ChargeId, expected: object, found: object
) -> Finding:
    return Finding(
        code=code,
        account_id=rows.account_id,
        table="charges",
        key=f"charge_id={charge_id}",
        expected=str(expected),
        found=str(found),
    )
