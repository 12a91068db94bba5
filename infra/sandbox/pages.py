"""The pages of the sandbox: where the tester plays the payer, and the list with the faults.

Plain HTML forms: everything works without a script, and the same addresses take JSON.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response, delete, get, post

from infra.sandbox import faults, notices, payments
from infra.sandbox.desk import Desk
from infra.sandbox.store import Kept
from infra.sandbox.words import Refused, invalid, local, not_found

Asked = Request[Any, Any, Any]
REASONS = {
    "general_decline": "банк отказал без причины",
    "insufficient_funds": "не хватает денег",
    "payment_method_limit_exceeded": "превышен лимит",
    "fraud_suspected": "подозрение на мошенничество",
    "something_new": "причина, которой нет в документации",
}
_MODES = {
    "once": "одно, как обычно",
    "twice": "дважды",
    "lost": "потеряется",
    "delayed": "задержится",
    "reordered": "вперемешку со старым",
}
_STATUSES = {
    "pending": "ждёт плательщика",
    "waiting_for_capture": "деньги удержаны, ждёт подтверждения магазина",
    "succeeded": "оплачен",
    "canceled": "отменён",
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
}

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
)


def roubles(amount: dict[str, str]) -> str:
    whole, _, kopecks = amount["value"].partition(".")
    grouped = f"{int(whole):,}".replace(",", "\u00a0")
    return f"{grouped},{kopecks}\u00a0₽"


_templates.filters |= {"roubles": roubles, "local": local}
_templates.globals |= {"STATUSES": _STATUSES, "MODES": _MODES, "REASONS": REASONS, "KINDS": faults.KINDS}


def page(name: str, **values: Any) -> Response[str]:
    text = _templates.get_template(name).render(**values)
    return Response(text, media_type="text/html; charset=utf-8", headers=_HEADERS)


@get("/checkout/{id:str}")
async def checkout(request: Asked) -> Response[Any]:
    """Where the payer is sent: `confirmation.confirmation_url`."""
    desk: Desk = request.app.state.desk
    try:
        with desk.store.transaction():
            kept = payments.get(desk, request.path_params["id"])
    except Refused as refused:
        return Response(refused.body, status_code=refused.status)
    return page("checkout.html", payment=kept.body, inner=kept.inner, zone=desk.config.zone)


@get("/sandbox/qr/{id:str}")
async def checkout_of_link(request: Asked) -> Response[Any]:
    """The page of the payment behind an SBP link, by the link's number."""
    desk: Desk = request.app.state.desk
    row = desk.store.db.execute(
        "SELECT id FROM objects WHERE kind = 'payment' AND json_extract(inner, '$.qrc_id') = ?",
        (request.path_params["id"],),
    ).fetchone()
    if row is None:
        return Response(not_found("Payment").body, status_code=404)
    return Response(None, status_code=303, headers={"Location": f"/checkout/{row['id']}"})


@post("/checkout/{id:str}/pay", status_code=200)
async def pay(request: Asked) -> Response[Any]:
    """notice=once|twice|lost|delayed|reordered, seconds (of delayed), after_seconds, late=1."""

    def work(desk: Desk, given: dict[str, str]) -> Kept:
        return payments.pay(
            desk,
            request.path_params["id"],
            _way(given),
            late=given.get("late", "") not in {"", "0", "false", "False"},
            after_seconds=_seconds(given, "after_seconds", 0),
        )

    return await _played(request, work)


@post("/checkout/{id:str}/refuse", status_code=200)
async def refuse(request: Asked) -> Response[Any]:
    """reason=<cancellation reason>, notice and seconds as in `pay`."""

    def work(desk: Desk, given: dict[str, str]) -> Kept:
        reason = given.get("reason") or "general_decline"
        return payments.refuse(desk, request.path_params["id"], _way(given), reason[:64])

    return await _played(request, work)


