"""Who a process number belongs to."""

import subprocess
from pathlib import Path


def is_postmaster_of(pid: int, directory: Path) -> bool:
    """True when `pid` is a living `postgres` that works in `directory`."""
    if Path("/proc/self").exists():
        try:
            works_in = Path(f"/proc/{pid}/cwd").resolve(strict=True)
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            return False
        return name == "postgres" and works_in == directory.resolve()
    # Elsewhere (macOS) the command line names the directory.
    done = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return "postgres" in done.stdout and str(directory) in done.stdout
