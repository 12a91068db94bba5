from dataclasses import dataclass
from uuid import UUID

import asyncpg
import msgspec

from adapters.postgres.pool import Queryable
from domain.kernel.access import Access
from domain.kernel.ids import AccountId, UserId
from domain.people.powers import Power, PowerCheck


@dataclass(frozen=True, slots=True)
class PostgresPowers:
    connection: Queryable

    async def account_of(self, number: str, issuer_inn: str) -> AccountId | None:
        place = await self.connection.fetchval(
            "SELECT account_id FROM account_numbers WHERE number = $1", number
        )
        # An unknown number goes the same way, so that the time does not tell.
        found = await self.connection.fetchval(
            """
            SELECT account_id FROM accounts
            WHERE account_id = $1 AND kind = 'contract' AND holder_inn = $2 AND closed_at IS NULL
            """,
            place or UUID(int=0),
            issuer_inn,
        )
        return None if found is None else AccountId(found)

    async def add(self, power: Power) -> None:
        await self.connection.execute(
            """
            INSERT INTO powers_of_attorney (account_id, power_id, user_id, kind, number, issuer_inn,
              representative_inn, codes, valid_from, valid_until, document_sha256, status, entered_at,
              checked_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            power.account_id,
            power.id,
            power.user_id,
            power.kind,
            power.number,
            power.issuer_inn,
            power.representative_inn,
            sorted(power.codes),
            power.valid_from,
            power.valid_until,
            power.document_sha256,
            power.status,
            power.entered_at,
            power.checked_at,
        )

    async def found(self, account_id: AccountId, id: UUID) -> Power | None:
        row = await self.connection.fetchrow(
            "SELECT * FROM powers_of_attorney WHERE account_id = $1 AND power_id = $2", account_id, id
        )
        return None if row is None else _power(row)

    async def save(self, power: Power) -> None:
        await self.connection.execute(
            """
            UPDATE powers_of_attorney
            SET codes = $3, valid_until = $4, status = $5, checked_at = $6, decided_by = $7, decided_at = $8,
                reason = $9
            WHERE account_id = $1 AND power_id = $2
            """,
            power.account_id,
            power.id,
            sorted(power.codes),
            power.valid_until,
            power.status,
            power.checked_at,
            power.decided_by,
            power.decided_at,
            power.reason,
        )

    async def note(self, check: PowerCheck) -> None:
        await self.connection.execute(
            """
            INSERT INTO power_checks (account_id, check_id, power_id, standing, at)
            VALUES ($1, $2, $3, $4, $5)
            """,
            check.account_id,
            check.id,
            check.power_id,
            check.standing,
            check.at,
        )

    async def live(self, account_id: AccountId, user_id: UserId) -> Power | None:
        row = await self.connection.fetchrow(
            """
            SELECT * FROM powers_of_attorney
            WHERE account_id = $1 AND user_id = $2 AND status IN ('waiting', 'active')
            """,
            account_id,
            user_id,
        )
        return None if row is None else _power(row)

    async def acting(self, account_id: AccountId, user_id: UserId) -> Power | None:
        row = await self.connection.fetchrow(
            """
            SELECT p.* FROM account_members m
            JOIN powers_of_attorney p
              ON p.account_id = m.account_id AND p.user_id = m.user_id AND p.status = 'active'
            WHERE m.account_id = $1 AND m.user_id = $2 AND m.role = 'representative'
            """,
            account_id,
            user_id,
        )
        return None if row is None else _power(row)

    async def waiting(self, limit: int) -> list[Power]:
        """Report over all accounts: what staff have yet to look at."""
        rows = await self.connection.fetch(
            "SELECT * FROM powers_of_attorney WHERE status = 'waiting' ORDER BY entered_at LIMIT $1", limit
        )
        return [_power(row) for row in rows]

    async def of_user(self, user_id: UserId) -> list[Power]:
        """Report over all accounts: what one person has presented."""
        rows = await self.connection.fetch(
            "SELECT * FROM powers_of_attorney WHERE user_id = $1 ORDER BY account_id, power_id", user_id
        )
        return [_power(row) for row in rows]

    async def listed(self, access: Access) -> list[Power]:
        rows = await self.connection.fetch(
            """
            SELECT * FROM powers_of_attorney p
            WHERE p.account_id = $1
              AND ($2::uuid IS NULL OR p.user_id = $2 OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND 'manage' = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $3)))
            ORDER BY p.power_id DESC LIMIT 100
            """,
            access.account_id,
            access.actor.user_id,
            access.at,
        )
        return [_power(row) for row in rows]


def _power(row: asyncpg.Record) -> Power:
    values = dict(row)
    return msgspec.convert(values | {"id": values.pop("power_id")}, Power)
