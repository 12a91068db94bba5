"""The API under /v3: who asks, what goes wrong on demand, the idempotence key, then the work."""

import asyncio
import base64
import hashlib
import json
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from litestar import Request, Response, delete, get, post

from infra.sandbox import faults, payments, receipts, refunds, saved
from infra.sandbox.desk import Desk
from infra.sandbox.listing import listed
from infra.sandbox.store import Kept
from infra.sandbox.validation import NewWebhook, read
from infra.sandbox.words import Refused, invalid, new_id, not_found, stamp

Asked = Request[Any, Any, Any]
Work = Callable[[Desk, bytes], dict[str, Any]]
MOST_BYTES = 256 * 1024
_KEY = re.compile(r"[\x21-\x7e]{1,64}")
_KEY_LIVES = timedelta(hours=24)
_BANKS = (
    ("100000000111", "Сбербанк", "044525225"),
    ("100000000004", "Т-Банк", "044525974"),
    ("100000000005", "Банк ВТБ", "044525187"),
    ("100000000007", "Райффайзенбанк", "044525700"),
)


async def answered(request: Asked, operation: str, work: Work, *, keyed: bool = False) -> Response[Any]:
    """Do `work` in one transaction; with `keyed` at most once for each idempotence key."""
    desk: Desk = request.app.state.desk
    try:
        _admit(desk, request, oauth_only=operation.startswith("webhooks."))
        fault = faults.take(desk, operation)
        instead = fault.before() if fault else None
        if instead:
            raise instead
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        raw = await _body(request)
        with desk.store.transaction():
            body = _once(desk, request, raw, work) if keyed else work(desk, raw)
        if fault and fault.kind == "500_after":
            raise faults.internal()
        if fault and fault.kind == "timeout":
            await asyncio.sleep(fault.seconds)
    except Refused as refused:
        return Response(refused.body, status_code=refused.status)
    return Response(body, status_code=200)


