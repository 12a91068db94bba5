"""Agreements and requests of terminals in PostgreSQL."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from adapters.postgres.pool import Queryable
from adapters.postgres.registries.agents import PostgresPaymentAgents
from adapters.postgres.rows import struct
from domain.kernel.ids import AccountId, PaymentId
from domain.payments.terminals import Claimed, TerminalAgent, TerminalAgreement, TerminalTerms, Told


@dataclass(frozen=True, slots=True)
class PostgresTerminals:
    connection: Queryable

    async def agents(self, day: date) -> list[TerminalAgent]:
        rows = await self.connection.fetch(
            """
            SELECT DISTINCT ON (agent_code) agent_code, terms FROM terminal_agreements
            WHERE valid_from <= $1 ORDER BY agent_code, valid_from DESC
            """,
            day,
        )
        terms = {row["agent_code"]: msgspec.convert(row["terms"], TerminalTerms) for row in rows}
        return [
            TerminalAgent(agent=agent, terms=terms[agent.code])
            for agent in await PostgresPaymentAgents(self.connection).all(day)
            if agent.code in terms and not agent.closed and not terms[agent.code].closed
        ]

    async def save(self, agreement: TerminalAgreement) -> None:
        await self.connection.execute(
            """
            INSERT INTO terminal_agreements (agent_code, valid_from, terms) VALUES ($1, $2, $3)
            ON CONFLICT (agent_code, valid_from) DO UPDATE SET terms = excluded.terms
            """,
            agreement.agent,
            agreement.valid_from,
            agreement.terms,
        )

    async def keep(self, request_id: UUID, agent_code: str, at: datetime, ip: str, asked: str) -> None:
        await self.connection.execute(
            """
            INSERT INTO terminal_requests (request_id, agent_code, received_at, remote_ip, asked)
            VALUES ($1, $2, $3, $4, $5)
            """,
            request_id,
            agent_code,
            at,
            ip,
            asked,
        )

    async def answered(self, request_id: UUID, told: Told, at: datetime) -> None:
        await self.connection.execute(
            "UPDATE terminal_requests SET result = $2, told = $3, answered_at = $4 WHERE request_id = $1",
            request_id,
            int(told.result),
            told.comment,
            at,
        )

    async def payment_of(self, agent_code: str, operation_id: str) -> tuple[AccountId, PaymentId] | None:
        row = await self.connection.fetchrow(
            """
            SELECT account_id, payment_id FROM provider_payment_ids
            WHERE provider_payment_id = $1 AND provider = $2
            """,
            operation_id,
            agent_code,
        )
        return (row["account_id"], row["payment_id"]) if row else None

    async def claimed(self, agent_code: str, operation_id: str) -> Claimed | None:
        claim = await self.connection.fetchrow(
            """
            SELECT account_id, row_no FROM registry_operations WHERE operation_id = $1 AND agent_code = $2
            """,
            operation_id,
            agent_code,
        )
        if claim is None:
            return None
        row = await self.connection.fetchrow(
            "SELECT amount_kopecks, state FROM registry_rows WHERE account_id = $1 AND row_no = $2",
            claim["account_id"],
            claim["row_no"],
        )
        return struct(Claimed, row) if row else None
