"""Payments through which money can go back, as the choices of a refund's parts."""

from collections.abc import Sequence

from babel.dates import format_date

from api.pages.account_options import Options
from api.pages.drawing import Option
from api.payment_methods import METHOD_NAMES
from api.texts import translated
from domain.kernel.ids import PaymentId
from domain.kernel.money import ZERO, Money
from domain.payments.refundable import Refundable, RefundRail

_LEFT = "can be returned: {left}"


def with_refundable(options: Options, each: Sequence[Refundable], language: str) -> Options:
    """Each with its day, its sum, the way it was paid and what of it can be returned in all."""
    titles: dict[PaymentId, str] = {}
    left: dict[PaymentId, Money] = {}
    for rail in (rail for one in each for rail in one.rails):
        if rail.payment_id is not None:
            titles[rail.payment_id] = _title(rail, language)
            left[rail.payment_id] = left.get(rail.payment_id, ZERO) + rail.most
    found = [
        Option(str(payment_id), f"{title}; {translated(language, _LEFT, left=left[payment_id])}")
        for payment_id, title in titles.items()
    ]
    return {**options, "payment": found}


def _title(rail: RefundRail, language: str) -> str:
    day = format_date(rail.paid_on, "d MMMM y", locale=language)
    told = f"{day}: {rail.paid}"
    return f"{told}, {translated(language, METHOD_NAMES[rail.method])}" if rail.method else told
