"""What a form may look at: the account as it stands while its head is locked."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import ClassVar

import msgspec

from domain.accounts.accounts import AccountCard, AccountKind
from domain.accounts.charges import Charge
from domain.accounts.ledger import Standing
from domain.cases.law import Limitation, OutOfCourtTerms
from domain.cases.refused_access import MissedVisit
from domain.cases.rules import CaseRules
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.kernel.calendar import Period, business_day
from domain.kernel.ids import AccountId, ChargeId, MeterId, SupplierAccountId
from domain.kernel.money import Money
from domain.kernel.terms import Term
from domain.kernel.working_days import WorkingDays
from domain.payments.payments import Payment
from domain.payments.refundable import RefundTerms
from domain.payments.refunds import Refund
from domain.payments.traces import MoneyTrace, TraceQuestion
from domain.people.powers import Power
from domain.readings.meters import DeliveryPoint, Meter
from domain.readings.readings import Reading


class OwnSuppliers(Term, frozen=True, kw_only=True):
    """Suppliers who are the company itself, by INN. A case about others' services is sent on to them."""

    name: ClassVar[str] = "company.own-suppliers"

    inns: frozenset[str]


class MeterTerms(Term, frozen=True, kw_only=True):
    """How long replacing or installing a meter may take, and what a month of delay takes off the price."""

    name: ClassVar[str] = "claims.meter-terms"

    months: int = 6
    reduction_percent: Decimal = Decimal(15)


class NamedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Another account that a form names by its number: for staff and rules, never for the applicant."""

    id: AccountId
    kind: AccountKind
    holder_name: str
    is_closed: bool


class FileWish(msgspec.Struct, frozen=True, kw_only=True):
    """Which papers of the account a form needs; nothing else is read.

    `refunds` comes with the terms of refunds; `traces` looks for a payment over all accounts;
    `account_number` for the account of that number; `bankruptcy` for applications to write debts off;
    `released_on` for what out-of-court bankruptcy was by the law of that day. `charges` asks for every charge
    of these periods (of all periods when it is None, of none when empty).
    """

    charges: frozenset[Period] | None = frozenset()
    payments: bool = False
    refunds: bool = False
    traces: TraceQuestion | None = None
    meters: bool = False
    points: bool = False
    account_number: str | None = None
    bankruptcy: bool = False
    released_on: date | None = None
    powers: bool = False
    missed_visits: bool = False
    working_days: bool = False
    readings_of: frozenset[MeterId] = frozenset()


class AccountFile(msgspec.Struct, frozen=True, kw_only=True):
    """Read in the transaction that keeps the case. `own` are the supplier accounts whose supplier is
    ourselves; the others belong to suppliers to whom a case is sent on. `services` are the names of services
    by code, `zone` is the region's."""

    kind: AccountKind
    card: AccountCard
    standing: Standing
    today: date
    own: frozenset[SupplierAccountId]
    charges: Sequence[Charge] = ()
    payments: Sequence[Payment] = ()
    refunds: Sequence[Refund] = ()
    refund_terms: RefundTerms = RefundTerms(otherwise_days=0)
    traces: Sequence[MoneyTrace] = ()
    meters: Sequence[Meter] = ()
    points: Sequence[DeliveryPoint] = ()
    meter_terms: MeterTerms = MeterTerms()
    missed_visits: Sequence[MissedVisit] = ()
    powers: Sequence[Power] = ()
    rules: CaseRules = CaseRules()
    days: WorkingDays = WorkingDays()
    readings: Mapping[MeterId, Sequence[Reading]] = msgspec.field(default_factory=dict)
    received_on: date | None = None
    """The day the case came in; None while it is not filed."""
    services: Mapping[str, str] = msgspec.field(default_factory=dict)
    corrected: Mapping[ChargeId, Money] = msgspec.field(default_factory=dict)
    """What cases have taken off a line already, those taken back not counted."""
    zone: tzinfo = UTC
    applicant: StepBy | None = None
    """Who has filed the case; None while it is not filed."""
    named: NamedAccount | None = None
    write_offs: Sequence[CaseState] = ()
    """Where this account's applications to write debts off after bankruptcy stand."""
    limitation: Limitation = Limitation()
    out_of_court: OutOfCourtTerms = OutOfCourtTerms()

    def line_name(self, service_code: str, period: Period) -> str:
        """A line of the bill as people call it: "Отопление, 10.2026"."""
        return f"{self.services.get(service_code, service_code)}, {period[5:]}.{period[:4]}"

    def is_holder(self, name: str) -> bool:
        """Whether that may be the account's holder: "Иванова Мария Петровна" may be "Иванова М. П."."""
        return _initials(name) == _initials(self.card.account.holder_name)

    def day(self, at: datetime) -> str:
        """The day a moment belongs to in the region: "22.11.2026"."""
        return f"{business_day(at, self.zone):%d.%m.%Y}"


def _initials(name: str) -> list[str]:
    """The surname and the first letters of what follows it."""
    words = name.casefold().replace("ё", "е").replace(".", " ").split()
    return [word if no == 0 else word[0] for no, word in enumerate(words)]
