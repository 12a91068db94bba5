"""Norms of consumption, as billing tells them."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from domain.accounts.import_norms import NormRow
from domain.accounts.imports import Tally


@dataclass(frozen=True, slots=True)
class PostgresNormBook:
    connection: asyncpg.Connection

    async def norms_saved(self, rows: Sequence[NormRow]) -> Tally:
        added = corrected = 0
        for row in rows:
            is_new = await self.connection.fetchval(
                """
                INSERT INTO consumption_norms AS kept
                    (supplier_id, service_code, norm_code, valid_from, name, volume, per, source)
                SELECT s.supplier_id, $2, $3, $4, $5, $6, $7, $8 FROM suppliers s WHERE s.inn = $1
                ON CONFLICT (supplier_id, service_code, norm_code, valid_from) DO UPDATE
                SET name = excluded.name, volume = excluded.volume, per = excluded.per,
                    source = excluded.source
                WHERE (kept.name, kept.volume, kept.per, kept.source)
                      <> (excluded.name, excluded.volume, excluded.per, excluded.source)
                RETURNING xmax = 0
                """,
                row.supplier_inn,
                row.service_code,
                row.norm_code,
                row.valid_from,
                row.name,
                row.volume,
                row.per,
                row.source,
            )
            added += is_new is True
            corrected += is_new is False
        return Tally(added=added, corrected=corrected, unchanged=len(rows) - added - corrected)
