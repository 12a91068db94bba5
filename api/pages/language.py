"""The language of the pages: the reader's choice, or else what the browser asks for."""

from typing import Any

from litestar import Request

from api.texts import LANGUAGES, language_of

LANGUAGE_COOKIE = "kabinet-language"


def language_for(request: Request[Any, Any, Any]) -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else language_of(request.headers.get("accept-language"))
