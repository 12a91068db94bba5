from dataclasses import dataclass
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from domain.bills.bills import Bill, thawed
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, SupplierId
from domain.kernel.money import Money, total
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

    async def last_bills(self, number: str) -> list[LastBill]:
        account_id = await self.connection.fetchval(
            "SELECT account_id FROM account_numbers WHERE number = $1", number
        )
        # An unknown number goes the same way, so that the time does not tell.
        return await self._bills(account_id or _NOBODYS, None)

    async def last_bills_of_supplier(self, number: str, supplier_id: SupplierId) -> list[LastBill]:
        found = await self.connection.fetchrow(
            """
            SELECT account_id, supplier_account_id FROM supplier_account_numbers
            WHERE number = $1 AND supplier_id = $2
            """,
            number,
            supplier_id,
        )
        place = (found["account_id"], found["supplier_account_id"]) if found else (_NOBODYS, _NOBODYS)
        return await self._bills(*place)

    async def _bills(self, account_id: UUID, supplier_account_id: UUID | None) -> list[LastBill]:
        account = await self.connection.fetchrow(
            "SELECT closed_at, held_since FROM accounts WHERE account_id = $1", account_id
        )
        paper = await self.connection.fetchrow(
            """
            SELECT number, period, issued_at, body FROM bills WHERE account_id = $1
            ORDER BY period DESC LIMIT 1
            """,
            account_id,
        )
        months = await self._months(account_id, supplier_account_id, paper["period"] if paper else None)
        to_pay = await self._to_pay(account_id, supplier_account_id)
        if account is None:
            return []
        found = {
            row["period"]: LastBill(
                account_id=AccountId(account_id),
                numbers=frozenset(row["numbers"]),
                charged=Money(row["charged"]),
                to_pay=to_pay,
                period=row["period"],
                first_posted_at=row["first_posted_at"],
                held_since=account["held_since"],
                is_closed=account["closed_at"] is not None,
            )
            for row in months
        }
        if paper and (charged := found.get(paper["period"])):
            numbers = charged.numbers | {paper["number"]}
            printed = _printed(thawed(paper["body"]), supplier_account_id)
            found[paper["period"]] = replace(charged, numbers=numbers, printed=printed)
        return list(found.values())

    async def _months(
        self, account_id: UUID, supplier_account_id: UUID | None, issued: Period | None
    ) -> list[asyncpg.Record]:
        """What was charged in the month of the last issued bill, and in the last month with any charge."""
        rows: list[asyncpg.Record] = await self.connection.fetch(
            """
            SELECT period, array_agg(DISTINCT bill_number) AS numbers, min(posted_at) AS first_posted_at,
              sum(amount_kopecks + recalculation_kopecks + penalty_kopecks)::bigint AS charged
            FROM charges
            WHERE account_id = $1 AND ($2::uuid IS NULL OR supplier_account_id = $2)
              AND period IN ($3, (SELECT max(period) FROM charges
                                  WHERE account_id = $1 AND ($2::uuid IS NULL OR supplier_account_id = $2)))
            GROUP BY period ORDER BY period DESC
            """,
            account_id,
            supplier_account_id,
            issued,
        )
        return rows

    async def _to_pay(self, account_id: UUID, supplier_account_id: UUID | None) -> Money:
        kopecks = await self.connection.fetchval(
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
        return Money(kopecks)


def _printed(bill: Bill, supplier_account_id: UUID | None) -> frozenset[Money]:
    """What the month asks for and what is to pay, as they stand on the paper."""
    parts = [one for one in bill.suppliers if supplier_account_id in (None, one.id)]
    to_pay = total(part.to_pay for part in parts)
    charged = total(line.charged + line.penalty for part in parts for line in part.lines)
    return frozenset({to_pay, charged})
