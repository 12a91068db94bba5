"""Where a payment is paid: by a link or a code on its page, or by the plate of a desk."""

import re
from dataclasses import dataclass
from typing import Any

from litestar import Request

from domain.payments.paycodes import CodeImages
from domain.payments.payments import Payment, PaymentState
from domain.payments.pos_links import Plate
from domain.payments.provider import Method

_SBP_LINK = re.compile(r"https://qr\.nspk\.ru/(\w+)")


@dataclass(frozen=True, slots=True)
class WayToPay:
    """`plate` bears the payment, or bore it; the payer is led nowhere then. `sandbox`: in the demo, the page
    of the provider's stand-in where the payer's bank is played."""

    link: str | None = None
    code: str | None = None
    plate: Plate | None = None
    sandbox: str | None = None


def way_to_pay(
    request: Request[Any, Any, Any], payment: Payment, plate: Plate | None, images: CodeImages
) -> WayToPay:
    """`plate`: the one of the payment's wish."""
    waits = payment.state is PaymentState.AWAITING_PAYER
    if plate is not None:
        return WayToPay(plate=plate, sandbox=_sandbox(request, "plates", plate.link) if waits else None)
    if not waits or payment.confirmation is None:
        return WayToPay()
    link = payment.confirmation.data or payment.confirmation.url
    is_code = link and payment.wish.method is Method.SBP
    return WayToPay(
        link=link,
        code=images.svg(link, "SBP").decode() if link and is_code else None,
        sandbox=_sandbox(request, "qr", link),
    )


def _sandbox(request: Request[Any, Any, Any], kind: str, link: str | None) -> str | None:
    place: str | None = request.app.state.sandbox_page
    found = _SBP_LINK.match(link or "")
    return f"{place}/{kind}/{found[1]}" if place and found else None
