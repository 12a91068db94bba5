"""Ties a child process to its parent, so that a parent killed outright leaves nobody behind.

Linux only: elsewhere children of a killed parent live on until the next start finds and stops them.
"""

import ctypes
import functools
import multiprocessing
import shutil
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1


def prefix(name: str) -> list[str]:
    """What to put before a command so that it gets the signal (`INT`, `TERM`) when its parent dies.

    The parent is the *thread* that starts it: start children from the main thread. Nothing is put where
    setpriv is missing.
    """
    return ["setpriv", "--pdeathsig", name] if _can_setpriv() else []


def follow_parent() -> None:
    """The same for this very process, with SIGTERM; for children that somebody else starts. A parent that
    died while we were starting gives no signal any more: SystemExit."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise SystemExit("the parent is gone")


@functools.cache
def _can_setpriv() -> bool:
    # busybox has a setpriv that does not know the option.
    if not shutil.which("setpriv"):
        return False
    return (
        subprocess.run(["setpriv", "--pdeathsig", "INT", "true"], check=False, capture_output=True).returncode
        == 0
    )
