"""QR symbols as SVG and PNG. This module is a `domain.payments.paycodes.CodeImages`.

Level M, UTF-8 without an ECI mark (bank applications expect none), a quiet zone of 4 modules, black
on white also on a dark page. Making one takes about 40 ms in pure Python, hence the small cache.
"""

import io
from functools import lru_cache

import segno

MAX_TEXT_BYTES = 2331
"""What the largest symbol of level M holds."""
MAX_TITLE_CHARS = 300
_QUIET_ZONE = 4
_SVG_PIXELS = 4
_PNG_PIXELS = 8
"""Pixels of a module: the SVG scales freely, the PNG is to print well at 40 mm."""


@lru_cache(maxsize=128)
def svg(text: str, title: str) -> bytes:
    """An SVG document without scripts, styles or links. ValueError when the text does not fit."""
    out = io.BytesIO()
    symbol = _symbol(text)
    side = symbol.symbol_size(_SVG_PIXELS, _QUIET_ZONE)[0]
    symbol.save(
        out,
        kind="svg",
        scale=_SVG_PIXELS,
        border=_QUIET_ZONE,
        light="#fff",
        title=_plain(title),
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        nl=False,
    )
    return out.getvalue().replace(b"<svg ", f'<svg role="img" viewBox="0 0 {side} {side}" '.encode(), 1)


@lru_cache(maxsize=128)
def png(text: str) -> bytes:
    """A PNG of two colours. ValueError when the text does not fit."""
    out = io.BytesIO()
    _symbol(text).save(out, kind="png", scale=_PNG_PIXELS, border=_QUIET_ZONE)
    return out.getvalue()


def _symbol(text: str) -> segno.QRCode:
    if not text or len(text.encode()) > MAX_TEXT_BYTES:
        raise ValueError(f"a QR symbol holds 1 to {MAX_TEXT_BYTES} bytes")
    return segno.make(text, error="m", encoding="utf-8", micro=False)


def _plain(title: str) -> str:
    """XML cannot hold control characters at all."""
    return "".join(char for char in title if char.isprintable())[:MAX_TITLE_CHARS]
