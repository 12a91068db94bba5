"""From a template to an answer: the language, the assets, the headers every page bears."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response
from markupsafe import Markup

from api.pages.assets import address
from api.pages.folding import Folded, translating
from api.pages.language import LANGUAGE_COOKIE, language_for
from api.pages.texts import page_texts
from domain.kernel.access import Actor, ActorKind
from domain.kernel.calendar import Period, first_day
from domain.kernel.figures import figure
from domain.kernel.money import Money

TEMPLATES = Path(__file__).parent / "templates"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""No inline script or style, nothing from elsewhere (https://www.w3.org/TR/CSP3/)."""
_DAYS = 1000
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}


def page(
    request: Request[Any, Any, Any],
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **facts: object,
) -> Response[str]:
    """The filled template. Every page knows `language`, `path`, `actor` (None before signing in)."""
    language, visitor = language_for(request), _actor(request)
    known = {
        "language": language,
        "path": request.scope["path"],
        "actor": visitor,
        "is_staff": visitor is not None and visitor.kind is ActorKind.STAFF,
    }
    html = _environment(language, request.app.state.zone).get_template(template).render(facts | known)
    return Response(
        html,
        status_code=status,
        media_type=MediaType.HTML,
        headers={**HEADERS, "Content-Language": language, **(headers or {})},
    )


def see_other(address: str) -> Response[None]:
    """Where to go after a form: a reload of what comes next sends nothing twice."""
    return Response(None, status_code=303, headers={"Location": address, "Cache-Control": "no-store"})


def _actor(request: Request[Any, Any, Any]) -> Actor | None:
    found: Actor | None = request.scope["state"].get("actor")
    return found


@cache
def _environment(language: str, zone: ZoneInfo) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # or each page would look at the times of a dozen files
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", Folded],
    )
    texts = page_texts(language)
    environment.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= dict.fromkeys(("_", "gettext"), translating(texts.gettext))
    environment.filters |= _filters(language, zone) | {"zip": zip}
    environment.globals["asset"] = address
    return environment


def _filters(language: str, zone: ZoneInfo) -> dict[str, Callable[..., object]]:
    """Days, months of bills and moments in the region's time, as they are written in that language."""
    locale = Locale.parse(language)

    def of_day(pattern: str) -> Callable[[date], str]:
        # Everybody's bills are due on the same few days.
        return lru_cache(_DAYS)(lambda value: format_date(value, pattern, locale=locale))

    def of_month(pattern: str) -> Callable[[Period], str]:
        return lambda value: format_date(first_day(value), pattern, locale=locale)

    full_day = of_day("d MMMM y")

    def clock(value: datetime) -> str:
        return f"{value.astimezone(zone):%H:%M}"

    def moment(value: datetime) -> str:
        return f"{full_day(value.astimezone(zone).date())}, {clock(value)}"

    return {
        "day": of_day("d MMMM"),
        "full_day": full_day,
        "weekday": of_day("EEEE, d MMMM"),
        "month": of_month("LLLL y"),
        "short_month": of_month("LLL"),  # for the axis of a chart
        "moment": moment,
        "clock": clock,
        "figure": figure,
        "roubles": roubles,
        "signed": signed,
    }


def signed(amount: Money) -> str:
    """With a minus, not a hyphen."""
    return str(amount).replace("-", "−")


def roubles(amount: Money) -> Markup:
    """“1 543,21 ₽” with the kopecks smaller, so that the eye meets the roubles first."""
    whole, _, rest = signed(amount).partition(",")
    return Markup(f'<span class="sum">{whole}<small>,{rest}</small></span>')  # noqa: S704 - figures alone


__all__ = ["HEADERS", "LANGUAGE_COOKIE", "page", "see_other"]
