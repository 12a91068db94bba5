"""Published roots, and the leaves under them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from adapters.postgres.pool import Queryable
from domain.accounts.proofs.roots import Block, DayRoot, Key


@dataclass(frozen=True, slots=True)
class PostgresRoots:
    connection: Queryable

    async def of(self, day: date) -> DayRoot | None:
        row = await self.connection.fetchrow(
            """
            SELECT day, seals, root, previous_day, previous_root, public_key, signature, published_at
            FROM day_roots WHERE day = $1
            """,
            day,
        )
        return _root(row) if row else None

    async def page(self, before: date | None, limit: int) -> list[DayRoot]:
        rows = await self.connection.fetch(
            """
            SELECT day, seals, root, previous_day, previous_root, public_key, signature, published_at
            FROM day_roots WHERE $1::date IS NULL OR day < $1 ORDER BY day DESC LIMIT $2
            """,
            *(before, limit),
        )
        return [_root(row) for row in rows]

    async def latest(self) -> DayRoot | None:
        return next(iter(await self.page(None, 1)), None)

    async def keys(self) -> list[Key]:
        rows = await self.connection.fetch(
            """
            SELECT public_key, min(day) AS first_day, max(day) AS last_day FROM day_roots
            GROUP BY public_key ORDER BY first_day
            """
        )
        return [
            Key(public_key=row["public_key"], first_day=row["first_day"], last_day=row["last_day"])
            for row in rows
        ]

    async def publish(self, root: DayRoot, blocks: Sequence[Block]) -> bool:
        added = await self.connection.fetchval(
            """
            INSERT INTO day_roots
                (day, seals, root, previous_day, previous_root, public_key, signature, published_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (day) DO NOTHING RETURNING day
            """,
            *(root.day, root.seals, root.root, root.previous_day, root.previous_root),
            *(root.public_key, root.signature, root.published_at),
        )
        if added is None:
            return False
        await self.connection.executemany(
            "INSERT INTO day_leaves (day, block_no, first_leaf, node, leaves) VALUES ($1, $2, $3, $4, $5)",
            [(root.day, one.block_no, one.first_leaf, one.node, one.leaves) for one in blocks],
        )
        return True

    async def nodes(self, day: date) -> list[tuple[bytes, bytes]]:
        rows = await self.connection.fetch(
            "SELECT first_leaf, node FROM day_leaves WHERE day = $1 ORDER BY block_no", day
        )
        return [(row["first_leaf"], row["node"]) for row in rows]

    async def block(self, day: date, block_no: int) -> Block:
        row = await self.connection.fetchrow(
            "SELECT block_no, first_leaf, node, leaves FROM day_leaves WHERE day = $1 AND block_no = $2",
            *(day, block_no),
        )
        assert row is not None
        return Block(
            block_no=row["block_no"], first_leaf=row["first_leaf"], node=row["node"], leaves=row["leaves"]
        )


def _root(row: asyncpg.Record) -> DayRoot:
    return DayRoot(**dict(row))
