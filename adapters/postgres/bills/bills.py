"""Bills as they were frozen."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.postgres.pool import Queryable
from domain.bills.bills import VERSION, Bill, BillCard, BillNotFound, frozen, thawed
from domain.kernel.access import Access
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, SupplierAccountId
from domain.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PostgresBills:
    connection: Queryable

    async def listed(self, access: Access, *, before: Period | None, limit: int) -> list[BillCard]:
        rows = await self.connection.fetch(
            """
            SELECT body FROM bills
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
              AND ($5::text IS NULL OR period < $5)
            ORDER BY period DESC LIMIT $6
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            before,
            limit,
        )
        return [BillCard.of(thawed(row["body"])) for row in rows]

    async def body(self, access: Access, period: Period) -> bytes:
        found = await self.connection.fetchval(
            """
            SELECT body FROM bills
            WHERE account_id = $1 AND period = $5
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            period,
        )
        if found is None:
            raise BillNotFound(period=period)
        return bytes(found)

    async def of_number(self, number: str) -> Bill | None:
        """The number begins with that of the account, which says on which machine the bill lies."""
        account_id = await self.connection.fetchval(
            "SELECT account_id FROM account_numbers WHERE number = $1", number.rsplit("-", 2)[0]
        )
        if account_id is None:
            return None
        body = await self.connection.fetchval(
            "SELECT body FROM bills WHERE account_id = $1 AND number = $2", account_id, number
        )
        return thawed(body) if body is not None else None

    async def last_period(self, account_id: AccountId) -> Period | None:
        last: Period | None = await self.connection.fetchval(
            "SELECT max(period) FROM bills WHERE account_id = $1", account_id
        )
        return last

    async def is_paid(
        self, account_id: AccountId, period: Period, supplier_account_id: SupplierAccountId | None
    ) -> bool:
        is_paid: bool = await self.connection.fetchval(
            """
            SELECT NOT EXISTS (
                SELECT 1 FROM charges
                WHERE account_id = $1 AND period <= $2
                  AND ($3::uuid IS NULL OR supplier_account_id = $3)
                  AND (amount_kopecks + recalculation_kopecks > paid_kopecks
                       OR penalty_kopecks > penalty_paid_kopecks))
            """,
            account_id,
            period,
            supplier_account_id,
        )
        return is_paid

    async def open_lines(self, access: Access) -> dict[tuple[Period, SupplierAccountId], Money]:
        rows = await self.connection.fetch(
            """
            SELECT period, supplier_account_id,
              sum(greatest(amount_kopecks + recalculation_kopecks - paid_kopecks, 0)
                + greatest(penalty_kopecks - penalty_paid_kopecks, 0))::bigint AS kopecks
            FROM charges
            WHERE account_id = $1
              AND (amount_kopecks + recalculation_kopecks > paid_kopecks
                   OR penalty_kopecks > penalty_paid_kopecks)
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            GROUP BY period, supplier_account_id
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        return {(row["period"], row["supplier_account_id"]): Money(row["kopecks"]) for row in rows}

    async def add(self, bills: Sequence[Bill]) -> list[AccountId]:
        new = []
        for bill in bills:
            added = await self.connection.fetchval(
                """
                INSERT INTO bills
                    (account_id, period, number, issued_at, due_on, to_pay_kopecks, version, body)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                ON CONFLICT (account_id, period) DO NOTHING RETURNING account_id
                """,
                bill.account_id,
                bill.period,
                bill.number,
                bill.issued_at,
                bill.due_on,
                bill.to_pay.kopecks,
                VERSION,
                frozen(bill),
            )
            if added is not None:
                new.append(bill.account_id)
        return new
