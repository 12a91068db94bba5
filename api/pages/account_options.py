"""What a form may pick of an account: its suppliers, meters, points and the lines of its latest bills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel.dates import format_date
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from api.pages.drawing import Option
from api.texts import translated
from domain.accounts.accounts import Accounts
from domain.accounts.suppliers import Suppliers
from domain.kernel.access import Access
from domain.kernel.calendar import first_day
from domain.kernel.ids import AccountId
from domain.payments.keeping import Payments
from domain.payments.traces import MoneyTrace
from domain.readings.meters import Meters

Options = Mapping[str, Sequence[Option]]
MOST_LINES = 100
MOST_PAYMENTS = 20


@dataclass(frozen=True, slots=True)
class AccountOptions:
    accounts: Accounts
    suppliers: Suppliers
    meters: Meters
    payments: Payments

    async def of(self, access: Access, language: str) -> Options:
        """By the widget that picks them."""
        card = await self.accounts.card(access)
        services = {code: service.name for code, service in (await self.suppliers.services()).items()}
        suppliers = [
            Option(str(one.id), f"{one.supplier_name}, {one.number}") for one in card.supplier_accounts
        ]
        meters = [
            Option(str(one.id), f"{services.get(one.service_code, one.service_code)}, № {one.serial}")
            for one in await self.meters.of_account(access)
            if one.removed_on is None
        ]
        points = [
            Option(str(one.id), f"{one.code} · {one.name}")
            for one in await self.meters.delivery_points(access)
        ]
        lines = [
            Option(
                str(one.id),
                f"{format_date(first_day(one.period), 'LLLL y', locale=language)} · "
                f"{services.get(one.service_code, one.service_code)}: {one.principal + one.penalty}",
            )
            for one in await self.accounts.charges(access, period=None, after=None, limit=MOST_LINES)
        ]
        payments = [
            Option(str(one.id), f"{format_date(one.created_at, 'd MMMM y', locale=language)}: {one.amount}")
            for one in await self.payments.listed(access, before=None, limit=MOST_PAYMENTS)
        ]
        return {
            "supplier-account": suppliers,
            "meter": meters,
            "meters": meters,
            "delivery-points": points,
            "charge": lines,
            "charges": lines,
            "payment": payments,
        }


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
) -> AccountOptions:
    return AccountOptions(accounts, suppliers, meters, payments)


DEPENDENCIES = {"account_options": Provide(account_options, sync_to_thread=False)}
