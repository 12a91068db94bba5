"""What payment providers tell us by themselves. It is kept, answered, and believed by nobody."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Router, post
from litestar.di import NamedDependency
from litestar.params import RawBody, SkipValidation

from api.identity import Entry, client_ip
from api.problems import responses
from domain.kernel.errors import Forbidden
from services.payments.settling import PaymentSettlement
from services.repeating import repeated

NOTICE_MAX_BYTES = 262_144


class NoticeFromStranger(Forbidden):
    code = "notice-from-stranger"
    text = "Notices are taken from the payment provider's own networks only"


@post(
    "/provider-events/yookassa",
    status_code=200,
    opt={"access": Entry.OPEN},
    request_max_body_size=NOTICE_MAX_BYTES,
    responses=responses(403, 413, 503),
)
async def hear_yookassa(
    request: Request[Any, Any, Any],
    body: RawBody,
    payment_settlement: NamedDependency[PaymentSettlement],
    notice_allowed: NamedDependency[SkipValidation[Callable[[str], bool]]],
) -> None:
    """A notice of YooKassa: kept and answered at once; then YooKassa itself is asked. Money never
    moves by a notice."""
    ip = client_ip(request)
    if not notice_allowed(ip):
        raise NoticeFromStranger
    await repeated(lambda: payment_settlement.hear(body, ip))


provider_events = Router("/", tags=["payments"], route_handlers=[hear_yookassa])
