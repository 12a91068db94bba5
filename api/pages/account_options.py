"""What a form may pick of an account: its suppliers, meters, points and the lines of its latest bills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from babel.dates import format_date
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from api.pages.drawing import Option
from api.texts import translated
from domain.accounts.accounts import Accounts
from domain.accounts.charges import Charge
from domain.accounts.suppliers import Suppliers
from domain.cases.file import OwnSuppliers
from domain.kernel.access import Access
from domain.kernel.calendar import business_day, first_day
from domain.kernel.ids import AccountId, DeliveryPointId, SupplierId
from domain.kernel.money import ZERO
from domain.kernel.terms import Terms
from domain.payments.keeping import Payments
from domain.payments.traces import MoneyTrace
from domain.readings.meters import Meter, Meters

Options = Mapping[str, Sequence[Option]]
MOST_LINES = 100
MOST_PAYMENTS = 20


@dataclass(frozen=True, slots=True)
class AccountOptions:
    accounts: Accounts
    suppliers: Suppliers
    meters: Meters
    payments: Payments
    terms: Terms
    zone: ZoneInfo

    async def of(self, access: Access, language: str, *, with_removed: bool = False) -> Options:
        """By the widget that picks them. `with_removed`: meters too that hang there no longer, to be told;
        that a verification is over by now is then left out."""
        card, today = await self.accounts.card(access), business_day(access.at, self.zone)
        services = {code: service.name for code, service in (await self.suppliers.services()).items()}
        ours = await self._ours(today)
        suppliers = [
            Option(str(one.id), f"{one.supplier_name}, {one.number}") for one in card.supplier_accounts
        ]
        own = [
            option
            for option, one in zip(suppliers, card.supplier_accounts, strict=True)
            if one.supplier_id in ours
        ]
        found = await self.meters.delivery_points(access)
        points = [Option(str(one.id), f"{one.code} · {one.name}") for one in found]
        names = {one.id: one.name for one in found}
        meters = [
            Option(
                str(one.id),
                _meter(one, services, names) + ("" if with_removed else _expired(one, today, language)),
            )
            for one in await self.meters.of_account(access)
            if with_removed or one.removed_on is None
        ]
        charges = await self.accounts.charges(access, period=None, after=None, limit=MOST_LINES)
        lines = lines_told(charges, services, language)
        payments = [
            Option(str(one.id), f"{format_date(one.created_at, 'd MMMM y', locale=language)}: {one.amount}")
            for one in await self.payments.listed(access, before=None, limit=MOST_PAYMENTS)
        ]
        return {
            "supplier-account": suppliers,
            "own-supplier-account": own,
            "meter": meters,
            "meters": meters,
            "delivery-points": points,
            "charge": lines,
            "charges": lines,
            "payment": payments,
        }

    async def _ours(self, today: date) -> frozenset[SupplierId]:
        """Suppliers who are the company itself."""
        terms, suppliers = await self.terms.at(OwnSuppliers, today), await self.suppliers.on(today)
        return frozenset(one.id for one in suppliers.values() if one.inn in terms.inns)


def _meter(meter: Meter, services: Mapping[str, str], names: Mapping[DeliveryPointId, str]) -> str:
    """With where it hangs: of forty meters nobody knows the numbers."""
    place = names.get(meter.delivery_point_id) if meter.delivery_point_id else meter.place
    told = f"{services.get(meter.service_code, meter.service_code)}, № {meter.serial}"
    return f"{told} · {place}" if place else told


def _expired(meter: Meter, today: date, language: str) -> str:
    """What a claim may be about, and nobody remembers."""
    if meter.verified_until is None or meter.is_verified_on(today):
        return ""
    day = format_date(meter.verified_until, "d MMMM y", locale=language)
    return f" · {translated(language, 'the verification ended on {day}', day=day)}"


def lines_told(charges: Sequence[Charge], services: Mapping[str, str], language: str) -> list[Option]:
    """By month. `services`: their names by code."""
    return [
        Option(
            str(one.id),
            _line(one, services, language),
            group=format_date(first_day(one.period), "LLLL y", locale=language),
        )
        for one in _in_order(charges, services)
    ]


def _in_order(charges: Sequence[Charge], services: Mapping[str, str]) -> list[Charge]:
    """The latest month first, in it by service, what was charged before its penalty."""
    by_service = sorted(charges, key=lambda one: (_service(one, services), one.principal == ZERO))
    return sorted(by_service, key=lambda one: one.period, reverse=True)


def _line(charge: Charge, services: Mapping[str, str], language: str) -> str:
    """“август 2026 · Электроснабжение: 1 240,50 ₽, пени 9,46 ₽”; a line of nothing but a penalty says so."""
    month = format_date(first_day(charge.period), "LLLL y", locale=language)
    told = f"{month} · {_service(charge, services)}"
    if charge.penalty == ZERO:
        return f"{told}: {charge.principal}"
    penalty = f"{translated(language, 'Penalty').lower()} {charge.penalty}"
    return f"{told}, {penalty}" if charge.principal == ZERO else f"{told}: {charge.principal}, {penalty}"


def _service(charge: Charge, services: Mapping[str, str]) -> str:
    return services.get(charge.service_code, charge.service_code)


def with_found(
    options: Options, found: Sequence[MoneyTrace], account_id: AccountId, language: str
) -> Options:
    """What a search has found joins the account's own payments, and where it stands may be picked."""
    payments = {
        str(one.payment_id): f"{format_date(one.at, 'd MMMM y', locale=language)}: {one.amount}, "
        f"{_whose(one, language)}"
        for one in found
        if one.payment_id and one.is_paid
    }
    others = {
        str(one.account_id): _whose(one, language)
        for one in found
        if one.account_id not in {None, account_id} and one.is_paid
    }
    own = [one for one in options["payment"] if one.value not in payments]
    return {
        **options,
        "payment": [*(Option(*each) for each in payments.items()), *own],
        "account": [Option(*each) for each in others.items()],
    }


def _whose(trace: MoneyTrace, language: str) -> str:
    number = trace.account_number or translated(language, "account not known")
    return f"{number} (*{trace.payer_digits})" if trace.payer_digits else number


def account_options(
    accounts: NamedDependency[SkipValidation[Accounts]],
    suppliers: NamedDependency[SkipValidation[Suppliers]],
    meters: NamedDependency[SkipValidation[Meters]],
    payments: NamedDependency[SkipValidation[Payments]],
    terms: NamedDependency[SkipValidation[Terms]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> AccountOptions:
    return AccountOptions(accounts, suppliers, meters, payments, terms, zone)


DEPENDENCIES = {"account_options": Provide(account_options, sync_to_thread=False)}
