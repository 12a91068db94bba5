"""Makes the data directory: all of it or nothing, roles and database included."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from infra.database.run_as import RunAs
from infra.errors import OperatorError

SUPERUSER, OWNER, APPLICATION, DATABASE = "postgres", "kabinet_owner", "kabinet_app", "kabinet"

# kabinet_owner owns the schema and runs migrations; the application works as kabinet_app (SET ROLE).
_FIRST_STATEMENTS = (
    f"CREATE ROLE {OWNER} LOGIN",
    f"CREATE ROLE {APPLICATION} NOLOGIN",
    f"GRANT {APPLICATION} TO {OWNER}",
    f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
    f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
)
_BUILTIN_LOCALES_SINCE = 17


def ensure(directory: Path, binaries: Path, major: int, run_as: RunAs) -> bool:
    """Makes a cluster in `directory` unless one is there; True when it was made.

    It is made under another name and renamed when complete: a crash leaves nothing half-done.
    Raises OperatorError when it cannot be made, or is of another major version.
    """
    version = directory / "PG_VERSION"
    if version.exists():
        if int(version.read_text()) != major:
            raise OperatorError(
                f"The database in {directory} is of PostgreSQL {version.read_text().strip()}, the programs "
                f"are of {major}. Set KABINET_POSTGRES_BIN to the former, dump, and load into a new one."
            )
        return False
    unfinished = directory.with_name(directory.name + ".new")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    run_as.give(unfinished)
    place = ["-D", str(unfinished)]
    _run(run_as, [binaries / "initdb", *place, "-U", SUPERUSER, *_initdb_options(major)])
    statements = "".join(f"{statement};\n" for statement in _FIRST_STATEMENTS)
    _run(
        run_as, [binaries / "postgres", "--single", *place, "-c", "exit_on_error=on", "postgres"], statements
    )
    unfinished.rename(directory)
    return True


def _initdb_options(major: int) -> list[str]:
    """UTF-8, order by code point, letters of any script known (pg_trgm needs that in lc-ctype too)."""
    options = ["--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--no-instructions"]
    if major < _BUILTIN_LOCALES_SINCE:
        return [*options, "--locale=C.UTF-8", "--lc-messages=C", "--data-checksums"]
    return [
        *options,
        "--data-checksums",
        "--locale-provider=builtin",
        "--builtin-locale=PG_UNICODE_FAST" if major > _BUILTIN_LOCALES_SINCE else "--builtin-locale=C.UTF-8",
        "--lc-collate=C",
        "--lc-ctype=C.UTF-8",
        *(f"--lc-{part}=C" for part in ("messages", "monetary", "numeric", "time")),
    ]


def _run(run_as: RunAs, command: Sequence[str | Path], stdin: str = "") -> None:
    done = subprocess.run(
        [*run_as.prefix, *map(str, command)],
        check=False,
        input=stdin,
        capture_output=True,
        text=True,
        cwd="/",
        **run_as.options,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise OperatorError(f"The database could not be made: {Path(command[0]).name} said\n{said}")
