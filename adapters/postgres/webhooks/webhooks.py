from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from adapters.postgres.pool import Queryable
from domain.kernel.access import Access
from domain.kernel.ids import AccountId
from domain.webhooks.endpoints import Attempt, Delivery, DeliveryTold, Endpoint, EndpointId

_ATTEMPTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class PostgresWebhooks:
    connection: Queryable

    async def add(self, endpoint: Endpoint) -> None:
        await self.connection.execute(
            """
            INSERT INTO webhook_endpoints
              (account_id, endpoint_id, url, sealed, made_at, made_by, last_no)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            endpoint.account_id,
            endpoint.id,
            endpoint.url,
            endpoint.sealed,
            endpoint.made_at,
            endpoint.made_by,
            endpoint.last_no,
        )

    async def locked(self, account_id: AccountId, endpoint_id: EndpointId) -> Endpoint | None:
        row = await self.connection.fetchrow(
            """
            SELECT *, endpoint_id AS id FROM webhook_endpoints
            WHERE account_id = $1 AND endpoint_id = $2 FOR UPDATE
            """,
            account_id,
            endpoint_id,
        )
        return msgspec.convert(dict(row), Endpoint) if row else None

    async def live_locked(self, account_id: AccountId) -> list[Endpoint]:
        rows = await self.connection.fetch(
            """
            SELECT *, endpoint_id AS id FROM webhook_endpoints
            WHERE account_id = $1 AND ended_at IS NULL ORDER BY endpoint_id FOR UPDATE
            """,
            account_id,
        )
        return [msgspec.convert(dict(row), Endpoint) for row in rows]

    async def of_account(self, access: Access) -> list[Endpoint]:
        rows = await self.connection.fetch(
            """
            SELECT *, endpoint_id AS id FROM webhook_endpoints
            WHERE account_id = $1 AND ended_at IS NULL
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            ORDER BY made_at, endpoint_id
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        return [msgspec.convert(dict(row), Endpoint) for row in rows]

    async def save(self, endpoint: Endpoint) -> None:
        await self.connection.execute(
            """
            UPDATE webhook_endpoints SET sealed = $3, former_sealed = $4, former_until = $5, ended_at = $6,
              last_no = $7, next_try_at = $8, busy_until = $9, failing_since = $10
            WHERE account_id = $1 AND endpoint_id = $2
            """,
            endpoint.account_id,
            endpoint.id,
            endpoint.sealed,
            endpoint.former_sealed,
            endpoint.former_until,
            endpoint.ended_at,
            endpoint.last_no,
            endpoint.next_try_at,
            endpoint.busy_until,
            endpoint.failing_since,
        )

    async def known(self, endpoint: Endpoint, event_ids: Collection[UUID]) -> set[UUID]:
        rows = await self.connection.fetch(
            """
            SELECT event_id FROM webhook_deliveries
            WHERE account_id = $1 AND endpoint_id = $2 AND event_id = ANY ($3::uuid[])
            """,
            endpoint.account_id,
            endpoint.id,
            list(event_ids),
        )
        return {row["event_id"] for row in rows}

    async def add_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        await self.connection.executemany(
            """
            INSERT INTO webhook_deliveries
              (account_id, endpoint_id, delivery_no, event_id, event, body, made_at, state, tried_since,
               attempts)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                (
                    *(one.account_id, one.endpoint_id, one.no, one.event_id, one.event, one.body),
                    *(one.made_at, one.state, one.tried_since, one.attempts),
                )
                for one in deliveries
            ],
        )

    async def next_waiting(self, endpoint: Endpoint) -> Delivery | None:
        row = await self.connection.fetchrow(
            """
            SELECT *, delivery_no AS no FROM webhook_deliveries
            WHERE account_id = $1 AND endpoint_id = $2 AND state = 'waiting'
            ORDER BY delivery_no LIMIT 1
            """,
            endpoint.account_id,
            endpoint.id,
        )
        return msgspec.convert(dict(row), Delivery) if row else None

    async def save_delivery(self, delivery: Delivery, attempt: Attempt) -> None:
        await self.connection.execute(
            """
            UPDATE webhook_deliveries SET state = $4, attempts = $5, delivered_at = $6
            WHERE account_id = $1 AND endpoint_id = $2 AND delivery_no = $3
            """,
            delivery.account_id,
            delivery.endpoint_id,
            delivery.no,
            delivery.state,
            delivery.attempts,
            delivery.delivered_at,
        )
        await self.connection.execute(
            """
            INSERT INTO webhook_attempts
              (account_id, endpoint_id, delivery_no, attempt_no, at, status, fault, took_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (account_id, endpoint_id, delivery_no, attempt_no) DO NOTHING
            """,
            delivery.account_id,
            delivery.endpoint_id,
            delivery.no,
            attempt.no,
            attempt.at,
            attempt.status,
            attempt.fault,
            attempt.took_ms,
        )

    async def deliveries(
        self, access: Access, endpoint_id: EndpointId, *, before: int | None, limit: int
    ) -> list[DeliveryTold]:
        rows = await self.connection.fetch(
            """
            SELECT d.*, d.delivery_no AS no, ARRAY(
                SELECT jsonb_build_object('no', t.attempt_no, 'at', t.at, 'status', t.status,
                                          'fault', t.fault, 'took_ms', t.took_ms)
                FROM webhook_attempts t
                WHERE t.account_id = $1 AND t.endpoint_id = $2 AND t.delivery_no = d.delivery_no
                ORDER BY t.attempt_no DESC LIMIT $7) AS tries
            FROM webhook_deliveries d
            WHERE d.account_id = $1 AND d.endpoint_id = $2
              AND ($3::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $3 AND $4 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $5)))
              AND ($6::bigint IS NULL OR d.delivery_no < $6)
            ORDER BY d.delivery_no DESC LIMIT $8
            """,
            access.account_id,
            endpoint_id,
            access.actor.user_id,
            access.scope,
            access.at,
            before,
            _ATTEMPTS_SHOWN,
            limit,
        )
        return [
            DeliveryTold(
                delivery=msgspec.convert(dict(row), Delivery),
                attempts=msgspec.convert(list(reversed(row["tries"])), tuple[Attempt, ...]),
            )
            for row in rows
        ]

    async def replay(self, endpoint: Endpoint, from_no: int, at: datetime) -> int:
        done = await self.connection.execute(
            """
            UPDATE webhook_deliveries SET state = 'waiting', tried_since = $4, delivered_at = NULL
            WHERE account_id = $1 AND endpoint_id = $2 AND delivery_no >= $3
            """,
            endpoint.account_id,
            endpoint.id,
            from_no,
            at,
        )
        return int(done.rpartition(" ")[2])
