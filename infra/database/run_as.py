"""Under whose name PostgreSQL runs: it refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any, Literal, NamedTuple

from infra import lifeline
from infra.database.binaries import copy_within_reach
from infra.errors import OperatorError

NOBODY = 65534
Way = Literal["auto", "self", "userns", "nobody"]


class RunAs(NamedTuple):
    """`prefix` goes before each command, `options` to Popen; new directories are given to `owner`."""

    prefix: tuple[str, ...] = ()
    options: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple's default, never changed
    owner: tuple[int, int] | None = None

    def give(self, path: Path) -> None:
        if self.owner:
            os.chown(path, *self.owner)


def choose(data: Path, binaries: Path, way: Way = "auto") -> tuple[RunAs, Path]:
    """Who runs it, and the programs to run. A plain user runs it as itself. Root runs it in a user
    namespace in which it is nobody (files stay root's), or, where namespaces are forbidden (most
    containers), as the real nobody, with a copy of the programs when theirs is a closed place.

    Raises OperatorError when nobody can reach the programs or the data.
    """
    dies_with_us = tuple(lifeline.prefix("INT"))
    if way == "self" or (way == "auto" and os.geteuid() != 0):
        return RunAs(dies_with_us), binaries
    if way == "userns" or (way == "auto" and _namespaces_allowed()):
        return RunAs((*dies_with_us, *_NAMESPACE)), binaries
    data.chmod(0o711)  # nobody must pass through, not read
    for run_as in _as_nobody():
        if _reaches_data(run_as, data):
            place = binaries if _reaches_programs(run_as, binaries) else copy_within_reach(binaries)
            if _reaches_programs(run_as, place):
                return run_as, place
    raise OperatorError(
        f"PostgreSQL cannot run as root, and the user nobody cannot reach {binaries} and {data}. "
        "Run Kabinet as a plain user, move it out of root's home, or set DATABASE_URL."
    )


_NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")


def _namespaces_allowed() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*_NAMESPACE, "true"], check=False, capture_output=True).returncode == 0


def _as_nobody() -> list[RunAs]:
    """The plain way first; then with leave to pass closed directories, such as root's home."""
    try:
        entry = pwd.getpwnam("nobody")
        user, group = entry.pw_uid, entry.pw_gid
    except KeyError:
        user, group = NOBODY, NOBODY
    if not lifeline.prefix("INT"):
        return [RunAs((), {"user": user, "group": group, "extra_groups": []}, (user, group))]
    switch = ("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--pdeathsig=INT")
    pass_doors = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return [RunAs(switch, {}, (user, group)), RunAs((*switch, *pass_doors), {}, (user, group))]


def _reaches_data(run_as: RunAs, data: Path) -> bool:
    # Not `test -x`: access(2) overlooks capabilities.
    return _succeeds(run_as, ["ls", "-d", f"{data}/."])


def _reaches_programs(run_as: RunAs, binaries: Path) -> bool:
    # PostgreSQL asks access(2) whether it may read its own programs.
    postgres = str(binaries / "postgres")
    return _succeeds(run_as, ["test", "-r", postgres]) and _succeeds(run_as, [postgres, "--version"])


def _succeeds(run_as: RunAs, question: list[str]) -> bool:
    command = [*run_as.prefix, *question]
    try:
        done = subprocess.run(command, check=False, capture_output=True, cwd="/", **run_as.options)
    except OSError:
        return False
    return done.returncode == 0
