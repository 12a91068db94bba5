"""PostgreSQL's own programs that write a database out and read it in again."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from infra import lifeline
from infra.database import binaries
from infra.errors import OperatorError

Told = Callable[[str], None]
_TABLES_A_LINE = 25


class Programs(NamedTuple):
    """`major` is the newest server they can write out."""

    pg_dump: Path
    pg_restore: Path
    major: int


def find(wish: str = "") -> Programs:
    """Those beside the server's programs. OperatorError when there are none."""
    place = binaries.find(wish)
    if not (place / "pg_dump").is_file() or not (place / "pg_restore").is_file():
        raise OperatorError(
            f"There is no pg_dump and pg_restore in {place}. Set KABINET_POSTGRES_BIN to where they are."
        )
    return Programs(place / "pg_dump", place / "pg_restore", binaries.major_version(place))


def dump(programs: Programs, url: str, snapshot: str, into: Path, jobs: int, told: Told) -> None:
    """The schema kabinet as it stands in `snapshot`, as a directory of files. OperatorError."""
    command = [str(programs.pg_dump), "--verbose", "--format=directory", f"--jobs={jobs}", f"--file={into}"]
    command += ["--schema=kabinet", "--no-owner", f"--snapshot={snapshot}"]
    _run(command, url, "dumping contents of table", told)


def restore(programs: Programs, url: str, source: Path, told: Told) -> None:
    """All of it in one transaction, or nothing. OperatorError."""
    command = [str(programs.pg_restore), "--verbose", "--single-transaction", "--exit-on-error", "--no-owner"]
    _run([*command, str(source)], url, "processing data for table", told)


def _run(command: Sequence[str], url: str, mark: str, told: Told) -> None:
    """`mark` stands in the lines that begin a table. Ended with us, whatever ends us."""
    address, password = _without_password(url)
    env = {**os.environ, "LC_ALL": "C", **({"PGPASSWORD": password} if password else {})}
    said: list[str] = []
    tables = 0
    with subprocess.Popen(
        [*lifeline.prefix("TERM"), *command, f"--dbname={address}"],
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=env,
        text=True,
    ) as process:
        try:
            for line in process.stderr or ():
                said = [*said[-4:], line.strip()]
                if mark in line:
                    tables += 1
                    if tables % _TABLES_A_LINE == 0:
                        told(f"database: {tables} tables")
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise OperatorError(f"{Path(command[0]).name} ended with {process.returncode}:\n" + "\n".join(said))
    told(f"database: {tables} tables, done")


def _without_password(url: str) -> tuple[str, str]:
    """The address as others may see it among the processes, and the password."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query)
    password = unquote(parts.password or "") or dict(query).get("password", "")
    user, at, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}{at}{host}"
    kept = urlencode([(name, value) for name, value in query if name != "password"])
    return urlunsplit(parts._replace(netloc=netloc, query=kept)), password
