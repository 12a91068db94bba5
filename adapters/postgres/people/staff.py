from dataclasses import dataclass

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import StaffId
from domain.people.staff import ListedStaff, Role, Staff, StaffLoginTaken, View


@dataclass(frozen=True, slots=True)
class PostgresStaff:
    connection: asyncpg.Connection

    async def add(self, member: Staff) -> None:
        try:
            await self.connection.execute(
                """
                INSERT INTO staff (staff_id, login, email, name, role, password_hash, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                """,
                member.id,
                member.login,
                member.email,
                member.name,
                member.role,
                member.password_hash,
                member.created_at,
            )
        except asyncpg.UniqueViolationError:
            raise StaffLoginTaken(field="login") from None

    async def by_login(self, login: str) -> Staff | None:
        row = await self.connection.fetchrow(
            """
            SELECT staff_id AS id, login, email, name, role, password_hash, created_at, disabled_at
            FROM staff WHERE login = $1 AND disabled_at IS NULL
            """,
            login,
        )
        return None if row is None else struct(Staff, row)

    async def by_id(self, staff_id: StaffId) -> Staff | None:
        row = await self.connection.fetchrow(
            """
            SELECT staff_id AS id, login, email, name, role, password_hash, created_at, disabled_at
            FROM staff WHERE staff_id = $1
            """,
            staff_id,
        )
        return None if row is None else struct(Staff, row)

    async def locked(self, staff_id: StaffId) -> Staff | None:
        row = await self.connection.fetchrow(
            """
            SELECT staff_id AS id, login, email, name, role, password_hash, created_at, disabled_at
            FROM staff WHERE staff_id = $1 FOR NO KEY UPDATE
            """,
            staff_id,
        )
        return None if row is None else struct(Staff, row)

    async def administrators_locked(self) -> list[StaffId]:
        rows = await self.connection.fetch(
            """
            SELECT staff_id FROM staff WHERE role = $1 AND disabled_at IS NULL
            ORDER BY staff_id FOR NO KEY UPDATE
            """,
            Role.ADMINISTRATOR,
        )
        return [StaffId(row["staff_id"]) for row in rows]

    async def save(self, member: Staff) -> None:
        await self.connection.execute(
            "UPDATE staff SET role = $2, disabled_at = $3 WHERE staff_id = $1",
            member.id,
            member.role,
            member.disabled_at,
        )

    async def set_password(self, staff_id: StaffId, password_hash: str) -> None:
        await self.connection.execute(
            "UPDATE staff SET password_hash = $2 WHERE staff_id = $1", staff_id, password_hash
        )

    async def all(self) -> list[ListedStaff]:
        rows = await self.connection.fetch(
            """
            SELECT m.staff_id AS id, m.login, m.email, m.name, m.role, m.password_hash, m.created_at,
              m.disabled_at, f.confirmed_at IS NOT NULL AS has_second_factor
            FROM staff m LEFT JOIN staff_factors f ON f.staff_id = m.staff_id
            ORDER BY m.name, m.staff_id
            """
        )
        return [
            ListedStaff(member=struct(Staff, row), has_second_factor=row["has_second_factor"]) for row in rows
        ]


@dataclass(frozen=True, slots=True)
class PostgresViews:
    connection: asyncpg.Connection

    async def add(self, view: View) -> None:
        known = await self.connection.fetchval(
            "SELECT true FROM accounts WHERE account_id = $1", view.account_id
        )
        if not known:
            return
        await self.connection.execute(
            """
            INSERT INTO account_views (account_id, view_id, staff_id, staff_name, what, at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            view.account_id,
            view.id,
            view.staff_id,
            view.staff_name,
            view.what,
            view.at,
        )
