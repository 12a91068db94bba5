"""Files that are kept and that nothing names any more: left by a crash, or by what was past its term."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.kernel.ids import AccountId
from domain.kernel.jobs import Job


class SweepFiles(Job, frozen=True, kw_only=True, tag="files.sweep"):
    """Delete them, from the account after `after` on."""

    is_routine = True

    after: AccountId | None = None


class StoredFiles(Protocol):
    async def accounts(self, after: AccountId | None, limit: int) -> list[AccountId]:
        """That have files, in their order."""

    async def unchanged(self, account_id: AccountId, before: datetime) -> list[str]:
        """The names of files that nobody has kept, or kept again, since."""

    async def drop(self, account_id: AccountId, names: Sequence[str], before: datetime) -> int:
        """Delete those that nobody has kept again meanwhile; how many."""


class NamedFiles(Protocol):
    async def among(self, account_id: AccountId, names: Sequence[str]) -> set[str]:
        """Those of `names` that something of the account names."""
