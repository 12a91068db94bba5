"""The ways to pay, in the order to offer them."""

from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Request, Router, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from api.identity import Entry
from api.problems import responses
from api.texts import language_of, translated
from domain.kernel.calendar import business_day
from domain.kernel.terms import Terms
from domain.payments.methods import Health, PaymentMethods, on_offer
from domain.payments.provider import Method

METHOD_NAMES = {
    Method.SBP: "Fast Payment System (SBP)",
    Method.BANK_CARD: "Bank card",
    Method.SBERBANK: "SberPay",
    Method.TINKOFF_BANK: "T-Pay",
    Method.REGISTRY: "Bank or payment agent",
}
METHOD_DOWN = "This method does not work at the moment"


class MethodOut(msgspec.Struct, frozen=True, kw_only=True):
    """`down_since` is set while the method does not work; then it stands last and `note` says so."""

    method: Method
    name: str
    available: bool
    down_since: datetime | None
    note: str | None


@get("/payment-methods", opt={"access": Entry.OPEN}, responses=responses(503))
async def list_methods(
    request: Request[Any, Any, Any],
    now: NamedDependency[datetime],
    zone: NamedDependency[SkipValidation[Any]],
    terms: NamedDependency[SkipValidation[Terms]],
    method_health: NamedDependency[SkipValidation[Health]],
) -> list[MethodOut]:
    """The ways to pay, in the order to offer them. One that is down stands last and says so."""
    day = business_day(now, zone)
    return await offered(terms, method_health, day, language_of(request.headers.get("accept-language")))


async def offered(terms: Terms, health: Health, day: date, language: str) -> list[MethodOut]:
    """The methods of that day in the reader's words."""
    methods = await terms.at(PaymentMethods, day)
    down = translated(language, METHOD_DOWN)
    return [
        MethodOut(
            method=one.method,
            name=translated(language, METHOD_NAMES[one.method]),
            available=one.down_since is None,
            down_since=one.down_since,
            note=down if one.down_since else None,
        )
        for one in on_offer(methods, await health.all())
    ]


payment_methods = Router("/", tags=["payments"], route_handlers=[list_methods])
