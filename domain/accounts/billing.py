"""Lines of billing's files, resolved, as charges of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from domain.accounts.charges import Charge, charge_id
from domain.accounts.charging import AccountCharges, Overpayment
from domain.accounts.import_columns import ImportKind
from domain.kernel.calendar import Period
from domain.kernel.ids import KABINET, AccountId, ChargeId, SupplierAccountId, derived
from domain.kernel.money import ZERO, Money

OPENING_BILL = "opening"


class BillLine(NamedTuple):
    """One line with the ids of what it names. `volume`, `tariff` and `norm_count` are plain numbers as text;
    the recalculation has the benefit in it."""

    account_id: AccountId
    supplier_account_id: SupplierAccountId
    supplier_inn: str
    supplier_account: str
    service: str
    period: Period
    bill_number: str
    volume: str | None
    unit: str
    tariff: str | None
    amount_kopecks: int
    recalculation_kopecks: int
    penalty_kopecks: int
    overpayment_kopecks: int
    benefit_kopecks: int = 0
    norm: str | None = None
    norm_count: str | None = None


def accounts_of(kind: ImportKind, lines: Iterable[BillLine]) -> list[AccountCharges]:
    """`lines` are sorted by account."""
    told = _opened if kind is ImportKind.OPENING_BALANCES else _charged
    return [told(account_id, list(rows)) for account_id, rows in _by_account(lines)]


def ids_of(kind: ImportKind, line: BillLine) -> frozenset[UUID]:
    """The ids of what becomes of a line: its charge and, of an opening balance, its overpayment's cause."""
    named = (line.supplier_inn, line.supplier_account, line.service, line.period)
    if kind is ImportKind.OPENING_BALANCES:
        return frozenset({opening_charge_id(*named), opening_cause(*named)})
    return frozenset({charge_id(*named)})


def _by_account(lines: Iterable[BillLine]) -> Iterator[tuple[AccountId, Iterator[BillLine]]]:
    return groupby(lines, itemgetter(0))


def _charged(account_id: AccountId, lines: Sequence[BillLine]) -> AccountCharges:
    return AccountCharges(account_id=account_id, charges=[_charge(*line) for line in lines])


def _charge(
    _account_id: AccountId,
    supplier_account_id: SupplierAccountId,
    inn: str,
    supplier_account: str,
    service: str,
    period: Period,
    bill_number: str,
    volume: str | None,
    unit: str,
    tariff: str | None,
    amount: int,
    recalculation: int,
    penalty: int,
    _overpayment: int,
    benefit: int,
    norm: str | None,
    norm_count: str | None,
) -> Charge:
    return Charge(
        id=charge_id(inn, supplier_account, service, period),
        supplier_account_id=supplier_account_id,
        service_code=service,
        period=period,
        bill_number=bill_number,
        volume=None if volume is None else Decimal(volume),
        unit=unit,
        tariff=None if tariff is None else Decimal(tariff),
        amount=Money(amount),
        recalculation=Money(recalculation) if recalculation else ZERO,
        penalty=Money(penalty) if penalty else ZERO,
        benefit=Money(benefit) if benefit else ZERO,
        norm=norm,
        norm_count=None if norm_count is None else Decimal(norm_count),
    )


def _opened(account_id: AccountId, lines: Sequence[BillLine]) -> AccountCharges:
    """What was owed is a charge of the period it comes from; what was paid ahead an advance."""
    charges = [_opening(line) for line in lines]
    overpayments = [
        Overpayment(
            supplier_account_id=line.supplier_account_id,
            amount=Money(line.overpayment_kopecks),
            cause_id=opening_cause(line.supplier_inn, line.supplier_account, line.service, line.period),
        )
        for line in lines
        if line.overpayment_kopecks
    ]
    nothing = frozenset(charge.id for charge in charges if not (charge.amount or charge.penalty))
    return AccountCharges(account_id=account_id, charges=charges, overpayments=overpayments, if_kept=nothing)


def _opening(line: BillLine) -> Charge:
    return Charge(
        id=opening_charge_id(line.supplier_inn, line.supplier_account, line.service, line.period),
        supplier_account_id=line.supplier_account_id,
        service_code=line.service,
        period=line.period,
        bill_number=OPENING_BILL,
        volume=None,
        unit="",
        tariff=None,
        amount=Money(line.amount_kopecks),
        recalculation=ZERO,
        penalty=Money(line.penalty_kopecks),
    )


def opening_charge_id(inn: str, supplier_account: str, service_code: str, period: Period) -> ChargeId:
    """Not the id of the period's own charge: what billing later says of that period stays apart."""
    return charge_id(inn, supplier_account, f"opening {service_code}", period)


def opening_cause(inn: str, supplier_account: str, service_code: str, period: Period) -> UUID:
    return derived(KABINET, f"opening:{inn}:{supplier_account}:{service_code}:{period}")
