"""Call a use case again when its transaction asks for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from domain.kernel.errors import OutcomeUnknown, TryAgain

T = TypeVar("T")

TRIES = 3
_PAUSE_SECONDS = 0.02


async def repeated(call: Callable[[], Awaitable[T]]) -> T:
    """What `call` gives, called up to three times while it meets others or its end is unknown.

    `call` is one whole use case (never part of a transaction) and safe to repeat: its ids are fixed.
    The last error comes through.
    """
    for attempt in range(1, TRIES):
        try:
            return await call()
        except (TryAgain, OutcomeUnknown):
            await asyncio.sleep(_PAUSE_SECONDS * attempt)
    return await call()
