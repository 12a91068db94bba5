"""The demo's accounts as the files billing would send. Written as they are thought of: a million
accounts need no more memory than one."""

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from domain.accounts.accounts import AccountKind
from domain.accounts.import_columns import COLUMNS, ImportKind
from domain.kernel.calendar import Period
from infra.demo.households import OPENING_PERIOD, PERIODS, Habit, Household, households
from infra.demo.meters import meter_rows
from infra.demo.prices import tariff_rows
from infra.demo.suppliers import (
    BANK_NAME,
    BIC,
    COLLECTION,
    NORM_SOURCE,
    NORMS,
    SUPPLIERS,
    DemoSupplier,
)

Row = tuple[object, ...]

KINDS = tuple(kind for kind in ImportKind if kind is not ImportKind.READINGS)
"""What there is a file of: billing has no answer yet to readings that nobody has sent."""


def write(
    out: Path, *, accounts: int, seed: int, told: Callable[[int], None] | None = None
) -> dict[str, int]:
    """A file in `out` per kind of import, named after it. The count of rows in each.

    `told` hears how many accounts are written.
    """
    out.mkdir(parents=True, exist_ok=True)
    counts = {kind.value: 0 for kind in KINDS}
    charged_kopecks = 0
    with ExitStack() as stack:
        writers = {kind: _writer(stack, out, kind) for kind in KINDS}
        counts["suppliers"] = _put(writers[ImportKind.SUPPLIERS], _suppliers())
        counts["tariffs"] = _put(writers[ImportKind.TARIFFS], tariff_rows())
        counts["norms"] = _put(writers[ImportKind.NORMS], _norms())
        for done, home in enumerate(households(accounts, seed), start=1):
            counts["accounts"] += _put(writers[ImportKind.ACCOUNTS], _accounts(home))
            counts["contacts"] += _put(writers[ImportKind.CONTACTS], _contacts(home))
            counts["opening-balances"] += _put(writers[ImportKind.OPENING_BALANCES], _openings(home))
            counts["meters"] += _put(writers[ImportKind.METERS], meter_rows(home))
            counts["charges"] += _put(writers[ImportKind.CHARGES], _charges(home))
            charged_kopecks += sum(line.amount + line.recalculation + line.penalty for line in home.lines)
            if told and done % 1000 == 0:
                told(done)
        writers[ImportKind.CHARGES].writerow(("#total", counts["charges"], roubles(charged_kopecks)))
    return counts


def by_month(charges: Path) -> list[tuple[Period, Path]]:
    """A file of charges as one file per period, beside it; without its control totals."""
    found = [(period, charges.with_name(f"charges-{period}.csv")) for period in PERIODS]
    with ExitStack() as stack:
        header, *lines = charges.read_text(encoding="utf-8").splitlines(keepends=True)
        files = {
            period: stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            for period, path in found
        }
        for file in files.values():
            file.write(header)
        for line in lines:
            if not line.startswith("#"):
                files[line.split(";", 1)[0]].write(line)
    return found


def roubles(kopecks: int) -> str:
    return f"{'-' if kopecks < 0 else ''}{abs(kopecks) // 100}.{abs(kopecks) % 100:02d}"


def _writer(stack: ExitStack, out: Path, kind: ImportKind) -> Any:
    file = stack.enter_context((out / f"{kind}.csv").open("w", encoding="utf-8", newline=""))
    writer = csv.writer(file, delimiter=";", lineterminator="\n")
    columns = COLUMNS[kind]
    writer.writerow((*columns.needed, *columns.optional))
    return writer


def _put(writer: Any, rows: Iterable[Row]) -> int:
    written = list(rows)
    writer.writerows(written)
    return len(written)


def _suppliers() -> Iterator[Row]:
    for supplier in SUPPLIERS:
        for service in supplier.services:
            yield (
                *(supplier.inn, supplier.name, BANK_NAME, BIC, supplier.account),
                *(COLLECTION.correspondent_account, "agent", "2025-01-01", supplier.kpp, supplier.name),
                *(service.code, service.name, service.unit, roubles(service.tariff_kopecks)),
            )


def _norms() -> Iterator[Row]:
    for supplier in SUPPLIERS:
        for service in supplier.services:
            if norm := NORMS.get(service.code):
                told = norm.code, norm.name, _thousandths(norm.volume), norm.per
                yield supplier.inn, service.code, *told, NORM_SOURCE, "2025-01-01"


def _accounts(home: Household) -> Iterator[Row]:
    for place, supplier in enumerate(home.suppliers, start=1):
        gis_service = f"{home.gis_number}-{place:02d}" if home.gis_number else ""
        yield (
            *(home.number, supplier.inn, home.supplier_account(supplier), home.address, home.holder),
            *(home.kind.value, home.gis_number, home.holder_inn, gis_service),
        )


def _contacts(home: Household) -> Iterator[Row]:
    word = "resident" if home.kind is AccountKind.UNIFIED else "firm"
    yield home.number, f"+7922{home.no:07d}", f"{word}{home.no}@example.test"


def _openings(home: Household) -> Iterator[Row]:
    """What debtors owed before; what the others paid of the first two periods, or of all, and more."""
    for supplier in home.suppliers:
        key = (home.number, supplier.inn, home.supplier_account(supplier), supplier.services[0].code)
        if home.habit is Habit.DEBTOR:
            debt = home.charged(supplier, PERIODS[:1]) * 3 // 4
            row = (roubles(debt), roubles(debt * 2 // 100), "0.00")
        else:
            row = ("0.00", "0.00", roubles(_paid(home, supplier)))
        if any(kopecks != "0.00" for kopecks in row):
            yield *key, OPENING_PERIOD, *row


def _paid(home: Household, supplier: DemoSupplier) -> int:
    if home.habit is Habit.EAGER:
        return home.charged(supplier, PERIODS) * 11 // 10 + 10_000
    return home.charged(supplier, PERIODS[:2])


def _charges(home: Household) -> Iterator[Row]:
    """What is taken off a home's bill is a benefit in every second home. Waste is counted by the norm and the
    people who live there; in the last month heating by the norm and the square metres."""
    for line in home.lines:
        benefit = max(-line.recalculation, 0) if home.no % 2 else 0
        is_counted = line.service.is_steady or line.period == PERIODS[-1]
        norm = NORMS.get(line.service.code) if is_counted and home.group else None
        yield (
            *(line.period, home.number, line.supplier.inn, home.supplier_account(line.supplier)),
            *(line.service.code, roubles(line.amount), _bill(home, line.period)),
            *(_thousandths(line.volume), line.service.unit),
            "" if line.tariff is None else roubles(line.tariff),
            *(roubles(line.recalculation + benefit), roubles(line.penalty), roubles(benefit)),
            *((norm.code, f"{line.volume / norm.volume:g}") if norm else ("", "")),
        )


def _thousandths(volume: int) -> str:
    return f"{volume // 1000}.{volume % 1000:03d}"


def _bill(home: Household, period: str) -> str:
    return f"{period[2:4]}{period[5:]}-{home.no:08d}"
