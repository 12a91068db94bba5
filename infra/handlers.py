"""Which use case does which job. One line per kind."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

import asyncpg

from domain.kernel.jobs import Job
from infra.schedules import Schedule

Handlers = Mapping[type[Job], Callable[[Any], Awaitable[None]]]


class Container(Protocol):
    """What the handlers need of the wired application."""

    @property
    def pool(self) -> asyncpg.Pool: ...


def handlers(container: Container) -> Handlers:
    """Every kind of job and who does it."""
    return {}


def schedules(container: Container) -> Sequence[Schedule]:
    """What is promised by the clock."""
    return ()
