"""The sandbox's identity provider over HTTP: OpenID Connect, authorization code flow with PKCE.

`/identity` is its page, where the tester picks who signs in; its discovery document stands below it.
"""

import binascii
from base64 import b64decode
from typing import Any
from urllib.parse import unquote_plus, urlencode

from litestar import Request, Response, get, post

from infra.sandbox.identity_desk import PEOPLE, Asked, Denied, IdentityDesk
from infra.sandbox.keys import IDENTITY_CLIENT_ID
from infra.sandbox.pages import page

NO_STORE = {"Cache-Control": "no-store"}
_CARRIED = (
    *("client_id", "redirect_uri", "response_type", "scope"),
    *("state", "nonce", "code_challenge", "code_challenge_method"),
)


@get("/identity/.well-known/openid-configuration")
async def discovery(request: Request[Any, Any, Any]) -> dict[str, Any]:
    issuer = _desk(request).issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/keys",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "phone", "email"],
        "authorization_response_iss_parameter_supported": True,
    }


@get("/identity/keys")
async def keys(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return {"keys": _desk(request).published()}


@get("/identity/authorize")
async def authorize(request: Request[Any, Any, Any]) -> Response[Any]:
    """The page where the tester picks a person, or refuses."""
    given = {name: request.query_params.get(name, "") for name in _CARRIED}
    return _wrong(request, given) or page("identity.html", given=given, people=PEOPLE.values())


@post("/identity/authorize", status_code=303)
async def choose(request: Request[Any, Any, Any]) -> Response[Any]:
    form = await request.form()
    given = {name: str(form.get(name, "")) for name in _CARRIED}
    wrong = _wrong(request, given)
    if wrong is not None:
        return wrong
    person = PEOPLE.get(str(form.get("person", "")))
    if person is None:
        return _sent_back(request, given, {"error": "access_denied"})
    asked = Asked(given["redirect_uri"], given["nonce"], given["code_challenge"])
    return _sent_back(request, given, {"code": _desk(request).grant(asked, person)})


@post("/identity/token", status_code=200)
async def token(request: Request[Any, Any, Any]) -> Response[Any]:
    form = {name: str(value) for name, value in (await request.form()).items()}
    if form.get("grant_type") != "authorization_code":
        return Response({"error": "unsupported_grant_type"}, status_code=400, headers=NO_STORE)
    try:
        given = _desk(request).redeem(
            _client(request.headers.get("authorization", ""), form),
            form.get("code", ""),
            form.get("redirect_uri", ""),
            form.get("code_verifier", ""),
        )
    except Denied as denied:
        return Response({"error": denied.error}, status_code=denied.status, headers=NO_STORE)
    return Response(given, headers=NO_STORE)


@get("/identity/userinfo")
async def userinfo(request: Request[Any, Any, Any]) -> Response[Any]:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    try:
        person = _desk(request).person(shown if scheme == "Bearer" else "")
    except Denied as denied:
        return Response({"error": denied.error}, status_code=denied.status, headers=NO_STORE)
    return Response(person.claims, headers=NO_STORE)


@post("/identity/rotate", status_code=200)
async def rotate(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """A new signing key, as providers do from time to time."""
    _desk(request).rotate()
    return {"keys": len(_desk(request).keys)}


def _desk(request: Request[Any, Any, Any]) -> IdentityDesk:
    desk: IdentityDesk = request.app.state.identity
    return desk


def _wrong(request: Request[Any, Any, Any], given: dict[str, str]) -> Response[Any] | None:
    """What is wrong with the client is shown here, never sent to an address it may not use."""
    if given["client_id"] != IDENTITY_CLIENT_ID or given["redirect_uri"] not in _desk(request).redirect_uris:
        return Response({"error": "unauthorized_client"}, status_code=400)
    if given["response_type"] != "code" or "openid" not in given["scope"].split():
        return _sent_back(request, given, {"error": "invalid_request"})
    if given["code_challenge_method"] != "S256" or not given["code_challenge"]:
        return _sent_back(request, given, {"error": "invalid_request"})
    return None


def _sent_back(
    request: Request[Any, Any, Any], given: dict[str, str], brought: dict[str, str]
) -> Response[Any]:
    query = urlencode(brought | {"state": given["state"], "iss": _desk(request).issuer})
    location = f"{given['redirect_uri']}?{query}"
    return Response(None, status_code=303, headers=NO_STORE | {"Location": location})


def _client(header: str, form: dict[str, str]) -> tuple[str, str]:
    """By HTTP Basic or in the form (RFC 6749, 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    if scheme != "Basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Denied(401, "invalid_client") from error
    return unquote_plus(client_id), unquote_plus(secret)


HANDLERS = [discovery, keys, authorize, choose, token, userinfo, rotate]
