"""Agents and layouts in PostgreSQL: reference rows, each from a day on."""

from dataclasses import dataclass
from datetime import date

import msgspec

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.payments.registries.agents import AgentNotFound, AgentNotYet, Layout, PaymentAgent


@dataclass(frozen=True, slots=True)
class PostgresPaymentAgents:
    connection: Queryable

    async def of(self, code: str, day: date) -> tuple[PaymentAgent, Layout]:
        row = await self.connection.fetchrow(
            """
            SELECT agent_code AS code, name, inn, layout_code, zone, commission_basis_points, bank_account,
                   supplier_inn, closed
            FROM payment_agents WHERE agent_code = $1 AND valid_from <= $2
            ORDER BY valid_from DESC LIMIT 1
            """,
            code,
            day,
        )
        layout = row and await self.connection.fetchval(
            """
            SELECT layout FROM registry_layouts WHERE layout_code = $1 AND valid_from <= $2
            ORDER BY valid_from DESC LIMIT 1
            """,
            row["layout_code"],
            day,
        )
        if row is None and (since := await self._since(code)):
            raise AgentNotYet(field="agent", agent=code, since=f"{since:%d.%m.%Y}")
        if row is None or layout is None or row["closed"]:
            raise AgentNotFound(field="agent", agent=code)
        return struct(PaymentAgent, row), msgspec.convert(layout, Layout)

    async def _since(self, code: str) -> date | None:
        first: date | None = await self.connection.fetchval(
            "SELECT min(valid_from) FROM payment_agents WHERE agent_code = $1", code
        )
        return first

    async def all(self, day: date) -> list[PaymentAgent]:
        rows = await self.connection.fetch(
            """
            SELECT DISTINCT ON (agent_code) agent_code AS code, name, inn, layout_code, zone,
                   commission_basis_points, bank_account, supplier_inn, closed
            FROM payment_agents WHERE valid_from <= $1 ORDER BY agent_code, valid_from DESC
            """,
            day,
        )
        return [struct(PaymentAgent, row) for row in rows]

    async def save(self, agent: PaymentAgent, valid_from: date) -> None:
        await self.connection.execute(
            """
            INSERT INTO payment_agents
                (agent_code, valid_from, name, inn, layout_code, zone, commission_basis_points, bank_account,
                 supplier_inn, closed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (agent_code, valid_from) DO UPDATE
            SET name = excluded.name, inn = excluded.inn, layout_code = excluded.layout_code,
                zone = excluded.zone, commission_basis_points = excluded.commission_basis_points,
                bank_account = excluded.bank_account, supplier_inn = excluded.supplier_inn,
                closed = excluded.closed
            """,
            agent.code,
            valid_from,
            agent.name,
            agent.inn,
            agent.layout_code,
            agent.zone,
            agent.commission_basis_points,
            agent.bank_account,
            agent.supplier_inn,
            agent.closed,
        )

    async def save_layout(self, code: str, layout: Layout, valid_from: date) -> None:
        await self.connection.execute(
            """
            INSERT INTO registry_layouts (layout_code, valid_from, layout) VALUES ($1, $2, $3)
            ON CONFLICT (layout_code, valid_from) DO UPDATE SET layout = excluded.layout
            """,
            code,
            valid_from,
            layout,
        )
