from dataclasses import dataclass
from uuid import UUID

import asyncpg

from domain.kernel.ids import AccountId, SupplierId
from domain.kernel.money import Money
from domain.people.memberships import LastBill, Membership

_NOBODYS = UUID(int=0)


@dataclass(frozen=True, slots=True)
class PostgresMemberships:
    connection: asyncpg.Connection

    async def add(self, membership: Membership) -> bool:
        done = await self.connection.execute(
            """
            INSERT INTO account_members (account_id, user_id, scopes, role, valid_until, added_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, user_id) DO NOTHING
            """,
            membership.account_id,
            membership.user_id,
            sorted(membership.scopes),
            membership.role,
            membership.valid_until,
            membership.added_at,
        )
        if done == "INSERT 0 0":
            return await self._raise_to(membership)
        await self.connection.execute(
            """
            INSERT INTO user_accounts (user_id, account_id, added_at)
            VALUES ($1, $2, $3) ON CONFLICT (user_id, account_id) DO NOTHING
            """,
            membership.user_id,
            membership.account_id,
            membership.added_at,
        )
        return True

    async def _raise_to(self, membership: Membership) -> bool:
        raised = await self.connection.fetchval(
            """
            UPDATE account_members SET scopes = $3, role = $4, valid_until = $5, added_at = $6
            WHERE account_id = $1 AND user_id = $2 AND role <> $4 RETURNING true
            """,
            membership.account_id,
            membership.user_id,
            sorted(membership.scopes),
            membership.role,
            membership.valid_until,
            membership.added_at,
        )
        return raised is not None

    async def last_bill(self, number: str) -> LastBill | None:
        account_id = await self.connection.fetchval(
            "SELECT account_id FROM account_numbers WHERE number = $1", number
        )
        # An unknown number goes the same way, so that the time does not tell.
        bill = await self._bill(account_id or _NOBODYS, None)
        return bill if account_id else None

    async def last_bill_of_supplier(self, number: str, supplier_id: SupplierId) -> LastBill | None:
        found = await self.connection.fetchrow(
            """
            SELECT account_id, supplier_account_id FROM supplier_account_numbers
            WHERE number = $1 AND supplier_id = $2
            """,
            number,
            supplier_id,
        )
        place = (found["account_id"], found["supplier_account_id"]) if found else (_NOBODYS, _NOBODYS)
        bill = await self._bill(*place)
        return bill if found else None

    async def _bill(self, account_id: UUID, supplier_account_id: UUID | None) -> LastBill | None:
        account = await self.connection.fetchrow(
            "SELECT closed_at, held_since FROM accounts WHERE account_id = $1", account_id
        )
        bill = await self.connection.fetchrow(
            """
            SELECT array_agg(DISTINCT bill_number) AS numbers, max(period) AS period,
              min(posted_at) AS first_posted_at,
              sum(amount_kopecks + recalculation_kopecks + penalty_kopecks)::bigint AS charged
            FROM charges
            WHERE account_id = $1 AND ($2::uuid IS NULL OR supplier_account_id = $2)
              AND period = (SELECT max(period) FROM charges
                            WHERE account_id = $1 AND ($2::uuid IS NULL OR supplier_account_id = $2))
            """,
            account_id,
            supplier_account_id,
        )
        to_pay = await self.connection.fetchval(
            """
            SELECT coalesce(sum(greatest(due, 0)), 0)::bigint
            FROM (
              SELECT sum(balance_kopecks) AS due FROM books
              WHERE account_id = $1 AND (book LIKE 'receivable:%' OR book LIKE 'advance:%')
                AND ($2::text IS NULL OR split_part(book, ':', 2) = $2)
              GROUP BY split_part(book, ':', 2)
            ) AS per_supplier_account
            """,
            account_id,
            str(supplier_account_id) if supplier_account_id else None,
        )
        papers = await self.connection.fetch(
            """
            SELECT number FROM bills
            WHERE account_id = $1 AND period = (SELECT max(period) FROM charges WHERE account_id = $1)
            """,
            account_id,
        )
        if account is None or bill is None or bill["numbers"] is None:
            return None
        return LastBill(
            account_id=AccountId(account_id),
            numbers=frozenset((*bill["numbers"], *(paper["number"] for paper in papers))),
            charged=Money(bill["charged"]),
            to_pay=Money(to_pay),
            period=bill["period"],
            first_posted_at=bill["first_posted_at"],
            held_since=account["held_since"],
            is_closed=account["closed_at"] is not None,
        )
