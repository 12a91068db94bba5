"""The page that lists the sink's letters and shows one. A letter is a stranger's text: everything is
escaped, and its HTML is shown only in a sandboxed frame that may run and fetch nothing.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from infra.letters import Letter, Letters, Line

Asgi = Callable[[Any, Any, Any], Awaitable[None]]

MOST_LISTED = 200
_POLICY = (
    b"default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'"
)
_FRAME_POLICY = b"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ddd }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f6f8; padding: 1rem }
iframe { width: 100%; height: 32rem; border: 1px solid #ddd }
"""


def page(letters: Letters) -> Asgi:
    """`/` the list, `/letters.json` the same for programs (with texts), `/letters/<name>` one letter,
    `/letters/<name>/html` its HTML part."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        status, kind, body, policy = await asyncio.to_thread(_find, letters, scope["method"], scope["path"])
        headers = [
            (b"content-type", kind),
            (b"content-security-policy", policy),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


_HTML, _JSON = b"text/html; charset=utf-8", b"application/json"


def _find(letters: Letters, method: str, path: str) -> tuple[int, bytes, bytes, bytes]:
    if method not in {"GET", "HEAD"}:
        return 405, _HTML, b"", _POLICY
    if path == "/":
        return 200, _HTML, _list(letters.lines(MOST_LISTED)), _POLICY
    if path == "/letters.json":
        return 200, _JSON, _json(letters), _POLICY
    place, _, rest = path.removeprefix("/letters/").partition("/")
    letter = letters.letter(place) if path.startswith("/letters/") and rest in {"", "html"} else None
    if letter is None:
        return 404, _HTML, _whole("Not found", "<p>There is no such letter.</p>"), _POLICY
    if rest == "html":
        return 200, _HTML, letter.html.encode(errors="replace"), _FRAME_POLICY
    return 200, _HTML, _one(letter), _POLICY


def _json(letters: Letters) -> bytes:
    found = []
    for line in letters.lines(MOST_LISTED):
        letter = letters.letter(line.name)
        found.append({**line._asdict(), "text": letter.text if letter else ""})
    return json.dumps(found, ensure_ascii=False).encode(errors="replace")


def _list(lines: list[Line]) -> bytes:
    rows = "".join(
        f"<tr><td>{escape(line.date)}</td><td>{escape(line.recipients)}</td>"
        f'<td><a href="/letters/{escape(line.name)}">{escape(line.subject) or "(no subject)"}</a></td></tr>'
        for line in lines
    )
    table = f"<table><tr><th>Date<th>To<th>Subject</tr>{rows}</table>"
    return _whole("Letters", table if lines else "<p>No letter has come yet.</p>")


def _one(letter: Letter) -> bytes:
    line = letter.line
    parts = [
        f'<p><a href="/">All letters</a></p><p>{escape(line.date)}<br>From {escape(line.sender)}'
        f"<br>To {escape(line.recipients)}</p>"
    ]
    if letter.text:
        parts.append(f"<pre>{escape(letter.text)}</pre>")
    if letter.html:
        parts.append(f'<iframe sandbox title="HTML part" src="/letters/{escape(line.name)}/html"></iframe>')
    parts += [
        f"<p>{escape(file.name)} ({escape(file.kind)}, {file.bytes} bytes)</p>" for file in letter.attachments
    ]
    return _whole(line.subject or "(no subject)", "".join(parts))


def _whole(title: str, body: str) -> bytes:
    text = (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}"
        "</body></html>"
    )
    return text.encode(errors="replace")
