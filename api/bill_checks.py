"""Is this bill ours? Asked by the text of the code on it, by anybody."""

from typing import Any

import msgspec
from litestar import Request, Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.account_changes import ScannedCode
from api.identity import Entry, client_ip
from api.problems import responses
from api.texts import language_of, translated
from domain.bills.checking import Verdict
from services.bills.checking import BillChecking

TEXTS = {
    Verdict.OURS: "The bill is ours: payee, account and sum are as we printed them",
    Verdict.PAID: "The bill is ours and is paid already: nothing of it is owed",
    Verdict.OTHER_SUM: "The payee is right but we asked for another sum: look at the bill in the cabinet",
    Verdict.NOT_OURS: "This is no code of a bill of ours: do not pay by it",
}


class BillCheckOut(msgspec.Struct, frozen=True, kw_only=True):
    """`is_last`: no later bill was issued. Nothing is said of whose the bill is."""

    verdict: Verdict
    text: str
    is_last: bool


@post("/bills/check", status_code=200, opt={"access": Entry.OPEN}, responses=responses(422, 429, 503))
async def check_bill(
    data: JSONBody[ScannedCode],
    request: Request[Any, Any, Any],
    bill_checking: NamedDependency[BillChecking],
) -> BillCheckOut:
    """Ask whether a bill is ours by the text scanned from its code. No sign-in is needed.

    A bill is ours only if every value is as we printed it, its number too. `not-ours` also for codes that
    the cabinet shows on the screen: they are of no bill.
    """
    checked = await bill_checking.check(data.code, client_ip(request))
    text = translated(language_of(request.headers.get("accept-language")), TEXTS[checked.verdict])
    return BillCheckOut(verdict=checked.verdict, text=text, is_last=checked.is_last)


bill_checks = Router("/", tags=["bills"], route_handlers=[check_bill])
