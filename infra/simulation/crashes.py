"""Where things die: wrappers of the pool and the provider in which a fate has a say at every step.

A step is a moment at which a process, its connection or the provider may be gone: around BEGIN, COMMIT, the
return of a connection, and each call of the provider.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

import asyncpg

from domain.payments.provider import Provider, ProviderUnreachable, ProviderUnsure

T = TypeVar("T")


class Crash(BaseException):
    """kill -9: nothing of ours catches it."""


def killing(owner: asyncpg.Connection) -> Callable[[int], Awaitable[None]]:
    """For `Fate.kill`: ends a server process by its number and returns when it is gone."""

    async def kill(pid: int) -> None:
        # Told to wait by itself, PostgreSQL looks every 100 ms only; the process is gone within a few.
        await owner.execute("SELECT pg_terminate_backend($1)", pid)
        for _ in range(5_000):
            if not await owner.fetchval("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)", pid):
                return
            await asyncio.sleep(0.001)
        raise TimeoutError(f"the server's process {pid} does not end")

    return kill


@dataclass
class Fate:
    """Counts the steps while `armed`; those numbered in `dies_at` end badly. `kill` ends a server process
    by its number and returns when it is gone."""

    kill: Callable[[int], Awaitable[None]]
    dies_at: frozenset[int] = frozenset()
    armed: bool = False
    steps: list[str] = field(default_factory=list)
    died: list[str] = field(default_factory=list)

    def comes(self, step: str) -> bool:
        if not self.armed:
            return False
        self.steps.append(step)
        if len(self.steps) - 1 not in self.dies_at:
            return False
        self.died.append(step)
        return True


@dataclass
class DyingPool:
    """A pool in whose transactions the fate has a say. All else is the real pool's."""

    real: asyncpg.Pool
    fate: Fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def acquire(self) -> "_Acquiring":
        return _Acquiring(self)

    async def release(self, connection: "_Connection") -> None:
        if connection.committed and self.fate.comes("connection lost after COMMIT"):
            await connection.lose()
        await self.real.release(connection.real)


@dataclass
class _Acquiring:
    pool: DyingPool
    held: "_Connection | None" = None

    def __await__(self) -> "Generator[Any, None, _Connection]":
        return self._take().__await__()

    async def _take(self) -> "_Connection":
        return _Connection(await self.pool.real.acquire(), self.pool.fate)

    async def __aenter__(self) -> "_Connection":
        self.held = await self._take()
        return self.held

    async def __aexit__(self, *_: object) -> None:
        assert self.held is not None
        await self.pool.release(self.held)


@dataclass
class _Connection:
    real: Any
    fate: Fate
    committed: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    @property
    def pid(self) -> int:
        return int(self.real.get_server_pid())

    def transaction(self) -> "_Transaction":
        return _Transaction(self, self.real.transaction())

    async def lose(self) -> None:
        """Our end and the server's: what was locked is free at once, and nobody is lent a connection that has
        yet to notice, each time the same."""
        pid = self.pid
        self.real.terminate()
        await self.fate.kill(pid)

    async def crash(self) -> NoReturn:
        await self.lose()
        raise Crash


@dataclass
class _Transaction:
    connection: _Connection
    real: Any

    async def start(self) -> None:
        fate = self.connection.fate
        if fate.comes("killed before BEGIN"):
            await self.connection.crash()
        await self.real.start()

    async def rollback(self) -> None:
        await self.real.rollback()

    async def commit(self) -> None:
        """The two outcomes of a connection lost at COMMIT look the same from here."""
        connection, fate = self.connection, self.connection.fate
        if fate.comes("killed before COMMIT"):
            await connection.crash()
        if fate.comes("COMMIT lost on its way"):
            await connection.lose()
        if fate.comes("answer to COMMIT lost"):
            await self.real.commit()
            await connection.lose()
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        await self.real.commit()
        connection.committed = True
        if fate.comes("killed after COMMIT"):
            await connection.crash()

    async def __aenter__(self) -> None:
        await self.start()

    async def __aexit__(self, kind: object, *_: object) -> None:
        await (self.rollback() if kind else self.commit())


@dataclass
class DyingProvider:
    """Dies, or loses us, before and after it has done what it was asked."""

    real: Provider
    fate: Fate

    @property
    def name(self) -> str:
        return self.real.name

    def notice_subject(self, raw: bytes) -> Any:
        return self.real.notice_subject(raw)

    async def open(self, order: Any) -> Any:
        return await self._asked("open", lambda: self.real.open(order), ProviderUnsure)

    async def read(self, provider_payment_id: str) -> Any:
        return await self._asked("read", lambda: self.real.read(provider_payment_id), ProviderUnreachable)

    async def refund(self, wanted: Any) -> Any:
        return await self._asked("refund", lambda: self.real.refund(wanted), ProviderUnsure)

    async def read_refund(self, provider_refund_id: str) -> Any:
        return await self._asked(
            "read refund", lambda: self.real.read_refund(provider_refund_id), ProviderUnreachable
        )

    async def find_refund(self, wanted: Any) -> Any:
        return await self._asked("find refund", lambda: self.real.find_refund(wanted), ProviderUnreachable)

    async def find(self, *asked: Any) -> Any:
        return await self._asked("find", lambda: self.real.find(*asked), ProviderUnreachable)

    async def _asked(self, word: str, call: Callable[[], Awaitable[T]], lost: type[Exception]) -> T:
        fate = self.fate
        if fate.comes(f"killed before {word}"):
            raise Crash
        if fate.comes(f"provider gone before {word}"):
            raise ProviderUnreachable("connection refused")
        answer = await call()
        if fate.comes(f"provider gone after {word}"):
            raise lost("connection reset")
        if fate.comes(f"killed after {word}"):
            raise Crash
        return answer