def _admit(desk: Desk, request: Asked, *, oauth_only: bool) -> None:
    """Basic with the shop's key, or a partner's OAuth token. Webhooks are for partners only."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer" and secrets.compare_digest(given.encode(), desk.config.oauth_token.encode()):
        return
    wanted = base64.b64encode(f"{desk.config.shop_id}:{desk.config.secret_key}".encode())
    if scheme != "Basic" or not secrets.compare_digest(given.encode(), wanted):
        raise Refused(401, "invalid_credentials", "Error in shopId or secret key. Check their validity")
    if oauth_only:
        raise Refused(403, "forbidden", "Webhooks are managed with an OAuth token")


async def _body(request: Asked) -> bytes:
    raw = await request.body()
    if len(raw) > MOST_BYTES:
        raise invalid("The request is too long")
    kind = request.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if raw and kind != "application/json":
        raise Refused(415, "invalid_request", "Content-Type must be application/json")
    return raw


def _once(desk: Desk, request: Asked, raw: bytes, work: Work) -> dict[str, Any]:
    key = request.headers.get("Idempotence-Key", "")
    if not _KEY.fullmatch(key):
        raise invalid("Idempotence-Key of 1 to 64 characters is required", "Idempotence-Key")
    at = desk.now()
    desk.store.db.execute("DELETE FROM keys WHERE created_at < ?", (stamp(at - _KEY_LIVES),))
    print_of = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + raw).hexdigest()
    row = desk.store.db.execute("SELECT * FROM keys WHERE key = ?", (key,)).fetchone()
    if row is not None:
        if row["request"] != print_of:
            raise invalid("Idempotence key duplicated", "Idempotence-Key")
        earlier: dict[str, Any] = json.loads(row["answer"])
        return earlier
    body = work(desk, raw)
    answer = json.dumps(body, ensure_ascii=False)
    desk.store.db.execute("INSERT INTO keys VALUES (?, ?, ?, ?)", (key, print_of, answer, stamp(at)))
    return body


def _id(request: Asked) -> str:
    return str(request.path_params["id"])


@post("/payments", status_code=200)
async def create_payment(request: Asked) -> Response[Any]:
    return await answered(request, "payments.create", saved.create, keyed=True)


@get("/payments")
async def list_payments(request: Asked) -> Response[Any]:
    names = {"status": "status", "payment_method": "method"}
    return await answered(request, "payments.list", lambda desk, raw: listed(desk, "payment", request, names))


@get("/payments/{id:str}")
async def get_payment(request: Asked) -> Response[Any]:
    return await answered(request, "payments.get", lambda desk, raw: payments.get(desk, _id(request)).body)


@post("/payments/{id:str}/capture", status_code=200)
async def capture_payment(request: Asked) -> Response[Any]:
    def work(desk: Desk, raw: bytes) -> dict[str, Any]:
        return payments.capture(desk, _id(request), raw)

    return await answered(request, "payments.capture", work, keyed=True)


@post("/payments/{id:str}/cancel", status_code=200)
async def cancel_payment(request: Asked) -> Response[Any]:
    def work(desk: Desk, raw: bytes) -> dict[str, Any]:
        return payments.cancel(desk, _id(request))

    return await answered(request, "payments.cancel", work, keyed=True)


@post("/refunds", status_code=200)
async def create_refund(request: Asked) -> Response[Any]:
    return await answered(request, "refunds.create", refunds.create, keyed=True)


@get("/refunds")
async def list_refunds(request: Asked) -> Response[Any]:
    names = {"status": "status", "payment_id": "payment_id"}
    return await answered(request, "refunds.list", lambda desk, raw: listed(desk, "refund", request, names))


@get("/refunds/{id:str}")
async def get_refund(request: Asked) -> Response[Any]:
    return await answered(request, "refunds.get", lambda desk, raw: refunds.get(desk, _id(request)).body)


@post("/receipts", status_code=200)
async def create_receipt(request: Asked) -> Response[Any]:
    return await answered(request, "receipts.create", receipts.create, keyed=True)


@get("/receipts")
async def list_receipts(request: Asked) -> Response[Any]:
    names = {"status": "status", "payment_id": "payment_id", "refund_id": "method"}
    return await answered(request, "receipts.list", lambda desk, raw: listed(desk, "receipt", request, names))


@get("/receipts/{id:str}")
async def get_receipt(request: Asked) -> Response[Any]:
    return await answered(request, "receipts.get", lambda desk, raw: receipts.get(desk, _id(request)).body)


@post("/webhooks", status_code=200)
async def add_webhook(request: Asked) -> Response[Any]:
    def work(desk: Desk, raw: bytes) -> dict[str, Any]:
        wanted = read(raw, NewWebhook)
        hook = {"id": f"wh-{new_id()[3:]}", "event": wanted.event, "url": wanted.url}
        desk.store.save(Kept(hook["id"], "webhook", desk.moment(), wanted.event, hook))
        return hook

    return await answered(request, "webhooks.create", work, keyed=True)


@get("/webhooks")
async def list_webhooks(request: Asked) -> Response[Any]:
    def work(desk: Desk, raw: bytes) -> dict[str, Any]:
        return {
            "type": "list",
            "items": [hook.body for hook in desk.store.page("webhook", {}, ("~", "~"), 100)],
        }

    return await answered(request, "webhooks.list", work)


@delete("/webhooks/{id:str}", status_code=200)
async def remove_webhook(request: Asked) -> Response[Any]:
    def work(desk: Desk, raw: bytes) -> dict[str, Any]:
        if not desk.store.remove("webhook", _id(request)):
            raise not_found("Webhook")
        return {}

    return await answered(request, "webhooks.remove", work, keyed=True)


@get("/me")
async def me(request: Asked) -> Response[Any]:
    def work(desk: Desk, raw: bytes) -> dict[str, Any]:
        return {
            "account_id": desk.config.shop_id,
            "status": "enabled",
            "test": True,
            "fiscalization": {"enabled": True, "provider": "fns"},
            "fiscalization_enabled": True,
            "payment_methods": ["sbp", "bank_card", "sberbank", "tinkoff_bank"],
            "itn": "8602000002",
            "name": "Песочница",
        }

    return await answered(request, "me.get", work)


@get("/sbp_banks")
async def sbp_banks(request: Asked) -> Response[Any]:
    banks = [{"bank_id": number, "name": name, "bic": bic} for number, name, bic in _BANKS]
    return await answered(request, "sbp_banks.list", lambda desk, raw: {"type": "list", "items": banks})


HANDLERS = [
    create_payment, list_payments, get_payment, capture_payment, cancel_payment,
    create_refund, list_refunds, get_refund, create_receipt, list_receipts, get_receipt,
    add_webhook, list_webhooks, remove_webhook, me, sbp_banks,
]  # fmt: skip
