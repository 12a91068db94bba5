"""An account's penalties, each with the segments it is reckoned from."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Self

import msgspec
from litestar import Request, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.problems import responses
from api.texts import language_of, translated
from domain.accounts.accounts import SupplierAccountCard
from domain.accounts.charges import Charge
from domain.accounts.debtors import Debtor
from domain.accounts.penalties.penalties import penalty_charge_id
from domain.accounts.penalties.reckoning import Reckoning, Segment
from domain.accounts.penalties.rules import ReckonedBy
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, ChargeId, SupplierAccountId
from domain.kernel.money import ZERO, Money, total
from services.penalties.showing import PenaltyReading, ShownPenalties

_DEBTORS = {
    Debtor.RESIDENT: "Residents",
    Debtor.BUYER: "Legal entities and sole traders",
    Debtor.ASSOCIATION: "Homeowners' associations and cooperatives",
    Debtor.MANAGING_COMPANY: "Managing companies",
    Debtor.UTILITY: "Suppliers of heat, water and sewage",
}
_UNPAID = (
    "{days} days × {base} × {rate} % / {part_of} = {sum} ₽ ({since} – {until}, unpaid; rate of {rate_on})"
)
_PAID = "{days} days × {base} × {rate} % / {part_of} = {sum} ₽ ({since} – {until}, paid on {rate_on})"
_CAPPED = "{words}; not above: {cap}"
_RULE = "{debtor}: {source}. The bill for {period} was due on {due}: {due_source}"


class SegmentOut(msgspec.Struct, frozen=True, kw_only=True):
    """`days` x `base` x `rate_percent` / `part_of` is `roubles`, shown to four places and not rounded yet.

    `since` is the `from_day`-th day of delay. The rate is that of `rate_on`: of the day this part was paid,
    or of today while it is unpaid (`settled_on` is then null). `capped_by` is the act that keeps it lower.
    """

    charge_id: ChargeId
    since: date
    until: date
    days: int
    from_day: int
    base: Money
    part_of: int
    rate_percent: Decimal
    rate_on: date
    capped_by: str | None
    settled_on: date | None
    roubles: Decimal
    words: str

    @classmethod
    def of(cls, one: Segment, language: str) -> Self:
        rate = Decimal(one.rate_basis_points) / 100
        fields = {
            "days": one.days,
            "base": one.base,
            "rate": f"{rate:.2f}".replace(".", ","),
            "part_of": one.part_of,
            "sum": str(one.roubles).replace(".", ","),
            "since": _day(one.since),
            "until": _day(one.until),
            "rate_on": _day(one.rate_on),
        }
        words = translated(language, _PAID if one.settled_on else _UNPAID, **fields)
        if one.capped_by:
            words = translated(language, _CAPPED, words=words, cap=one.capped_by)
        return cls(
            charge_id=one.charge_id,
            since=one.since,
            until=one.until,
            days=one.days,
            from_day=one.from_day,
            base=one.base,
            part_of=one.part_of,
            rate_percent=rate,
            rate_on=one.rate_on,
            capped_by=one.capped_by,
            settled_on=one.settled_on,
            roubles=one.roubles,
            words=words,
        )


class PenaltyOut(msgspec.Struct, frozen=True, kw_only=True):
    """The penalty of one service of one month. `charge_id` is the line it is or will be posted to.

    `reckoned` is the sum as of today; `posted` stands in the books as of `posted_as_of`, `paid` is paid of
    it. Where billing reckons, `reckoned` is what billing sent and there are no segments.
    """

    charge_id: ChargeId
    service_code: str
    service_name: str
    period: Period
    reckoned: Money
    posted: Money
    posted_as_of: date | None = None
    paid: Money = ZERO
    due_on: date | None = None
    debtor: Debtor | None = None
    rule: str | None = None
    segments: list[SegmentOut] = []


class SupplierPenaltiesOut(msgspec.Struct, frozen=True, kw_only=True):
    """`reckoned_by` is "us" where at least one of the penalties is reckoned here."""

    supplier_account_id: SupplierAccountId
    supplier_name: str
    number: str
    reckoned_by: ReckonedBy
    reckoned: Money
    posted: Money
    penalties: list[PenaltyOut]


class PenaltiesOut(msgspec.Struct, frozen=True, kw_only=True):
    """The difference of `reckoned` and `posted` is posted with the next month's bill."""

    as_of: date
    reckoned: Money
    posted: Money
    supplier_accounts: list[SupplierPenaltiesOut]


