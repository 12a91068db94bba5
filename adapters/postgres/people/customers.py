from dataclasses import dataclass
from typing import cast
from uuid import UUID

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import UserId
from domain.people.customers import Customer, PhoneTaken
from domain.people.phones import Phone

_NOBODYS = UUID(int=0)


@dataclass(frozen=True, slots=True)
class PostgresCustomers:
    connection: asyncpg.Connection

    async def add(self, customer: Customer) -> None:
        # The registry row first: it alone says whether the phone is free.
        try:
            await self.connection.execute(
                "INSERT INTO user_logins (login, user_id) VALUES ($1, $2)", customer.phone, customer.id
            )
        except asyncpg.UniqueViolationError:
            raise PhoneTaken(field="phone") from None
        await self.connection.execute(
            """
            INSERT INTO users (user_id, phone, email, name, password_hash, locale, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            customer.id,
            customer.phone,
            customer.email,
            customer.name,
            customer.password_hash,
            customer.locale,
            customer.created_at,
        )

    async def by_phone(self, phone: Phone) -> Customer | None:
        # Two statements: on Citus the registry and the users lie on different shards. Both also for an
        # unknown phone: the number of queries must not tell.
        user_id = await self.connection.fetchval("SELECT user_id FROM user_logins WHERE login = $1", phone)
        return await self.by_id(UserId(user_id or _NOBODYS))

    async def by_id(self, user_id: UserId) -> Customer | None:
        row = await self.connection.fetchrow(
            """
            SELECT user_id AS id, phone, email, name, password_hash, locale, created_at
            FROM users WHERE user_id = $1 AND phone <> ''
            """,
            user_id,
        )
        return None if row is None else struct(Customer, row)

    async def change_phone(self, user_id: UserId, phone: Phone) -> Phone:
        former = await self.connection.fetchval(
            "SELECT phone FROM users WHERE user_id = $1 FOR UPDATE", user_id
        )
        try:
            await self.connection.execute(
                "INSERT INTO user_logins (login, user_id) VALUES ($1, $2)", phone, user_id
            )
        except asyncpg.UniqueViolationError:
            raise PhoneTaken(field="phone") from None
        await self.connection.execute("UPDATE users SET phone = $2 WHERE user_id = $1", user_id, phone)
        await self.connection.execute(
            "DELETE FROM user_logins WHERE login = $1 AND user_id = $2", former, user_id
        )
        return Phone(former)

    async def change_email(self, user_id: UserId, email: str) -> str | None:
        former = await self.connection.fetchval(
            "SELECT email FROM users WHERE user_id = $1 FOR UPDATE", user_id
        )
        await self.connection.execute("UPDATE users SET email = $2 WHERE user_id = $1", user_id, email)
        return cast(str | None, former)

    async def change_password(self, user_id: UserId, password_hash: str) -> None:
        await self.connection.execute(
            "UPDATE users SET password_hash = $2 WHERE user_id = $1", user_id, password_hash
        )
