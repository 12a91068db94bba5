"""Starts, watches and stops the embedded PostgreSQL. Safe after any kill -9, of it or of us."""

import fcntl
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO
from urllib.parse import quote

from infra.database import binaries, cluster
from infra.database.processes import is_postmaster_of
from infra.database.run_as import Way, choose
from infra.errors import OperatorError

# "/.s.PGSQL.5432.lock" must fit behind it in the 107 bytes (103 on macOS) of a socket's address.
_LONGEST_SOCKET_DIRECTORY = 84
_BIGGEST_LOG_BYTES = 10_000_000
_READY_LINE = 7
_DYING_SECONDS = 0.5


class EmbeddedDatabase:
    """One server over `data`, reached by a unix socket only and ended with the process that started it.

    `options` are server settings ("fsync=off" for tests). Use it from the main thread: Linux ties a
    child to the thread that started it. A file lock keeps two starts off the same data.
    """

    def __init__(
        self, data: Path, *, binaries_wish: str = "", options: Sequence[str] = (), way: Way = "auto"
    ) -> None:
        self.data = data.absolute()
        self.directory = self.data / "postgres"
        self.log = self.data / "postgres.log"
        self.socket_directory = _socket_directory(self.data)
        self._wish, self._options, self._way = binaries_wish, tuple(options), way
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The write address, as kabinet_owner."""
        return self.address(cluster.OWNER, cluster.DATABASE)

    def address(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket_directory), safe='/')}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process.pid

    def start(self, *, timeout_seconds: float = 60) -> bool:
        """Runs the server until it accepts connections; True when its cluster was made just now.

        Also starts again a server that died, or was killed this moment; one that runs is left alone.
        Raises OperatorError saying why it could not.
        """
        if self._runs_on():
            return False
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._take_lock()
        try:
            found = binaries.find(self._wish)
            major = binaries.major_version(found)
            run_as, found = choose(self.data, found, self._way)
            made = cluster.ensure(self.directory, found, major, run_as)
            _private_directory(self.socket_directory)
            run_as.give(self.socket_directory)
            _clear_way(self.directory)
            command = [*run_as.prefix, str(found / "postgres"), "-D", str(self.directory), *self._arguments()]
            deadline = time.monotonic() + timeout_seconds
            while not self._ready(command, run_as.options, deadline):
                time.sleep(0.1)  # the last backends of a killed server still hold its memory
        except BaseException:
            self.stop()
            raise
        return made

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _runs_on(self) -> bool:
        """Whether the server started before runs, and is not just dying: after a kill it takes some
        milliseconds until the system says so."""
        if self._process is None:
            return False
        try:
            self._process.wait(_DYING_SECONDS)
        except subprocess.TimeoutExpired:
            return True
        return False

    def stop(self, *, timeout_seconds: float = 30) -> None:
        """Ends sessions and the server (fast shutdown) and frees the data for another start."""
        if self._process is not None:
            _end(self._process, timeout_seconds)
            self._process = None
        if self._lock is not None:
            if self.socket_directory.parent != self.data:
                shutil.rmtree(self.socket_directory, ignore_errors=True)
            self._lock.close()
            self._lock = None

    def _arguments(self) -> list[str]:
        options = ("listen_addresses=", "unix_socket_permissions=0700", "TimeZone=UTC", *self._options)
        return ["-k", str(self.socket_directory), *(part for option in options for part in ("-c", option))]

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        lock = (self.data / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise OperatorError(
                f"Kabinet already runs on {self.data} (process {holder}). Stop that one first, "
                "or set KABINET_DATA to another directory."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def _ready(self, command: list[str], options: dict[str, object], deadline: float) -> bool:
        """One try. False when it is worth another."""
        if self.log.exists() and self.log.stat().st_size > _BIGGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.old"))
        with self.log.open("ab") as log:
            said_before = log.tell()
            self._process = subprocess.Popen(  # type: ignore[call-overload]
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **options,
            )
        while self.alive():
            if self._says_ready():
                return True
            if time.monotonic() > deadline:
                raise OperatorError(f"PostgreSQL did not start in time; see {self.log}")
            time.sleep(0.01)
        said = self.log.read_bytes()[said_before:].decode(errors="replace").strip()
        if "shared memory" in said and time.monotonic() < deadline:
            return False
        raise OperatorError(f"PostgreSQL did not start. It said:\n{said[-2000:]}")

    def _says_ready(self) -> bool:
        # A file left by a killed server says "ready" too: the process must be ours.
        try:
            lines = (self.directory / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return (
            len(lines) > _READY_LINE and lines[_READY_LINE].strip() == "ready" and int(lines[0]) == self.pid
        )


def _end(process: subprocess.Popen[bytes], timeout_seconds: float) -> None:
    for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(sign)
        try:
            process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            continue
        return


def _clear_way(directory: Path) -> None:
    """Deals with what an earlier server left, knowing by our lock that nobody else uses the data.

    A server orphaned by its parent's death is ended. Where the number of a dead one was given to a
    stranger, the file is made to name us, its parent, whom PostgreSQL ignores: removing the file would
    also remove what keeps it off the memory of backends that still live.
    """
    file = directory / "postmaster.pid"
    try:
        first, rest = file.read_text().split("\n", 1)
        pid = abs(int(first))
    except (FileNotFoundError, ValueError):
        return
    deadline = time.monotonic() + 30
    if is_postmaster_of(pid, directory):
        os.kill(pid, signal.SIGINT)
        while is_postmaster_of(pid, directory):
            if time.monotonic() > deadline:
                raise OperatorError(f"An earlier PostgreSQL (process {pid}) on {directory} does not stop")
            time.sleep(0.05)
    elif file.exists():
        file.write_text(f"{os.getpid()}\n{rest}")


def _socket_directory(data: Path) -> Path:
    inside = data / "socket"
    if len(os.fsencode(inside)) <= _LONGEST_SOCKET_DIRECTORY:
        return inside
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path(tempfile.gettempdir(), f"kabinet-{name}")


def _private_directory(path: Path) -> None:
    """Ours alone: whoever could put a directory under this name could answer in the server's place."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or (os.geteuid() != 0 and found.st_uid != os.geteuid()):
        raise OperatorError(f"{path} belongs to somebody else; remove it")
    path.chmod(0o700)
