"""Rules, rates and debts of penalties for tests: those that the migrations lay down."""

from datetime import date
from uuid import UUID

from domain.accounts.debtors import Debtor
from domain.accounts.due_dates import DueDates, DueRule
from domain.accounts.penalties.rates import Cap, KeyRate, known_rates
from domain.accounts.penalties.rules import (
    PenaltyRules,
    ReckonedBy,
    Rulebook,
    Shares,
    Step,
    SupplierSetting,
)
from domain.accounts.penalties.slices import Debt, Move, Relief
from domain.kernel.ids import ChargeId, SupplierAccountId, SupplierId
from domain.kernel.money import Money
from domain.kernel.working_days import WorkingDays

SUPPLIER, SUPPLIER_ACCOUNT = SupplierId(UUID(int=1)), SupplierAccountId(UUID(int=2))
_HOUSING = (Step(from_day=31, part_of=300), Step(from_day=91, part_of=130))
_MANAGING = (Step(from_day=1, part_of=300), Step(from_day=61, part_of=170), Step(from_day=91, part_of=130))
RULES = PenaltyRules(
    rules={
        Debtor.RESIDENT: Shares(source="ЖК РФ, ст. 155 ч. 14", steps=_HOUSING),
        Debtor.BUYER: Shares(source="35-ФЗ, ст. 37 п. 2", steps=(Step(from_day=1, part_of=130),)),
        Debtor.ASSOCIATION: Shares(source="35-ФЗ, ст. 37 п. 2", steps=_HOUSING),
        Debtor.MANAGING_COMPANY: Shares(source="35-ФЗ, ст. 37 п. 2", steps=_MANAGING),
        Debtor.UTILITY: Shares(source="35-ФЗ, ст. 37 п. 2", steps=_MANAGING),
    }
)
_FROM_2015 = date(2015, 1, 1)
DUE_DATES = DueDates(
    rules={
        Debtor.RESIDENT: (
            DueRule(since=_FROM_2015, day=10, source="ЖК РФ, ст. 155 ч. 1"),
            DueRule(since=date(2026, 3, 1), day=15, source="177-ФЗ"),
        ),
        Debtor.BUYER: (DueRule(since=_FROM_2015, day=18),),
        Debtor.MANAGING_COMPANY: (DueRule(since=_FROM_2015, day=15),),
    }
)
CAP = Cap(
    valid_from=date(2022, 3, 28),
    valid_to=date(2026, 12, 31),
    basis_points=950,
    debtors=frozenset(Debtor),
    source="ПП РФ 474",
)
KEYS = [
    KeyRate(valid_from=date(2021, 12, 20), basis_points=850),
    KeyRate(valid_from=date(2025, 12, 22), basis_points=1600),
    KeyRate(valid_from=date(2026, 2, 16), basis_points=1550),
]
DAYS = WorkingDays(off=frozenset({date(2026, 5, 1), date(2026, 5, 11), date(2026, 6, 12)}))


def rulebook(*, caps: bool = True, rules: PenaltyRules = RULES) -> Rulebook:
    return Rulebook(
        terms=rules,
        due_dates=DUE_DATES,
        days=DAYS,
        rates=known_rates(KEYS, [CAP] if caps else []),
        suppliers=(SupplierSetting(supplier_id=SUPPLIER, valid_from=_FROM_2015, reckoned_by=ReckonedBy.US),),
    )


def debt(
    kopecks: int,
    period: str,
    *paid: tuple[date, int],
    reliefs: tuple[Relief, ...] = (),
    billed: tuple[Move, ...] = (),
) -> Debt:
    """`paid`: what was paid on which day."""
    return Debt(
        charge_id=ChargeId(UUID(int=3)),
        supplier_account_id=SUPPLIER_ACCOUNT,
        supplier_id=SUPPLIER,
        service_code="electricity",
        period=period,
        principal=Money(kopecks),
        paid=Money(min(kopecks, sum(amount for _, amount in paid))),
        billed=billed,
        settled=tuple(Move(day, Money(amount)) for day, amount in paid),
        reliefs=reliefs,
    )
