"""Staged lines as charges of whole accounts, in the order of their ids."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

import asyncpg

from domain.accounts.charges import Charge, charge_id
from domain.accounts.charging import AccountCharges, Overpayment
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import Batch
from domain.accounts.openings import BILL_NUMBER, opening_cause, opening_charge_id
from domain.kernel.ids import AccountId
from domain.kernel.money import ZERO, Money

LONG_SECONDS = 3600.0


async def batches(
    connection: asyncpg.Connection, kind: ImportKind, size: int, after: AccountId | None
) -> AsyncIterator[Batch]:
    cursor = await connection.cursor(
        """
        SELECT account_id, supplier_account_id, supplier_inn, supplier_account, service, period, bill_number,
               volume, unit, tariff, amount_kopecks, recalculation_kopecks, penalty_kopecks,
               overpayment_kopecks
        FROM bill WHERE $1::uuid IS NULL OR account_id > $1 ORDER BY account_id
        """,
        after,
        timeout=LONG_SECONDS,
    )
    billed = _opened if kind is ImportKind.OPENING_BALANCES else _charged
    left: list[asyncpg.Record] = []
    while fetched := await cursor.fetch(size, timeout=LONG_SECONDS):
        rows = left + fetched
        # The last account may go on in the next portion.
        last, cut = rows[-1]["account_id"], len(rows)
        while cut and rows[cut - 1]["account_id"] == last:
            cut -= 1
        left = rows[cut:]
        if cut:
            yield _batch(rows[:cut], billed)
    if left:
        yield _batch(left, billed)


def _batch(
    rows: Sequence[asyncpg.Record], billed: Callable[[AccountId, Sequence[asyncpg.Record]], AccountCharges]
) -> Batch:
    by_account: Iterator[tuple[AccountId, Iterator[asyncpg.Record]]] = groupby(rows, itemgetter("account_id"))
    return Batch(
        rows=len(rows), accounts=[billed(account_id, list(group)) for account_id, group in by_account]
    )


def _charged(account_id: AccountId, rows: Sequence[asyncpg.Record]) -> AccountCharges:
    return AccountCharges(account_id=account_id, charges=[_charge(*row) for row in rows])


def _charge(
    _account: object,
    supplier_account_id: object,
    inn: str,
    supplier_account: str,
    service: str,
    period: str,
    bill_number: str,
    volume: str | None,
    unit: str,
    tariff: str | None,
    amount: int,
    recalculation: int,
    penalty: int,
    _overpayment: int,
) -> Charge:
    return Charge(
        id=charge_id(inn, supplier_account, service, period),
        supplier_account_id=supplier_account_id,  # type: ignore[arg-type]
        service_code=service,
        period=period,
        bill_number=bill_number,
        volume=None if volume is None else Decimal(volume),
        unit=unit,
        tariff=None if tariff is None else Decimal(tariff),
        amount=Money(amount),
        recalculation=Money(recalculation) if recalculation else ZERO,
        penalty=Money(penalty) if penalty else ZERO,
    )


def _opened(account_id: AccountId, rows: Sequence[asyncpg.Record]) -> AccountCharges:
    """What was owed is a charge of the period it comes from; what was paid ahead an advance."""
    charges, overpayments = [], []
    for row in rows:
        key = (row["supplier_inn"], row["supplier_account"], row["service"], row["period"])
        charges.append(
            Charge(
                id=opening_charge_id(*key),
                supplier_account_id=row["supplier_account_id"],
                service_code=row["service"],
                period=row["period"],
                bill_number=BILL_NUMBER,
                volume=None,
                unit="",
                tariff=None,
                amount=Money(row["amount_kopecks"]),
                recalculation=ZERO,
                penalty=Money(row["penalty_kopecks"]),
            )
        )
        if row["overpayment_kopecks"]:
            overpayments.append(
                Overpayment(
                    supplier_account_id=row["supplier_account_id"],
                    amount=Money(row["overpayment_kopecks"]),
                    cause_id=opening_cause(*key),
                )
            )
    nothing = frozenset(charge.id for charge in charges if not (charge.amount or charge.penalty))
    return AccountCharges(account_id=account_id, charges=charges, overpayments=overpayments, if_kept=nothing)
