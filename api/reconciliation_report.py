"""A reconciled day as a workbook."""

from collections.abc import Sequence

from api.texts import translated
from domain.kernel.sheets import Cell, Sheet
from domain.payments.reconciliation.days import DayReconciliation
from domain.payments.reconciliation.findings import CATEGORY_TEXTS, Category
from domain.payments.registries.suspense import SuspenseAge

_AGENTS = (
    "Agent",
    "Compared at",
    "Told",
    "In the ledger",
    "Due from the bank",
    "Credited",
    "Open",
    "Difference",
    "Explained",
    "Explained, sum",
)
_FOUND = (
    "Agent",
    "What",
    "Operation or file",
    "Told",
    "In the ledger",
    "Credited",
    "Difference",
    "Explained by",
    "Explained at",
    "Reason",
)
_AGES = ("Waits, days up to", "Rows", "Sum")


def report(days: Sequence[DayReconciliation], ages: Sequence[SuspenseAge], language: str) -> list[Sheet]:
    def sheet(title: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Sheet:
        said = [translated(language, one) for one in headings]
        return Sheet(title=translated(language, title), headings=said, rows=rows)

    categories = [(one, translated(language, CATEGORY_TEXTS[one])) for one in Category]
    agents = [(*_sums(day), *(day.counts.get(one, 0) for one, _ in categories)) for day in days]
    return [
        sheet("Agents", (*_AGENTS, *(words for _, words in categories)), agents),
        sheet("Discrepancies", _FOUND, [row for day in days for row in _found(day, language)]),
        sheet("Suspense", _AGES, [(one.days, one.rows, one.sum) for one in ages]),
    ]


def _sums(day: DayReconciliation) -> tuple[Cell, ...]:
    sums = (day.told, day.booked, day.expected, day.credited)
    explained = (len(day.explained), day.explained_difference)
    return (day.agent_code, day.made_at, *sums, len(day.open), day.difference, *explained)


def _found(day: DayReconciliation, language: str) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for one in day.found:
        said = day.holding(one) if day.resolution(one) else ()
        what = translated(language, CATEGORY_TEXTS[one.category])
        sums = (one.told, one.booked, one.credited, one.difference)
        names, reasons = "; ".join(each.by_name for each in said), "; ".join(each.reason for each in said)
        words = (names, said[-1].at if said else "", reasons)
        rows.append((day.agent_code, what, one.subject, *sums, *words))
    return rows
