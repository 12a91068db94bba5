"""Styles, scripts and pictures of the pages. The address holds a hash of the content, so that browsers may
keep each for ever."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta

from api.identity import Entry

FILES = Path(__file__).parent / "files"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
_HASH_CHARACTERS = 12
_FOR_EVER = "public, max-age=31536000, immutable"

Hash = Annotated[str, Meta(max_length=_HASH_CHARACTERS)]
Name = Annotated[str, Meta(max_length=60)]


@cache
def _content(name: str) -> tuple[str, bytes]:
    content = (FILES / name).read_bytes()
    return sha256(content).hexdigest()[:_HASH_CHARACTERS], content


@cache
def _names() -> frozenset[str]:
    return frozenset(file.name for file in FILES.iterdir() if file.suffix in TYPES)


def address(name: str) -> str:
    """Where the page finds the file."""
    return f"/assets/{_content(name)[0]}/{name}"


@get("/assets/{hash_:str}/{name:str}", opt={"access": Entry.OPEN}, include_in_schema=False)
async def get_asset(hash_: FromPath[Hash], name: FromPath[Name]) -> Response[bytes]:
    if name not in _names() or _content(name)[0] != hash_:
        raise NotFoundException
    return Response(
        _content(name)[1],
        media_type=TYPES[Path(name).suffix],
        headers={"Cache-Control": _FOR_EVER},
    )
