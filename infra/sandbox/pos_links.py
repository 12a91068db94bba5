"""Plates: registered cash-register links of SBP, and the one unpaid sum each may bear.

Functions that change anything are called inside `store.transaction()`.
"""

import re
from typing import Any

from litestar import Request, Response, get, post

from infra.sandbox import notices, payments
from infra.sandbox.api import answered
from infra.sandbox.desk import Desk
from infra.sandbox.rules import GATEWAY
from infra.sandbox.store import Kept
from infra.sandbox.validation import NewPosLink, read
from infra.sandbox.words import invalid, new_id, not_found

Asked = Request[Any, Any, Any]
_LINK = re.compile(r"https://qr\.nspk\.ru/AS1R[0-9A-V]{28}\?type=01&bank=[0-9]{12}&crc=[0-9A-F]{4}")


def create(desk: Desk, raw: bytes) -> dict[str, Any]:
    link = read(raw, NewPosLink).pos_link_data.link
    if not _LINK.fullmatch(link):
        raise invalid("Not a cash-register link", "pos_link_data.link")
    row = desk.store.db.execute(
        "SELECT id FROM objects WHERE kind = 'pos_link' AND json_extract(inner, '$.link') = ?", (link,)
    ).fetchone()
    if row is not None:
        return get_link(desk, row["id"]).body
    body: dict[str, Any] = {
        "id": f"pl-{new_id()[3:]}",
        "status": "active",
        "type": "nspk",
        "recipient": {"account_id": desk.config.shop_id, "gateway_id": GATEWAY},
        "created_at": desk.moment(),
    }
    kept = Kept(body["id"], "pos_link", desk.moment(), "active", body, inner={"link": link})
    desk.store.save(kept)
    return body


def get_link(desk: Desk, link_id: str) -> Kept:
    kept = desk.store.get("pos_link", link_id)
    if kept is None:
        raise not_found("POS link")
    return kept


def turn(desk: Desk, link_id: str, status: str) -> dict[str, Any]:
    """Switched off, it bears no sum: the payment on it can be paid by nobody."""
    kept = get_link(desk, link_id)
    if status == "inactive" and (borne := payments.borne_by(desk, link_id)):
        payments.end(desk, borne, "merchant", "canceled_by_merchant", notices.ONCE)
    kept.status = kept.body["status"] = status
    desk.store.save(kept)
    return kept.body


@post("/pos_links", status_code=200)
async def create_pos_link(request: Asked) -> Response[Any]:
    return await answered(request, "pos_links.create", create, keyed=True)


@get("/pos_links/{id:str}")
async def get_pos_link(request: Asked) -> Response[Any]:
    return await answered(request, "pos_links.get", lambda desk, raw: get_link(desk, _id(request)).body)


@post("/pos_links/{id:str}/activate", status_code=200)
async def activate_pos_link(request: Asked) -> Response[Any]:
    def work(desk: Desk, raw: bytes) -> dict[str, Any]:
        return turn(desk, _id(request), "active")

    return await answered(request, "pos_links.activate", work, keyed=True)


@post("/pos_links/{id:str}/deactivate", status_code=200)
async def deactivate_pos_link(request: Asked) -> Response[Any]:
    def work(desk: Desk, raw: bytes) -> dict[str, Any]:
        return turn(desk, _id(request), "inactive")

    return await answered(request, "pos_links.deactivate", work, keyed=True)


@get("/sandbox/plates/{id:str}")
async def scan(request: Asked) -> Response[Any]:
    """What a phone sees that scans the plate, by the id of the POS link or of the link itself."""
    desk: Desk = request.app.state.desk
    row = desk.store.db.execute(
        "SELECT id FROM objects WHERE kind = 'pos_link' AND (id = ? OR instr(inner, ?) > 0)",
        (_id(request), f"/{_id(request)}?"),
    ).fetchone()
    with desk.store.transaction():
        borne = payments.borne_by(desk, row["id"]) if row else None
    if borne is None:
        return Response(not_found("Payment").body, status_code=404)
    return Response(None, status_code=303, headers={"Location": f"/checkout/{borne.id}"})


def _id(request: Asked) -> str:
    return str(request.path_params["id"])


HANDLERS = [create_pos_link, get_pos_link, activate_pos_link, deactivate_pos_link]
PAGES = [scan]
