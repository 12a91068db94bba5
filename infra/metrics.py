"""One set of figures for all processes of this machine: API processes and workers."""

import os
from pathlib import Path

_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share(directory: Path) -> None:
    """Let this process and its children count into files of `directory`, which /metrics adds up.

    Call it before prometheus_client is imported: it looks at the environment only then. Files of
    former processes stay while any other process counts, so that no sum ever falls; the first to
    start begins from nothing.
    """
    if _VARIABLE in os.environ:
        return
    directory.mkdir(parents=True, exist_ok=True)
    files = list(directory.glob("*.db"))
    if not any(_is_running(file) for file in files):
        for file in files:
            file.unlink(missing_ok=True)
    os.environ[_VARIABLE] = str(directory)


def _is_running(file: Path) -> bool:
    """Whether the process that a file such as counter_4711.db belongs to still lives."""
    pid = file.stem.rpartition("_")[2]
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
