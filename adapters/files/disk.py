"""Files of accounts on disk: `<root>/<account>/<sha256>`, whole and flushed before anybody names them."""

import asyncio
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from domain.kernel.files import FileNotFound
from domain.kernel.ids import AccountId

_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DiskFiles:
    root: Path

    async def keep(self, account_id: AccountId, content: bytes) -> str:
        return await asyncio.to_thread(self._keep, account_id, content)

    async def read(self, account_id: AccountId, sha256: str) -> bytes:
        if not _NAME.fullmatch(sha256):
            raise FileNotFound
        return await asyncio.to_thread(self._read, self._folder(account_id) / sha256)

    def _folder(self, account_id: AccountId) -> Path:
        return self.root / str(account_id)

    def _keep(self, account_id: AccountId, content: bytes) -> str:
        name, folder = sha256(content).hexdigest(), self._folder(account_id)
        if (folder / name).exists():
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
        _flush(folder)
        if is_new:
            _flush(self.root)
        return name

    def _read(self, file: Path) -> bytes:
        try:
            return file.read_bytes()
        except FileNotFoundError:
            raise FileNotFound from None


def _flush(folder: Path) -> None:
    """Make the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
