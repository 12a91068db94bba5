"""How a browser comes in: by a cookie that no script can read, and only from our own pages."""

from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection

from domain.kernel.errors import Forbidden, Unauthenticated
from domain.people.tokens import AccessToken

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_SECONDS = 15_552_000
"""The longest life of a session; the session itself mostly ends earlier."""


class CameFromElsewhere(Forbidden):
    code = "came-from-elsewhere"
    text = "This form was not sent from a page of ours"
    remedy = "Open the page again and repeat what you did there"


class SessionCookie(msgspec.Struct, frozen=True):
    """Over https its name begins with `__Host-`: no other host can set it, and it never leaves https.

    A browser takes no such cookie over plain http, which is for the demo on one's own machine.
    """

    is_secure: bool

    @classmethod
    def at(cls, public_url: str) -> "SessionCookie":
        return cls(is_secure=urlsplit(public_url).scheme == "https")

    @property
    def name(self) -> str:
        return "__Host-kabinet" if self.is_secure else "kabinet"

    def token_of(self, connection: ASGIConnection[Any, Any, Any, Any]) -> str:
        if token := connection.cookies.get(self.name):
            return token
        raise Unauthenticated

    def set_on(self, response: Response[Any], token: AccessToken) -> None:
        response.set_cookie(
            key=self.name,
            value=str(token),
            max_age=_LONGEST_SECONDS,
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="lax",
        )

    def take_off(self, response: Response[Any]) -> None:
        response.set_cookie(
            key=self.name,
            value="",
            max_age=0,
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="lax",
        )


def check_same_origin(request: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Refuses what another site's page makes a browser send (cross-site request forgery).

    Browsers say where a request comes from in Sec-Fetch-Site, older ones in Origin; a script of another
    site can change neither. https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
    """
    if request.scope.get("method", "") in _SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise CameFromElsewhere
        return
    origin = urlsplit(request.headers.get("origin", "")).netloc
    if not origin or origin != request.headers.get("host"):
        raise CameFromElsewhere


def wants_fragment(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asks, for a part of the page."""
    return request.headers.get("hx-request") == "true"
