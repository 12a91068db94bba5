"""A worker with handlers of its own, run as a process that tests can kill.

python -m tests.e2e.worker_program DSN DIRECTORY LEASE_SECONDS STOP_SECONDS
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from domain.kernel.jobs import AccountJob
from infra.job_loop import Pace
from infra.worker import work


class Write(AccountJob, frozen=True, tag="program.write"):
    """Appends its number to the file `written`, after a pause."""

    max_attempts: ClassVar[int] = 3
    number: int
    pause_seconds: float = 0.0


class Hang(AccountJob, frozen=True, tag="program.hang"):
    """Appends a line to the file `hung` and then never ends."""

    max_attempts: ClassVar[int] = 2


class Poison(AccountJob, frozen=True, tag="program.poison"):
    """Appends a line to the file `poisoned` and takes its worker down."""

    max_attempts: ClassVar[int] = 2


def handlers(directory: Path):
    async def write(job: Write) -> None:
        with (directory / "begun").open("a") as file:
            file.write(f"{job.number}\n")
        await asyncio.sleep(job.pause_seconds)
        with (directory / "written").open("a") as file:
            file.write(f"{job.number}\n")

    async def hang(job: Hang) -> None:
        with (directory / "hung").open("a") as file:
            file.write("x\n")
        await asyncio.sleep(3600)

    async def poison(job: Poison) -> None:
        with (directory / "poisoned").open("a") as file:
            file.write("x\n")
        os.kill(os.getpid(), signal.SIGKILL)

    return {Write: write, Hang: hang, Poison: poison}


async def main(dsn: str, directory: str, lease_seconds: str, stop_seconds: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    pace = Pace(at_once=4, batch=16, stop_seconds=float(stop_seconds))
    lease = timedelta(seconds=float(lease_seconds))
    await work(dsn, handlers(Path(directory)), [], pace, stop, lease)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
