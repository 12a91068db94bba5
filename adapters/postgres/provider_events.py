"""What providers sent, kept before it is judged, and how each way to pay fared."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.payments.methods import MethodHealth
from domain.payments.provider import Method
from domain.payments.provider_events import ProviderEvent


@dataclass(frozen=True, slots=True)
class PostgresProviderEvents:
    connection: Queryable

    async def keep(self, event: ProviderEvent) -> None:
        await self.connection.execute(
            """
            INSERT INTO provider_events (event_id, provider, received_at, remote_ip, body)
            VALUES ($1, $2, $3, $4, $5)
            """,
            event.id,
            event.provider,
            event.received_at,
            event.remote_ip,
            event.body,
        )

    async def read(self, event_id: UUID) -> ProviderEvent:
        row = await self.connection.fetchrow(
            "SELECT event_id AS id, provider, received_at, remote_ip, body FROM provider_events "
            "WHERE event_id = $1",
            event_id,
        )
        if row is None:
            raise LookupError(f"no provider event {event_id}")
        return struct(ProviderEvent, row)

    async def judged(self, event_id: UUID, verdict: str, at: datetime) -> None:
        await self.connection.execute(
            "UPDATE provider_events SET verdict = $2, read_at = $3 WHERE event_id = $1", event_id, verdict, at
        )


@dataclass(frozen=True, slots=True)
class PostgresHealth:
    connection: Queryable

    async def all(self) -> list[MethodHealth]:
        rows = await self.connection.fetch("SELECT method, failures, down_since FROM method_health")
        return [struct(MethodHealth, row) for row in rows]

    async def failed(self, method: Method, at: datetime, *, down_from: int) -> None:
        await self.connection.execute(
            """
            INSERT INTO method_health (method, failures, down_since) VALUES ($1, 1, NULL)
            ON CONFLICT (method) DO UPDATE
            SET failures = method_health.failures + 1,
                down_since = CASE WHEN method_health.failures + 1 >= $3
                                  THEN coalesce(method_health.down_since, $2) END
            """,
            method,
            at,
            down_from,
        )

    async def worked(self, method: Method) -> None:
        await self.connection.execute(
            "UPDATE method_health SET failures = 0, down_since = NULL WHERE method = $1 AND failures > 0",
            method,
        )
