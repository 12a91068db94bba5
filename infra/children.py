"""Processes of Kabinet under one terminal: started, watched, started again, stopped in order."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable, Mapping, Sequence

from infra import lifeline

_STEADY_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 10.0


class Child:
    """One `kabinet <word>`, with a session of its own: Ctrl-C reaches only us, who stop it in turn.

    `say` gets each line it writes and what becomes of it. Use it from the main thread's loop: Linux ties
    a child's life to the thread that started it.
    """

    def __init__(self, word: str, say: Callable[[str, str], None], env: Mapping[str, str]) -> None:
        self.word = word
        self._say = say
        self._env = dict(env)
        self._process: Process | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._keep_alive(), name=self.word)

    async def stop(self, *, timeout_seconds: float) -> None:
        """SIGTERM, then, when the time is up, SIGKILL."""
        self._stopping = True
        if self._task is None:
            return
        if self._runs:
            self._signal(signal.SIGTERM)
        else:
            self._task.cancel()  # it is between two lives
        done, _ = await asyncio.wait({self._task}, timeout=timeout_seconds)
        if not done:
            self._say(self.word, "does not stop; killed")
            self.kill()
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=5)

    def kill(self) -> None:
        """At once, with whatever it started itself."""
        self._stopping = True
        if self._runs:
            self._signal(signal.SIGKILL)

    @property
    def _runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def _signal(self, number: signal.Signals) -> None:
        pid = self._process.pid if self._process else 0
        with contextlib.suppress(ProcessLookupError):
            if number == signal.SIGKILL:
                os.killpg(pid, number)
            else:
                os.kill(pid, number)

    async def _keep_alive(self) -> None:
        pause = 0.2
        while not self._stopping:
            began = time.monotonic()
            self._process = await asyncio.create_subprocess_exec(
                *lifeline.prefix("TERM"),
                *(sys.executable, "-m", "infra.cli", self.word),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=STDOUT,
                start_new_session=True,
                env=self._env,
            )
            await self._pass_lines(self._process)
            code = await self._process.wait()
            if self._stopping:
                return
            pause = (
                0.2 if time.monotonic() - began > _STEADY_SECONDS else min(pause * 2, _LONGEST_PAUSE_SECONDS)
            )
            self._say(self.word, f"ended ({_how(code)}); it is started again in {pause:.1f} s")
            await asyncio.sleep(pause)

    async def _pass_lines(self, process: Process) -> None:
        assert process.stdout is not None
        rest = b""
        while chunk := await process.stdout.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._say(self.word, line.decode(errors="replace"))
            rest = rest[-65536:]
        if rest:
            self._say(self.word, rest.decode(errors="replace"))


async def stop_in_order(groups: Sequence[Sequence[Child]], *, timeout_seconds: float) -> None:
    """Each group when the one before has ended; within a group all at once."""
    for group in groups:
        await asyncio.gather(*(child.stop(timeout_seconds=timeout_seconds) for child in group))


def _how(code: int) -> str:
    if code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"
