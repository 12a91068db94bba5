"""Is this bill ours? Asked by whoever holds it, without signing in; nothing is said of whose it is."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body
from msgspec import Meta

from api.bill_checks import TEXTS
from api.identity import Entry, client_ip
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page
from api.pages.signing_in import URL_ENCODED
from api.problems import status_of
from api.texts import translated
from domain.bills.checking import Verdict
from domain.kernel.errors import Refusal
from services.bills.checking import BillChecking, Checked

_OPEN = {"access": Entry.OPEN}
_LOOKS = {Verdict.OURS: "good", Verdict.PAID: "good", Verdict.OTHER_SUM: "warn", Verdict.NOT_OURS: "bad"}


class CheckForm(msgspec.Struct, frozen=True):
    code: Annotated[str, Meta(max_length=4096)] = ""


@get("/bills/check", opt=_OPEN)
async def show_check(request: Request[Any, Any, Any]) -> Response[str]:
    return _shown(request)


@post("/bills/check", opt=_OPEN, status_code=200)
async def check(
    request: Request[Any, Any, Any],
    data: Annotated[CheckForm, Body(media_type=URL_ENCODED)],
    bill_checking: NamedDependency[BillChecking],
) -> Response[str]:
    """As often as the API answers, and in the same words."""
    try:
        return _shown(request, checked=await bill_checking.check(data.code.strip(), client_ip(request)))
    except Refusal as refusal:
        return _shown(request, data.code, refusal=refusal)


def _shown(
    request: Request[Any, Any, Any],
    code: str = "",
    checked: Checked | None = None,
    refusal: Refusal | None = None,
) -> Response[str]:
    return page(
        request,
        "bill_check.html",
        status=status_of(refusal) if refusal else 200,
        code=code,
        checked=checked,
        look=_LOOKS[checked.verdict] if checked else "",
        words=translated(language_for(request), TEXTS[checked.verdict]) if checked else "",
        refusal=in_words(request, refusal) if refusal else None,
    )


HANDLERS = [show_check, check]
