"""The cases of all accounts in figures."""

from dataclasses import dataclass
from datetime import date, timedelta

from adapters.postgres.pool import Queryable
from domain.cases.overview import CasesOverview, KindCount
from domain.kernel.ids import AccountId, CaseId

URGENT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class PostgresCaseOverview:
    connection: Queryable

    async def overview(self, today: date) -> CasesOverview:
        rows = await self.connection.fetch(
            """
            SELECT kind, count(*) AS open,
                   count(*) FILTER (WHERE due_on < $1 AND NOT is_paused) AS late,
                   count(*) FILTER (WHERE due_on BETWEEN $1 AND $2 AND NOT is_paused) AS urgent,
                   count(*) FILTER (WHERE is_paused) AS paused,
                   count(*) FILTER (WHERE holder_id IS NULL) AS free
            FROM cases WHERE is_open GROUP BY kind ORDER BY kind
            """,
            today,
            today + URGENT,
        )
        kinds = tuple(KindCount(**dict(row)) for row in rows)
        return CasesOverview(
            open=sum(kind.open for kind in kinds), late=sum(kind.late for kind in kinds), kinds=kinds
        )

    async def to_escalate(self, due_by: date, limit: int) -> list[tuple[AccountId, CaseId, date]]:
        rows = await self.connection.fetch(
            """
            SELECT account_id, case_id, near.day FROM cases
            CROSS JOIN LATERAL (VALUES (due_on), (agree_on)) AS near (day)
            WHERE is_open AND NOT is_paused AND (due_on <= $1 OR agree_on <= $1) AND near.day <= $1
              AND NOT EXISTS (
                SELECT FROM case_steps AS step
                WHERE step.account_id = cases.account_id AND step.case_id = cases.case_id
                  AND step.verb = 'escalate' AND step.public_note = '' AND step.inner_note = near.day::text)
            ORDER BY near.day, case_id LIMIT $2
            """,
            due_by,
            limit,
        )
        return [(AccountId(row["account_id"]), CaseId(row["case_id"]), row["day"]) for row in rows]
