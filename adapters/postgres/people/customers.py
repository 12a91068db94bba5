from dataclasses import dataclass

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import UserId
from domain.people.customers import Customer, PhoneTaken
from domain.people.phones import Phone


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
        # Two statements: on Citus the registry and the users lie on different shards.
        user_id = await self.connection.fetchval("SELECT user_id FROM user_logins WHERE login = $1", phone)
        return None if user_id is None else await self.by_id(UserId(user_id))

    async def by_id(self, user_id: UserId) -> Customer | None:
        row = await self.connection.fetchrow(
            """
            SELECT user_id AS id, phone, email, name, password_hash, locale, created_at
            FROM users WHERE user_id = $1
            """,
            user_id,
        )
        return None if row is None else struct(Customer, row)