@get("/sandbox")
async def index(request: Asked) -> Response[Any]:
    desk: Desk = request.app.state.desk
    return page(
        "index.html",
        payments=[kept.body for kept in desk.store.page("payment", {}, ("~", "~"), 50)],
        notices=notices.latest(desk),
        faults=faults.waiting(desk),
        operations=faults.OPERATIONS,
        zone=desk.config.zone,
    )


@get("/")
async def root() -> Response[None]:
    return Response(None, status_code=303, headers={"Location": "/sandbox"})


@post("/sandbox/faults")
async def add_fault(request: Asked) -> Response[Any]:
    desk: Desk = request.app.state.desk
    try:
        given = await _given(request)
        fault = msgspec.convert(given, faults.Fault, strict=False)
        if fault.operation not in faults.OPERATIONS:
            raise invalid(f"operation is one of {', '.join(faults.OPERATIONS)}", "operation")
    except msgspec.ValidationError as error:
        return Response(invalid(str(error)).body, status_code=400)
    except Refused as refused:
        return Response(refused.body, status_code=refused.status)
    faults.add(desk, fault)
    return _back(request, "/sandbox") or Response({"items": faults.waiting(desk)}, status_code=201)


@get("/sandbox/faults")
async def list_faults(request: Asked) -> Response[Any]:
    return Response({"items": faults.waiting(request.app.state.desk)})


@delete("/sandbox/faults", status_code=200)
async def clear_faults(request: Asked) -> Response[Any]:
    faults.clear(request.app.state.desk)
    return Response({"items": []})


@post("/sandbox/faults/clear", status_code=200)
async def clear_faults_by_form(request: Asked) -> Response[Any]:
    faults.clear(request.app.state.desk)
    return _back(request, "/sandbox") or Response({"items": []})


@get("/sandbox/notices")
async def list_notices(request: Asked) -> Response[Any]:
    """The newest notices: event, url, attempts, outcome (waiting, lost, the HTTP status, the error)."""
    return Response({"items": notices.latest(request.app.state.desk, 200)})


@get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "ok"}


async def _played(request: Asked, work: Any) -> Response[Any]:
    desk: Desk = request.app.state.desk
    try:
        given = await _given(request)
        with desk.store.transaction():
            kept: Kept = work(desk, given)
    except Refused as refused:
        return Response(refused.body, status_code=refused.status)
    back = kept.inner["return_url"] or f"/checkout/{kept.id}"
    return _back(request, back) or Response({"id": kept.id, "status": kept.status})


async def _given(request: Asked) -> dict[str, str]:
    """Values of the query and of the body, a form or JSON; the body wins."""
    given = dict(request.query_params.items())
    raw = await request.body()
    if not raw:
        return given
    try:
        if request.headers.get("Content-Type", "").startswith("application/json"):
            return given | {str(name): str(value) for name, value in dict(json.loads(raw)).items()}
        return given | dict(parse_qsl(raw.decode(), max_num_fields=20))
    except (ValueError, TypeError, RecursionError) as error:
        raise invalid("The body cannot be read") from error


def _back(request: Asked, url: str) -> Response[Any] | None:
    """A browser's form is led on; a program gets its answer as JSON."""
    if "text/html" not in request.headers.get("Accept", ""):
        return None
    return Response(None, status_code=303, headers={"Location": url})


def _way(given: dict[str, str]) -> notices.Way:
    return notices.Way.asked(given.get("notice") or "once", _seconds(given, "seconds", 30))


def _seconds(given: dict[str, str], name: str, otherwise: float) -> float:
    try:
        seconds = float(given.get(name) or otherwise)
    except ValueError as error:
        raise invalid("Not a number of seconds", name) from error
    if not 0 <= seconds <= 86400:
        raise invalid("From 0 to 86400 seconds", name)
    return seconds


HANDLERS = [
    checkout, checkout_of_link, pay, refuse, root, index, add_fault, list_faults, clear_faults,
    clear_faults_by_form, list_notices, live,
]  # fmt: skip
