"""Call a use case again when the database asks for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from domain.kernel.errors import OutcomeUnknown

T = TypeVar("T")

TRIES = 3
_PAUSE_SECONDS = 0.02

_AGAIN = (
    asyncpg.DeadlockDetectedError,  # 40P01
    asyncpg.SerializationError,  # 40001
    asyncpg.InvalidCachedStatementError,  # a migration passed under a prepared statement
    OutcomeUnknown,  # the work may be done: the same ids show it
)


async def repeated(call: Callable[[], Awaitable[T]]) -> T:
    """What `call` gives, called up to three times while it is told to begin anew.

    `call` is one whole use case (never part of a transaction) and safe to repeat: its ids are fixed.
    The last error comes through.
    """
    for attempt in range(1, TRIES):
        try:
            return await call()
        except _AGAIN:
            await asyncio.sleep(_PAUSE_SECONDS * attempt)
    return await call()
