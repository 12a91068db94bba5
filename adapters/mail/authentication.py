"""`Authentication-Results` of our own mail server (RFC 8601)."""

import re

from domain.mail.content import AuthResult

_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_METHOD = re.compile(r"\s*([a-z0-9_.-]+)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(r"([a-z][a-z0-9_-]*\.[a-z0-9_-]+)\s*=\s*(\S+)", re.IGNORECASE)
_MOST_RESULTS = 50


def results(values: list[str], authserv_id: str) -> tuple[AuthResult, ...]:
    """Of the topmost header that bears our server's name: those below it came with the letter.

    `values` stand as in the letter, from the top. None where no server is trusted.
    """
    for value in values if authserv_id else []:
        plain = _plain(value)
        name, _, rest = plain.partition(";")
        if name.split()[:1] and name.split()[0].lower() == authserv_id.lower():
            return tuple(_result(one) for one in rest.split(";")[:_MOST_RESULTS] if _METHOD.match(one))
    return ()


def _plain(value: str) -> str:
    """Without comments, which anybody may have written something into; quotes opened, but no more than
    what may stand without them: a ";" inside of quotes must not begin a result."""
    value = _QUOTED.sub(lambda found: re.sub(r"[;()=\s]", "_", found[1]), value[:20_000])
    for _ in range(5):
        value = _COMMENT.sub(" ", value)
    return value


def _result(text: str) -> AuthResult:
    head = _METHOD.match(text)
    assert head is not None
    properties: dict[str, str] = {}
    for found in _PROPERTY.finditer(text, head.end()):
        properties.setdefault(found[1].lower(), found[2].lower())
    return AuthResult(method=head[1].lower(), result=head[2].lower(), properties=properties)
