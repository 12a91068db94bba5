"""Under whose name PostgreSQL runs: it refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any, Literal, NamedTuple

from infra import lifeline
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


def choose(data: Path, binaries: Path, way: Way = "auto") -> RunAs:
    """A plain user runs it as itself. Root runs it in a user namespace in which it is nobody (files stay
    root's), or, where namespaces are forbidden (most containers), as the real nobody.

    Raises OperatorError when nobody can reach the programs or the data.
    """
    dies_with_us = tuple(lifeline.prefix("INT"))
    if way == "self" or (way == "auto" and os.geteuid() != 0):
        return RunAs(dies_with_us)
    if way == "userns" or (way == "auto" and _namespaces_allowed()):
        return RunAs((*dies_with_us, *_NAMESPACE))
    data.chmod(0o711)  # nobody must pass through, not read
    for run_as in _as_nobody():
        if _reaches(run_as, data, binaries):
            return run_as
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


def _reaches(run_as: RunAs, data: Path, binaries: Path) -> bool:
    # Not `test -x`: access(2) overlooks capabilities.
    questions = (["ls", "-d", f"{data}/."], [str(binaries / "postgres"), "--version"])
    try:
        return all(
            subprocess.run(
                [*run_as.prefix, *question], check=False, capture_output=True, cwd="/", **run_as.options
            ).returncode
            == 0
            for question in questions
        )
    except OSError:
        return False
