"""Real processes of the product for tests that kill them: each in a session of its own, gone with us."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from infra import lifeline
from tests.sandboxes import free_port

ROOT = Path(__file__).parents[1]


@dataclass
class Program:
    """`kabinet <word>`; what it says goes to a file. Use it from the main thread's loop: Linux ties a child's
    life to the thread that started it."""

    word: str
    env: dict[str, str]
    log: Path
    process: Process | None = None

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *lifeline.prefix("KILL"),
                *(sys.executable, "-m", "infra.cli", self.word),
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=self.env,
                start_new_session=True,
            )

    async def kill(self) -> None:
        """kill -9 of it and of whatever it started itself."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        self.process = None

    async def again(self) -> None:
        await self.kill()
        await self.start()


@dataclass
class Programs:
    """API, two workers and the sandbox on one database."""

    folder: Path
    database_url: str
    port: int = field(default_factory=free_port)
    sandbox_port: int = field(default_factory=free_port)
    all: dict[str, Program] = field(default_factory=dict)

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KABINET_")}
        return kept | {
            "DATABASE_URL": self.database_url,
            "KABINET_DATA": str(self.folder),
            "KABINET_PORT": str(self.port),
            "KABINET_SANDBOX_PORT": str(self.sandbox_port),
            "KABINET_WORKERS": "1",
            "KABINET_YOOKASSA_TIMEOUT_SECONDS": "3",
            "KABINET_LOG_FORMAT": "json",
        }

    async def start(self) -> None:
        for name in ("api", "worker", "worker 2", "sandbox"):
            log = self.folder / f"{name}.log"
            self.all[name] = Program(name.split()[0], self.environment(), log)
            await self.all[name].start()
        async with httpx.AsyncClient(trust_env=False) as http:
            await answers(http, f"{self.api_url}/health/live", self.all["api"])
            await answers(http, f"{self.sandbox_url}/health/live", self.all["sandbox"])

    async def kill(self) -> None:
        await asyncio.gather(*(program.kill() for program in self.all.values()))

    async def ran(self, *words: str) -> tuple[int, str]:
        """Runs `kabinet words…` to its end; its exit code and what it said."""
        process = await asyncio.create_subprocess_exec(
            *lifeline.prefix("KILL"),
            *(sys.executable, "-m", "infra.cli", *words),
            stdin=DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=ROOT,
            env=self.environment(),
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), 60)
        finally:
            if process.returncode is None:
                process.kill()
        assert process.returncode is not None
        return process.returncode, said.decode()


async def answers(http: httpx.AsyncClient, url: str, program: Program) -> None:
    for _ in range(300):
        with contextlib.suppress(httpx.TransportError):
            if (await http.get(url)).status_code == 200:
                return
        assert program.process is not None
        assert program.process.returncode is None, program.log.read_text()[-2000:]
        await asyncio.sleep(0.1)
    raise AssertionError(f"{program.word} does not answer: {program.log.read_text()[-2000:]}")
