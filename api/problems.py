"""Every refusal leaves as RFC 9457 problem details, from this one place.

The texts are Russian, or English when Accept-Language asks for it; `code` is the same in both and
stable: programs look at it, people read the rest.
"""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from api.shapes import FieldError, field_errors
from api.texts import language_of, translated
from domain.kernel.access import KIND_NAMES, SCOPE_NAMES, ActorKind, Scope
from domain.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from domain.kernel.ids import DocumentId
from domain.payments.registries.rows import STATE_TEXTS, RowState

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("kabinet.api")

STATUS: Mapping[type[Refusal], int] = {
    NotFound: 404,
    Forbidden: 403,
    Unauthenticated: 401,
    Conflict: 409,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
}
_RETRY_AFTER_SECONDS = 1
_CHALLENGE = 'Bearer realm="kabinet"'


class MalformedRequest(Refusal):
    code = "malformed-request"
    text = "The request cannot be read"
    remedy = "Send what the API description at /schema asks for"


class MethodNotAllowed(Refusal):
    code = "method-not-allowed"
    text = "This address does not know that method"
    remedy = "See the Allow header or the API description at /schema"


class BodyTooLarge(Refusal):
    code = "body-too-large"
    text = "The request is too large"
    remedy = "Send less at once"


class InternalError(Refusal):
    code = "internal-error"
    text = "Something went wrong on our side"
    remedy = "Repeat the same request later; if it happens again, tell us the number of the request"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal in words: what is wrong, at which field, and what to do next."""

    code: str
    field: str | None
    detail: str
    remedy: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details. `remedy` says what to do next; `errors` name the fields at fault.

    `challenge` comes with the code `second-factor-required`: send it to sessions/second-factor.
    `documents` come with `consent-needed`: the ids of those that wait for a yes.
    """

    type: str
    code: str
    title: str
    status: int
    detail: str
    remedy: str = ""
    field: str | None = None
    errors: list[FieldError] = []
    challenge: str | None = None
    documents: list[DocumentId] = []
    request_id: str | None = None


def responses(*statuses: int) -> dict[int, ResponseSpec]:
    """The error shapes of a route for the API description; 400 is every route's."""
    return {
        status: ResponseSpec(
            Problem, description=HTTPStatus(status).phrase, media_type=MEDIA_TYPE, generate_examples=False
        )
        for status in (400, *statuses)
    }


def refused(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Problem]:
    status = status_of(refusal)
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = _CHALLENGE
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = str(refusal.params.get("retry_after_seconds", _RETRY_AFTER_SECONDS))
    return _problem(request, refusal, status, headers=headers)


def misshapen(request: Request[Any, Any, Any], error: ValidationException) -> Response[Problem]:
    errors = list(field_errors(error.extra, _language(request)))
    field = errors[0].field if errors else None
    return _problem(request, Invalid(field=field or None), 422, errors=errors)


def http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """What the framework itself refuses. Its own words are for programmers and stay inside."""
    status = error.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexpected(request, error)
    kind = _FRAMEWORKS.get(status, MalformedRequest)
    headers = dict(error.headers or {})
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = _CHALLENGE
    return _problem(request, kind(), status, headers=headers)


def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    _log.error("unexpected error", exc_info=error)
    return _problem(request, InternalError(), 500)


_FRAMEWORKS: Mapping[int, type[Refusal]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    429: TooMany,
}

HANDLERS: Mapping[type[Exception], Callable[..., Response[Problem]]] = {
    Refusal: refused,
    ValidationException: misshapen,
    HTTPException: http,
    Exception: unexpected,
}


def _language(request: Request[Any, Any, Any]) -> str:
    return language_of(request.headers.get("accept-language"))


def _named(language: str, value: object) -> object:
    """The value as people call it."""
    if isinstance(value, Scope):
        return translated(language, SCOPE_NAMES[value])
    if isinstance(value, ActorKind):
        return translated(language, KIND_NAMES[value])
    if isinstance(value, RowState):
        return translated(language, STATE_TEXTS[value])
    return value


def _params(refusal: Refusal, language: str) -> dict[str, object]:
    return {name: _named(language, value) for name, value in refusal.params.items()}


def told(refusal: Refusal, language: str) -> Told:
    """The refusal in the reader's words."""
    params = _params(refusal, language)
    return Told(
        code=refusal.code,
        field=refusal.field,
        detail=translated(language, refusal.text, **params),
        remedy=translated(language, refusal.remedy, **params),
    )


def status_of(refusal: Refusal) -> int:
    return next((status for kind, status in STATUS.items() if isinstance(refusal, kind)), 400)


def _documents(refusal: Refusal) -> list[DocumentId]:
    found = refusal.params.get("documents")
    return found if isinstance(found, list) else []


def _problem(
    request: Request[Any, Any, Any],
    refusal: Refusal,
    status: int,
    *,
    errors: list[FieldError] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[Problem]:
    language = _language(request)
    said = told(refusal, language)
    params = _params(refusal, language)
    general = next((kind for kind in STATUS if isinstance(refusal, kind)), type(refusal))
    problem = Problem(
        type=f"/problems/{refusal.code}",
        code=refusal.code,
        title=translated(language, general.text, **({} if general in STATUS else params)),
        status=status,
        detail=said.detail,
        remedy=said.remedy,
        field=refusal.field,
        errors=errors or [],
        documents=_documents(refusal),
        challenge=str(challenge) if (challenge := refusal.params.get("challenge")) else None,
        request_id=request.scope["state"].get("request_id"),
    )
    own = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    return Response(problem, status_code=status, media_type=MEDIA_TYPE, headers={**own, **(headers or {})})
