"""Long files on disk: `<root>/<account>/part-<id>` while they come, `<root>/<account>/<sha256>` once kept."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256 as sha256_of
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, TypeVar
from uuid import UUID

from adapters.files.disk import NAME, flush
from domain.kernel.files import FileNotFound
from domain.kernel.ids import AccountId

CHUNK_BYTES = 256 * 1024
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DiskUploads:
    """The port LongFiles. What is swept by rows needs a root of its own, where nothing else is kept."""

    root: Path

    async def write(self, account_id: AccountId, upload_id: UUID, first: int, content: bytes) -> None:
        await asyncio.to_thread(self._write, self._part(account_id, upload_id), first, content)

    async def keep(self, account_id: AccountId, upload_id: UUID, sha256: str) -> bool:
        part = self._part(account_id, upload_id)
        return await asyncio.to_thread(_keep, part, self._kept(account_id, sha256))

    async def drop(self, account_id: AccountId, upload_id: UUID) -> None:
        await asyncio.to_thread(_drop, self._part(account_id, upload_id))

    async def look(self, account_id: AccountId, sha256: str, ask: Callable[[BinaryIO], T]) -> T:
        return await asyncio.to_thread(_look, self._kept(account_id, sha256), ask)

    async def size(self, account_id: AccountId, sha256: str) -> int:
        return await self.look(account_id, sha256, lambda file: file.seek(0, 2))

    async def stream(self, account_id: AccountId, sha256: str) -> AsyncIterator[bytes]:
        file = await asyncio.to_thread(_opened, self._kept(account_id, sha256))
        with file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk

    async def remove(self, account_id: AccountId, sha256: str) -> None:
        await asyncio.to_thread(self._kept(account_id, sha256).unlink, missing_ok=True)

    def _part(self, account_id: AccountId, upload_id: UUID) -> Path:
        return self.root / str(account_id) / f"part-{upload_id}"

    def _kept(self, account_id: AccountId, sha256: str) -> Path:
        if not NAME.fullmatch(sha256):
            raise FileNotFound
        return self.root / str(account_id) / sha256

    def _write(self, part: Path, first: int, content: bytes) -> None:
        is_new_folder = not part.parent.exists()
        if first == 0:
            part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Only the first piece makes the file: a late one does not bring back what was removed.
        try:
            descriptor = os.open(part, os.O_WRONLY | (os.O_CREAT if first == 0 else 0), 0o600)
        except FileNotFoundError:
            raise FileNotFound from None
        try:
            rest, at = memoryview(content), first
            while rest:
                written = os.pwrite(descriptor, rest, at)
                rest, at = rest[written:], at + written
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if first == 0:
            flush(part.parent)
        if is_new_folder:
            flush(self.root)


def _keep(part: Path, kept: Path) -> bool:
    # A copy: whoever still has the part open cannot change what was looked at.
    with (
        _opened(part) as source,
        NamedTemporaryFile(dir=part.parent, prefix=f"{part.name}-", delete=False) as copy,
    ):
        try:
            digest = sha256_of()
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                copy.write(chunk)
            is_same = digest.hexdigest() == kept.name
            if is_same:
                copy.flush()
                os.fsync(copy.fileno())
                try:
                    Path(copy.name).rename(kept)
                except FileNotFoundError:
                    raise FileNotFound from None  # dropped meanwhile
                flush(kept.parent)
        finally:
            with suppress(FileNotFoundError):
                Path(copy.name).unlink()
    return is_same


def _drop(part: Path) -> None:
    for half in (part, *part.parent.glob(f"{part.name}-*")):  # copies of a process that was killed
        half.unlink(missing_ok=True)


def _look(kept: Path, ask: Callable[[BinaryIO], T]) -> T:
    with _opened(kept) as file:
        return ask(file)


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except FileNotFoundError:
        raise FileNotFound from None