@get(
    "/accounts/{account_id:uuid}/penalties",
    opt={"access": Scope.SEE},
    responses=responses(401, 403, 404, 422),
)
async def get_penalties(
    request: Request[Any, Any, Any],
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    penalty_reading: NamedDependency[PenaltyReading],
) -> PenaltiesOut:
    """The penalties of each supplier's account as of today, with the days, bases, rates and rules they are
    reckoned from."""
    shown = await penalty_reading.of(access)
    language = language_of(request.headers.get("accept-language"))
    suppliers = [_supplier(card, shown, language) for card in shown.card.supplier_accounts]
    return PenaltiesOut(
        as_of=shown.as_of,
        reckoned=total(one.reckoned for one in suppliers),
        posted=total(one.posted for one in suppliers),
        supplier_accounts=suppliers,
    )


def _supplier(card: SupplierAccountCard, shown: ShownPenalties, language: str) -> SupplierPenaltiesOut:
    ours = [_ours(one, shown, language) for one in shown.reckoned if one.supplier_account_id == card.id]
    penalties = [*ours, *_billed(card.id, shown)]
    penalties.sort(key=lambda one: (one.period, one.service_code, str(one.charge_id)), reverse=True)
    return SupplierPenaltiesOut(
        supplier_account_id=card.id,
        supplier_name=card.supplier_name,
        number=card.number,
        reckoned_by=ReckonedBy.US if ours else ReckonedBy.BILLING,
        reckoned=total(one.reckoned for one in penalties),
        posted=total(one.posted for one in penalties),
        penalties=penalties,
    )


def _ours(one: Reckoning, shown: ShownPenalties, language: str) -> PenaltyOut:
    charge_id = penalty_charge_id(one.supplier_account_id, one.service_code, one.period)
    line, posted = shown.lines.get(charge_id), shown.posted.get(charge_id)
    rule = translated(
        language,
        _RULE,
        debtor=translated(language, _DEBTORS[one.debtor]),
        source=one.source,
        period=f"{one.period[5:]}.{one.period[:4]}",
        due=_day(one.due_on),
        due_source=one.due_source,
    )
    return PenaltyOut(
        charge_id=charge_id,
        service_code=one.service_code,
        service_name=_name(one.service_code, shown),
        period=one.period,
        reckoned=one.total,
        posted=line.penalty if line else ZERO,
        posted_as_of=posted.as_of if posted else None,
        paid=line.penalty_paid if line else ZERO,
        due_on=one.due_on,
        debtor=one.debtor,
        rule=rule,
        segments=[SegmentOut.of(segment, language) for segment in one.segments],
    )


def _billed(supplier_account_id: SupplierAccountId, shown: ShownPenalties) -> Iterator[PenaltyOut]:
    for charge in shown.billed:
        if charge.supplier_account_id == supplier_account_id:
            yield _sent(charge, shown)


def _sent(charge: Charge, shown: ShownPenalties) -> PenaltyOut:
    return PenaltyOut(
        charge_id=charge.id,
        service_code=charge.service_code,
        service_name=_name(charge.service_code, shown),
        period=charge.period,
        reckoned=charge.penalty,
        posted=charge.penalty,
        paid=charge.penalty_paid,
    )


def _name(service_code: str, shown: ShownPenalties) -> str:
    service = shown.services.get(service_code)
    return service.name if service else service_code


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"


penalties = Router("/", tags=["accounts"], route_handlers=[get_penalties])
