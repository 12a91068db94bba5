"""The sandbox's register of powers of attorney: invented powers of the demo's companies.

`GET /register` shows them all; `POST /register/powers/{guid}/revoke` and `…/restore` are for the tester.
Nothing is kept: after a restart every power holds again.
"""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from infra.sandbox.keys import REGISTER_TOKEN

REPRESENTATIVE_INN = "500100732259"
_DAIRY, _QUARRY = "7204000033", "7204000058"  # who hold the demo's accounts Д-7200000003 and Д-7200000005
POWERS: dict[UUID, dict[str, Any]] = {
    UUID("5c1fd0a4-9c4f-4d0a-8d5e-3b8f3f7c1d20"): {"issuer_inn": _DAIRY, "powers": ["KAB-PAY"]},
    UUID("b7a0c3e2-61d5-4f0b-9a56-0c8e5d2f4a31"): {"issuer_inn": _QUARRY, "powers": ["KAB-ADMIN"]},
}
_VALID_UNTIL = "2030-12-31"


@get("/register")
async def all_powers(request: Request[Any, Any, Any]) -> list[dict[str, Any]]:
    return [_told(guid, _revoked(request)) | kept for guid, kept in POWERS.items()]


@get("/register/powers/{guid:uuid}")
async def checked(request: Request[Any, Any, Any], guid: FromPath[UUID]) -> Response[Any]:
    if request.headers.get("authorization") != f"Bearer {REGISTER_TOKEN}":
        return Response({"error": "unauthorized"}, status_code=401)
    asked = (request.query_params.get("issuer_inn"), request.query_params.get("representative_inn"))
    kept = POWERS.get(guid)
    if kept is None or asked != (kept["issuer_inn"], REPRESENTATIVE_INN):
        return Response({"error": "not-found"}, status_code=404)
    return Response(_told(guid, _revoked(request)) | {"powers": kept["powers"]})


@post("/register/powers/{guid:uuid}/{act:str}", status_code=204)
async def change(request: Request[Any, Any, Any], guid: FromPath[UUID], act: FromPath[str]) -> None:
    revoked = _revoked(request)
    if act == "revoke":
        revoked.add(guid)
    else:
        revoked.discard(guid)


def _told(guid: UUID, revoked: set[UUID]) -> dict[str, Any]:
    return {
        "guid": str(guid),
        "status": "revoked" if guid in revoked else "active",
        "representative_inn": REPRESENTATIVE_INN,
        "valid_until": _VALID_UNTIL,
    }


def _revoked(request: Request[Any, Any, Any]) -> set[UUID]:
    revoked: set[UUID] = request.app.state["revoked_powers"]
    return revoked


HANDLERS = [all_powers, checked, change]
