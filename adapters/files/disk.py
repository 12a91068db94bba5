"""Files of accounts on disk: `<root>/<account>/<sha256>`, whole and flushed before anybody names them."""

import asyncio
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from domain.kernel.files import FileNotFound
from domain.kernel.ids import AccountId

NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DiskFiles:
    root: Path

    async def keep(self, account_id: AccountId, content: bytes) -> str:
        return await asyncio.to_thread(self._keep, account_id, content)

    async def read(self, account_id: AccountId, sha256: str) -> bytes:
        if not NAME.fullmatch(sha256):
            raise FileNotFound
        return await asyncio.to_thread(self._read, self._folder(account_id) / sha256)

    def _folder(self, account_id: AccountId) -> Path:
        return self.root / str(account_id)

    def _keep(self, account_id: AccountId, content: bytes) -> str:
        name, folder = sha256(content).hexdigest(), self._folder(account_id)
        if _touched(folder, name):
            return name
        is_new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A crash leaves a file with another name at most, never half a file under its own.
        with NamedTemporaryFile(dir=folder, prefix="half-", delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).rename(folder / name)
            except BaseException:
                with suppress(FileNotFoundError):
                    Path(file.name).unlink()
                raise
        flush(folder)
        if is_new:
            flush(self.root)
        return name

    def _read(self, file: Path) -> bytes:
        try:
            return file.read_bytes()
        except FileNotFoundError:
            raise FileNotFound from None


def _touched(folder: Path, name: str) -> bool:
    """Whether the file is there; if so it is as good as new, so that it is not swept before it is named."""
    try:
        with held(folder):
            os.utime(folder / name)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """One at a time looks at the ages of files in a folder. FileNotFoundError when there is none."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def flush(folder: Path) -> None:
    """Make the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
