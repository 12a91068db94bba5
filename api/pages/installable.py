"""The cabinet on a phone's screen: what it is called, its icons, and what is shown without a network."""

from functools import cache
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Request, Response, get

from api.identity import Entry
from api.pages.assets import FILES, address
from api.pages.language import language_for
from api.pages.rendering import page
from api.pages.texts import page_texts

_OPEN = {"access": Entry.OPEN}
_FRESH = {"Cache-Control": "no-cache"}
_KEPT = ("style.css", "page.js", "htmx.min.js", "icon.svg", "icons.svg")


@get("/manifest.webmanifest", opt=_OPEN, media_type="application/manifest+json")
async def get_manifest(request: Request[Any, Any, Any]) -> Response[bytes]:
    language = language_for(request)
    said = page_texts(language).gettext
    manifest = {
        "id": "/",
        "name": said("Kabinet"),
        "short_name": said("Kabinet"),
        "description": said("Bills, readings and applications in one place"),
        "lang": language,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f4f6f5",
        "theme_color": "#0b5c66",
        "icons": [
            {
                "src": address(f"icon-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size in (192, 512)
            for purpose in ("any", "maskable")
        ],
    }
    headers = {**_FRESH, "Vary": "Accept-Language, Cookie"}
    return Response(msgspec.json.encode(manifest), media_type="application/manifest+json", headers=headers)


@get("/service-worker.js", opt=_OPEN, media_type="text/javascript")
async def get_service_worker() -> Response[str]:
    """It keeps assets and the offline page, never a page with somebody's data."""
    return Response(_worker(), media_type="text/javascript", headers=_FRESH)


@get("/offline", opt=_OPEN)
async def show_offline(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "offline.html")


@cache
def _worker() -> str:
    assets = msgspec.json.encode([address(name) for name in _KEPT]).decode()
    script = (FILES / "service-worker.js").read_text()
    version = sha256((assets + script).encode()).hexdigest()[:12]
    return script.replace("__ASSETS__", assets).replace("__VERSION__", version)


HANDLERS = [get_manifest, get_service_worker, show_offline]
