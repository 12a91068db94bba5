"""The link of a letter that stops such letters."""

from typing import Annotated

from litestar import MediaType, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, SkipValidation
from msgspec import Meta

from api.identity import Entry
from api.problems import responses
from api.texts import translated
from domain.notices.kinds import kind_named
from domain.notices.stopping import Stop
from domain.notices.writing import Templates, language_named
from services.notices.preferences import PreferenceService
from services.repeating import repeated

Token = Annotated[str, Meta(max_length=200)]
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@get(
    "/notice-stops/{token:str}",
    opt={"access": Entry.OPEN},
    media_type=MediaType.HTML,
    responses=responses(404),
)
async def ask_to_stop(
    token: FromPath[Token],
    preference_service: NamedDependency[PreferenceService],
    notice_templates: NamedDependency[SkipValidation[Templates]],
) -> Response[str]:
    """The page behind the link of a letter: it asks, and changes nothing by itself."""
    stop = preference_service.read_link(token)
    return _stop_page(stop, await preference_service.locale(stop), notice_templates, is_stopped=False)


@post(
    "/notice-stops/{token:str}",
    status_code=200,
    opt={"access": Entry.OPEN},
    media_type=MediaType.HTML,
    responses=responses(404) | {200: ResponseSpec(str, description="Stopped", media_type="text/html")},
)
async def stop_notices(
    token: FromPath[Token],
    preference_service: NamedDependency[PreferenceService],
    notice_templates: NamedDependency[SkipValidation[Templates]],
) -> Response[str]:
    """Stop a kind of notice by the link of a letter, without signing in (RFC 8058).

    Mail programs send `List-Unsubscribe=One-Click` as a form; what stands in the body is not looked at.
    """
    stop = await repeated(lambda: preference_service.stop(token))
    return _stop_page(stop, await preference_service.locale(stop), notice_templates, is_stopped=True)


def _stop_page(stop: Stop, locale: str, templates: Templates, *, is_stopped: bool) -> Response[str]:
    language = language_named(locale)
    title = translated(language, kind_named(stop.kind).title)
    page = templates.stop_page(title, language, is_stopped=is_stopped)
    return Response(page, media_type=MediaType.HTML, headers=_PAGE_HEADERS)


notice_stops = Router("/", tags=["notices"], route_handlers=[ask_to_stop, stop_notices])
