"""A business day's end on one account: the seal. An entry belongs to the first day whose seal covers its
number; what the clock said when it was posted decides nothing any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec

from domain.accounts.audit import Finding
from domain.accounts.proofs.merkle import leaf_hash
from domain.kernel.ids import AccountId
from domain.kernel.jobs import Job

SEAL_FORMAT = "kabinet.day-seal.v1"
SALT_BYTES = 32
BEFORE_ALL = AccountId(UUID(int=0))


class SealDays(Job, frozen=True, kw_only=True, tag="proofs.seal-days"):
    """Close every business day that has ended and is not closed yet."""

    max_seconds: ClassVar[int] = 900
    is_routine: ClassVar[bool] = True


class Seal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Entries after `after_no` up to `last_no` belong to `day`. `last_hash` is that of entry `last_no` and by
    the chain holds all before it."""

    account_id: AccountId
    day: date
    after_no: int
    last_no: int
    last_hash: bytes
    salt: bytes

    @property
    def text(self) -> str:
        """What the leaf says, a line each."""
        return (
            f"{SEAL_FORMAT}\n{self.day.isoformat()}\n{self.account_id}\n{self.after_no}\n{self.last_no}\n"
            f"{self.last_hash.hex()}"
        )

    @property
    def leaf(self) -> bytes:
        return leaf_hash(self.salt + self.text.encode())


class Sealing(msgspec.Struct, frozen=True, kw_only=True):
    """How far the sealing of a day has come. Entries posted before `ends_at` belong to it unless a seal came
    before them; accounts up to `looked_to` have been looked at."""

    day: date
    ends_at: datetime
    looked_to: AccountId = BEFORE_ALL
    is_sealed: bool = False


class Unsealed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An account with entries after its last seal, its head locked. `last_no` and `last_hash` are of the
    last entry posted before the day's end."""

    account_id: AccountId
    sealed_no: int
    last_no: int
    last_hash: bytes

    def sealed(self, day: date, salt: bytes) -> Seal:
        return Seal(
            account_id=self.account_id,
            day=day,
            after_no=self.sealed_no,
            last_no=self.last_no,
            last_hash=self.last_hash,
            salt=salt,
        )


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Midnight of the region, where the next day begins."""
    return datetime.combine(day + timedelta(days=1), time(), zone)


class Seals(Protocol):
    async def sealing_locked(self, day: date) -> Sealing | None:
        """Held until the transaction ends: one at a time seals a day."""

    async def last_sealing(self) -> Sealing | None:
        """Of the latest day that was begun."""

    async def begin(self, sealing: Sealing) -> None:
        """Nothing happens when that day was begun before."""

    async def went_on(self, sealing: Sealing) -> None: ...

    async def changed(self, after: AccountId, limit: int) -> Sequence[AccountId]:
        """The next accounts by id with entries that no seal covers."""

    async def unsealed_locked(self, ids: Sequence[AccountId], ends_at: datetime) -> Sequence[Unsealed]:
        """Their heads, locked one after another. Without those that have nothing to be sealed: another
        was there first, or all their entries were posted at or after `ends_at`."""

    async def add(self, seals: Sequence[Seal]) -> None: ...

    async def leaves(self, day: date, after: AccountId, limit: int) -> Sequence[tuple[AccountId, bytes]]:
        """The next leaves of a day by account."""

    async def of_day(self, day: date, after: AccountId, limit: int) -> Sequence[Seal]:
        """The next seals of a day by account."""

    async def covering(self, account_id: AccountId, entry_no: int) -> Seal | None:
        """The first seal that covers an entry; None while its day is not closed."""


class KeptSeal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A seal as it is kept, with its leaf, and what the ledger has for the entry that ends it."""

    seal: Seal
    leaf: bytes
    entry_hash: bytes | None


class SealRows(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one account's days, oldest first."""

    account_id: AccountId
    last_no: int
    sealed_no: int
    seals: Sequence[KeptSeal]


def seal_findings(rows: SealRows) -> Iterator[Finding]:
    """Seals follow one another without gap or overlap, each says what the ledger says, none was changed."""
    before = 0
    for kept in rows.seals:
        seal, key = kept.seal, f"day={kept.seal.day}"
        if seal.after_no != before:
            yield _found(rows, "seal-gap", key, f"after_no={before}", f"after_no={seal.after_no}")
        if kept.entry_hash != seal.last_hash:
            found = kept.entry_hash.hex() if kept.entry_hash else f"no entry {seal.last_no}"
            yield _found(rows, "seal-hash", key, seal.last_hash.hex(), found)
        if kept.leaf != seal.leaf:
            yield _found(rows, "seal-leaf", key, seal.leaf.hex(), kept.leaf.hex())
        before = seal.last_no
    if rows.sealed_no != before or rows.last_no < before:
        found = f"sealed_no={rows.sealed_no} last_no={rows.last_no}"
        yield _found(rows, "seal-head", "", f"sealed_no={before} last_no>={before}", found, "account_heads")


def _found(
    rows: SealRows, code: str, key: str, expected: str, found: str, table: str = "day_seals"
) -> Finding:
    return Finding(
        code=code, account_id=rows.account_id, table=table, key=key, expected=expected, found=found
    )
