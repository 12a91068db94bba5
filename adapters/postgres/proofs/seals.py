"""The seals of business days, and how far the sealing of a day has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg
import msgspec

from adapters.postgres.bulk_posting import by_key_only
from domain.accounts.proofs.seals import Seal, Sealing, Unsealed
from domain.kernel.ids import AccountId


@dataclass(frozen=True, slots=True)
class PostgresSeals:
    """Heads are locked one statement each in sorted order, only sent without waiting in between."""

    connection: asyncpg.Connection

    async def sealing_locked(self, day: date) -> Sealing | None:
        row = await self.connection.fetchrow(
            "SELECT day, ends_at, looked_to, is_sealed FROM day_sealings WHERE day = $1 FOR UPDATE", day
        )
        return msgspec.convert(dict(row), Sealing) if row else None

    async def last_sealing(self) -> Sealing | None:
        row = await self.connection.fetchrow(
            "SELECT day, ends_at, looked_to, is_sealed FROM day_sealings ORDER BY day DESC LIMIT 1"
        )
        return msgspec.convert(dict(row), Sealing) if row else None

    async def begin(self, sealing: Sealing) -> None:
        await self.connection.execute(
            """
            INSERT INTO day_sealings (day, ends_at, looked_to, is_sealed) VALUES ($1, $2, $3, $4)
            ON CONFLICT (day) DO NOTHING
            """,
            *(sealing.day, sealing.ends_at, sealing.looked_to, sealing.is_sealed),
        )

    async def went_on(self, sealing: Sealing) -> None:
        await self.connection.execute(
            "UPDATE day_sealings SET looked_to = $2, is_sealed = $3 WHERE day = $1",
            *(sealing.day, sealing.looked_to, sealing.is_sealed),
        )

    async def changed(self, after: AccountId, limit: int) -> list[AccountId]:
        rows = await self.connection.fetch(
            """
            SELECT account_id FROM account_heads WHERE account_id > $1 AND last_no > sealed_no
            ORDER BY account_id LIMIT $2
            """,
            after,
            limit,
        )
        return [row["account_id"] for row in rows]

    async def unsealed_locked(self, ids: Sequence[AccountId], ends_at: datetime) -> list[Unsealed]:
        """What is read of the entries must be newer than the lock, so the locks come first."""
        await by_key_only(self.connection)
        heads = await self.connection.fetchmany(
            "SELECT account_id, last_no, sealed_no FROM account_heads WHERE account_id = $1 FOR UPDATE",
            [(account_id,) for account_id in ids],
        )
        sealed = {row["account_id"]: row["sealed_no"] for row in heads if row["last_no"] > row["sealed_no"]}
        rows = await self.connection.fetchmany(
            """
            SELECT account_id, entry_no, hash FROM transfers
            WHERE account_id = $1 AND entry_no > $2 AND posted_at < $3 ORDER BY entry_no DESC LIMIT 1
            """,
            [(account_id, sealed_no, ends_at) for account_id, sealed_no in sealed.items()],
        )
        return [
            Unsealed(
                account_id=row["account_id"],
                sealed_no=sealed[row["account_id"]],
                last_no=row["entry_no"],
                last_hash=row["hash"],
            )
            for row in rows
        ]

    async def add(self, seals: Sequence[Seal]) -> None:
        await self.connection.execute(
            """
            INSERT INTO day_seals (account_id, day, after_no, last_no, last_hash, salt, leaf)
            SELECT seal.account_id, seal.day, seal.after_no, seal.last_no, seal.last_hash, seal.salt,
              seal.leaf
            FROM unnest($1::uuid[], $2::date[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[],
                        $7::bytea[]) AS seal (account_id, day, after_no, last_no, last_hash, salt, leaf)
            """,
            [seal.account_id for seal in seals],
            [seal.day for seal in seals],
            [seal.after_no for seal in seals],
            [seal.last_no for seal in seals],
            [seal.last_hash for seal in seals],
            [seal.salt for seal in seals],
            [seal.leaf for seal in seals],
        )
        await self.connection.executemany(
            "UPDATE account_heads SET sealed_no = $2 WHERE account_id = $1",
            [(seal.account_id, seal.last_no) for seal in seals],
        )

    async def leaves(self, day: date, after: AccountId, limit: int) -> list[tuple[AccountId, bytes]]:
        rows = await self.connection.fetch(
            """
            SELECT account_id, leaf FROM day_seals WHERE day = $1 AND account_id > $2
            ORDER BY account_id LIMIT $3
            """,
            *(day, after, limit),
        )
        return [(row["account_id"], row["leaf"]) for row in rows]

    async def of_day(self, day: date, after: AccountId, limit: int) -> list[Seal]:
        rows = await self.connection.fetch(
            """
            SELECT account_id, day, after_no, last_no, last_hash, salt FROM day_seals
            WHERE day = $1 AND account_id > $2 ORDER BY account_id LIMIT $3
            """,
            *(day, after, limit),
        )
        return [seal_of(row) for row in rows]

    async def covering(self, account_id: AccountId, entry_no: int) -> Seal | None:
        row = await self.connection.fetchrow(
            """
            SELECT account_id, day, after_no, last_no, last_hash, salt FROM day_seals
            WHERE account_id = $1 AND last_no >= $2 ORDER BY last_no LIMIT 1
            """,
            *(account_id, entry_no),
        )
        return seal_of(row) if row else None


def seal_of(row: asyncpg.Record) -> Seal:
    return Seal(
        account_id=row["account_id"],
        day=row["day"],
        after_no=row["after_no"],
        last_no=row["last_no"],
        last_hash=row["last_hash"],
        salt=row["salt"],
    )
