"""What a page says when something is refused: in words, with what to do next, and never a dead end."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from api.pages.forms import with_place
from api.pages.language import language_for
from api.pages.rendering import page, see_other
from api.problems import InternalError, MalformedRequest, Told, status_of, told
from domain.kernel.errors import Invalid, NotFound, Refusal, Unauthenticated
from domain.people.consents import ConsentNeeded
from domain.people.second_factor import SecondFactorMissing

_log = logging.getLogger("kabinet.pages")


def in_words(request: Request[Any, Any, Any], refusal: Refusal) -> Told:
    """For a form that is shown again with what was wrong."""
    return told(refusal, language_for(request))


def refused(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    if isinstance(refusal, Unauthenticated):
        return see_other(with_place("/sign-in", _place(request)))
    if isinstance(refusal, ConsentNeeded):
        return see_other(with_place("/consents", _place(request)))
    if isinstance(refusal, SecondFactorMissing):
        return see_other("/office/second-factor")
    told = in_words(request, refusal)
    return page(request, "refused.html", status=status_of(refusal), refusal=told, request_id=None)


def misshapen(request: Request[Any, Any, Any], error: ValidationException) -> Response[Any]:
    return refused(request, Invalid())


def http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexpected(request, error)
    return refused(request, NotFound() if error.status_code == HTTPStatus.NOT_FOUND else MalformedRequest())


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a person asks, in a browser: programs do not ask for HTML."""
    return not request.scope["path"].startswith("/api/") and "text/html" in request.headers.get("accept", "")


def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    _log.error("unexpected error", exc_info=error)
    told, number = in_words(request, InternalError()), request.scope["state"].get("request_id")
    return page(request, "refused.html", status=500, refusal=told, request_id=number)


HANDLERS: dict[int | type[Exception], Callable[..., Response[Any]]] = {
    Refusal: refused,
    ValidationException: misshapen,
    HTTPException: http,
    Exception: unexpected,
}


def _place(request: Request[Any, Any, Any]) -> str:
    """Where to come back to: the page that was asked for; after a form, the front page."""
    if request.method != "GET":
        return "/"
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")
