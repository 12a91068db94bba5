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

_LEFT = "up to {left} can be returned"


def with_refundable(options: Options, each: Sequence[Refundable], language: str) -> Options:
    """Each with its day, its sum, the way it was paid and what of it can be returned in all."""
    through: dict[PaymentId, RefundRail] = {}
    left: dict[PaymentId, Money] = {}
    for rail in (rail for one in each for rail in one.rails):
        if rail.payment_id is not None:
            through[rail.payment_id] = rail
            left[rail.payment_id] = left.get(rail.payment_id, ZERO) + rail.most
    found = [Option(str(one), _title(rail, left[one], language)) for one, rail in through.items()]
    return {**options, "payment": found}


def _title(rail: RefundRail, left: Money, language: str) -> str:
    """What is left before how it was paid: a narrow window cuts the end off."""
    day = format_date(rail.paid_on, "dd.MM.y", locale=language)
    told = f"{day}: {rail.paid}, {translated(language, _LEFT, left=left)}"
    return f"{told}, {translated(language, METHOD_NAMES[rail.method])}" if rail.method else told
