"""A command whose reader has gone before it was done, as in `kabinet registries list | head -1`."""

import io
import os
import signal
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

GONE = 128 + signal.SIGPIPE
"""How a command ends that nobody reads any more, as a shell has it."""


class _Pipe(io.FileIO):
    def write(self, data: "ReadableBuffer", /) -> int:
        """Raises SystemExit once nobody reads: it undoes what is open on its way out. The OSError would be
        taken for a lost connection where it passes a transaction."""
        try:
            return super().write(data)
        except BrokenPipeError:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
                os.dup2(nowhere.fileno(), self.fileno())  # for the rest in the buffer, flushed at the exit
            raise SystemExit(GONE) from None


def end_with_them() -> None:
    """From now on the process ends quietly when nobody reads its standard output any more."""
    out = sys.stdout
    if out is not None and stat.S_ISFIFO(os.fstat(out.fileno()).st_mode):
        pipe = io.BufferedWriter(_Pipe(out.fileno(), "wb", closefd=False))
        sys.stdout = io.TextIOWrapper(pipe, encoding=out.encoding, errors=out.errors)
