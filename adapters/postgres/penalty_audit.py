"""What the audit reads of penalties, a batch of accounts at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from adapters.postgres.penalties import PostgresPenalties, posted_penalty
from adapters.postgres.terms import PostgresTerms, TermsMemory
from domain.accounts.penalties.audit import AuditedPenalties
from domain.accounts.penalties.penalties import PENALTY_BILL, Mark, looked_back
from domain.accounts.penalties.rules import Rulebook
from domain.kernel.ids import AccountId
from domain.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PostgresPenaltyAudit:
    """Reads only, each batch in one snapshot."""

    connection: asyncpg.Connection
    now: datetime

    async def rulebook(self, today: date) -> Rulebook:
        return await self._penalties.rulebook(today)

    async def accounts(self, ids: Sequence[AccountId], book: Rulebook) -> list[AuditedPenalties]:
        """Those that were reckoned at least once."""
        async with self.connection.transaction(isolation="repeatable_read", readonly=True):
            marks = await self._marks(ids)
            lines = await self._lines(ids)
            posted = await self._posted(ids)
            found = sorted({*marks, *(row["account_id"] for row in (*lines, *posted))})
            settled = [account_id for account_id, (_, is_settled) in marks.items() if is_settled]
            since = min((looked_back(mark.as_of) for mark, _ in marks.values()), default="")
            owed = await self._penalties.owing(settled, book.ours, since) if book.ours else []
            owing = {one.account_id: one for one in owed}
        return [
            AuditedPenalties(
                account_id=account_id,
                lines={
                    row["charge_id"]: (Money(row["penalty_kopecks"]), row["revision"])
                    for row in lines
                    if row["account_id"] == account_id
                },
                posted=[posted_penalty(account_id, row) for row in posted if row["account_id"] == account_id],
                mark=marks[account_id][0] if account_id in marks else None,
                is_settled=account_id in marks and marks[account_id][1],
                owing=owing.get(account_id),
            )
            for account_id in found
        ]

    @property
    def _penalties(self) -> PostgresPenalties:
        return PostgresPenalties(self.connection, PostgresTerms(self.connection, TermsMemory(), self.now))

    async def _marks(self, ids: Sequence[AccountId]) -> dict[AccountId, tuple[Mark, bool]]:
        rows = await self.connection.fetch(
            """
            SELECT m.account_id, m.as_of, m.last_no, m.rules,
                   h.last_no = m.last_no AND NOT h.closed AS is_settled
            FROM penalty_marks m JOIN account_heads h ON h.account_id = m.account_id
            WHERE m.account_id = ANY ($1)
            """,
            ids,
        )
        return {row["account_id"]: (_mark(row), row["is_settled"]) for row in rows}

    async def _lines(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        rows = await self.connection.fetch(
            """
            SELECT account_id, charge_id, penalty_kopecks, revision FROM charges
            WHERE account_id = ANY ($1) AND bill_number = $2
            """,
            ids,
            PENALTY_BILL,
        )
        return list(rows)

    async def _posted(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        rows = await self.connection.fetch(
            """
            SELECT DISTINCT ON (account_id, charge_id)
                   account_id, charge_id, revision, as_of, total_kopecks, reckoning
            FROM penalty_reckonings WHERE account_id = ANY ($1)
            ORDER BY account_id, charge_id, revision DESC
            """,
            ids,
        )
        return list(rows)


def _mark(row: asyncpg.Record) -> Mark:
    return Mark(account_id=row["account_id"], as_of=row["as_of"], last_no=row["last_no"], rules=row["rules"])
