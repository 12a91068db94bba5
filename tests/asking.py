"""Asking the API as one of its people, with the answer that has to come."""

from typing import Any, Protocol

import httpx


class Asker(Protocol):
    @property
    def http(self) -> httpx.AsyncClient: ...


async def ask(who: Asker, method: str, path: str, expected: int = 200, **more: Any) -> Any:
    """The JSON of an answer below /api/v1 that has to come with this status; None when it is empty."""
    answer = await who.http.request(method, f"/api/v1{path}", **more)
    assert answer.status_code == expected, (path, answer.status_code, answer.text)
    return answer.json() if answer.content else None
