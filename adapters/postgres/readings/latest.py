"""What came lately of each meter of an account."""

from collections.abc import Sequence
from datetime import datetime

from adapters.postgres.pool import Queryable
from adapters.postgres.readings import stored
from domain.kernel.access import Access
from domain.readings.readings import Reading


async def sent_since(connection: Queryable, access: Access, since: datetime) -> Sequence[Reading]:
    """A short range of the index per meter, for a contract may have hundreds and each its years of
    readings."""
    rows = await connection.fetch(
        """
        SELECT r.*, (SELECT jsonb_agg(to_jsonb(v) ORDER BY v.zone, v.direction)::text
                     FROM register_readings v
                     WHERE v.account_id = $1 AND v.reading_id = r.reading_id) AS values
        FROM meters m
        CROSS JOIN LATERAL (
            SELECT * FROM readings l
            WHERE l.account_id = $1 AND l.meter_id = m.meter_id AND l.source <> 'billing'
              AND l.received_at >= $5) r
        WHERE m.account_id = $1
          AND ($2::uuid IS NULL OR EXISTS (
                SELECT 1 FROM account_members a
                WHERE a.account_id = $1 AND a.user_id = $2 AND $3 = ANY (a.scopes)
                  AND (a.valid_until IS NULL OR a.valid_until > $4)))
        ORDER BY r.received_at DESC, r.reading_id DESC
        """,
        access.account_id,
        access.actor.user_id,
        access.scope,
        access.at,
        since,
    )
    return [stored.reading(row) for row in rows]
