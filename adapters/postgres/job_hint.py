"""A hint to idle workers that something is due. It may be lost: they look by themselves anyway."""

import asyncio
from dataclasses import dataclass, field

import asyncpg

CHANNEL = "kabinet_jobs"
_GATHER_SECONDS = 0.02


@dataclass(slots=True)
class JobHint:
    """NOTIFY, outside of every transaction of the business: inside, PostgreSQL would let such
    transactions commit only one at a time. Hints given close together go as one."""

    pool: asyncpg.Pool
    _sending: asyncio.Task[None] | None = field(default=None, init=False)

    def give(self) -> None:
        """Returns at once; call it after the commit."""
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        await asyncio.sleep(_GATHER_SECONDS)
        try:
            await self.pool.execute("SELECT pg_notify($1, '')", CHANNEL)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            # A hint is worth nothing more than trying: the poll finds the job within a second.
            return
