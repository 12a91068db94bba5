"""What commands begin with."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Coroutine, Iterator
from typing import Any

from infra import logs
from infra.errors import OperatorError
from infra.settings import Settings, load


def begin(*, database: bool = False) -> Settings:
    """The checked settings, with logs set up. `database`: refuse when there is no address of one.

    Raises OperatorError with what to do.
    """
    settings = load()
    logs.configure(settings.log_level, settings.log_format)
    if database and not settings.database_url:
        raise OperatorError(
            "There is no database to work with. Set DATABASE_URL, or start the embedded one with "
            f"`kabinet run` (its address would stand in {settings.address_file})."
        )
    return settings


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """For the imports of a process that stays. The garbage collector finds nothing in them and would take a
    quarter of their time; nor need it ever look through what they leave, which forked processes share.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def serve(work: Coroutine[Any, Any, None]) -> None:
    """Runs it until SIGTERM or SIGINT, which cancel it."""

    async def until_told() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(until_told())
