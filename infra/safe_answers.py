"""Headers that every answer bears, errors and static files too."""

from typing import Any

_ALWAYS = (b"x-content-type-options", b"nosniff")
_UNLESS_SAID = (b"cache-control", b"no-store")
"""Balances are nobody's to keep; what may be kept says so itself."""


class SafeAnswers:
    """ASGI middleware."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_safely(message: Any) -> None:
            if message["type"] == "http.response.start":
                said = [*message.get("headers", ())]
                said.append(_ALWAYS)
                if all(name.lower() != _UNLESS_SAID[0] for name, _ in said):
                    said.append(_UNLESS_SAID)
                message["headers"] = said
            await send(message)

        await self._app(scope, receive, send_safely)
