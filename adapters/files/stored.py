"""What stands in the folder of DiskFiles, by account and age."""

import asyncio
import heapq
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from adapters.files.disk import held
from domain.kernel.ids import AccountId


@dataclass(frozen=True, slots=True)
class StoredDiskFiles:
    """Everything under `root` is taken for a file of an account, also what a crash has left half written."""

    root: Path

    async def accounts(self, after: AccountId | None, limit: int) -> list[AccountId]:
        return await asyncio.to_thread(self._accounts, after, limit)

    async def unchanged(self, account_id: AccountId, before: datetime) -> list[str]:
        return await asyncio.to_thread(_unchanged, self.root / str(account_id), before)

    async def drop(self, account_id: AccountId, names: Sequence[str], before: datetime) -> int:
        return await asyncio.to_thread(_dropped, self.root / str(account_id), names, before)

    def _accounts(self, after: AccountId | None, limit: int) -> list[AccountId]:
        """The root is read once a call, whole: a hundred thousand accounts take some tenths of a second."""
        if not self.root.exists():
            return []
        found = (_account(folder.name) for folder in self.root.iterdir())
        return heapq.nsmallest(limit, (one for one in found if one and (after is None or one > after)))


def _account(name: str) -> AccountId | None:
    with suppress(ValueError):
        return AccountId(UUID(name))
    return None


def _unchanged(folder: Path, before: datetime) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if _is_older(file, before))


def _dropped(folder: Path, names: Sequence[str], before: datetime) -> int:
    count = 0
    # Who keeps a file again says so under the same lock: it is seen here, or the file is written anew.
    with held(folder):
        for name in names:
            if _is_older(folder / name, before):
                (folder / name).unlink(missing_ok=True)
                count += 1
    return count


def _is_older(file: Path, before: datetime) -> bool:
    try:
        return file.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False
