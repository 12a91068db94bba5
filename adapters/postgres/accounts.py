"""Accounts as their holders see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import msgspec
from msgspec.structs import replace

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.accounts import books
from domain.accounts.accounts import (
    Account,
    AccountCard,
    AccountKind,
    AccountNotFound,
    Balance,
    ChargeKey,
    SupplierAccountCard,
)
from domain.accounts.books import Kind
from domain.accounts.charges import Charge
from domain.accounts.statements import StatementLine, statement_line
from domain.kernel.access import Access
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, UserId
from domain.kernel.money import Money
from domain.payments.fronts import AccountFront
from domain.payments.keeping import BriefPayment

_LATEST = msgspec.json.Decoder(tuple[BriefPayment, ...])
_CARD = """
SELECT a.account_id, a.number AS account_number, a.kind, a.gis_number, a.address, a.holder_name,
       a.holder_inn, a.closed_at, s.supplier_account_id, s.supplier_id, s.number,
       s.gis_service_id, r.name, c.services, coalesce(pr.balance_kopecks, 0) AS principal,
       coalesce(pe.balance_kopecks, 0) AS penalty, coalesce(-ad.balance_kopecks, 0) AS advance,
       (SELECT b.due_on FROM bills b
        WHERE b.account_id = $1 ORDER BY b.period DESC LIMIT 1) AS due_on,
       (SELECT json_agg(json_build_object(
                 'id', p.payment_id, 'amount', json_build_object('kopecks', p.amount_kopecks),
                 'state', p.state, 'created_at', p.created_at, 'expires_at', p.expires_at,
                 'is_on_plate', p.wish -> 'plate' ->> 'link_id' IS NOT NULL))::text
        FROM (SELECT * FROM payments
              WHERE account_id = $1 AND ($3 = 'see' OR payer_id = $2)
              ORDER BY created_at DESC, payment_id DESC LIMIT $5) p) AS latest_payments
FROM accounts a
LEFT JOIN supplier_accounts s ON s.account_id = a.account_id
LEFT JOIN suppliers r ON r.supplier_id = s.supplier_id
LEFT JOIN (SELECT supplier_account_id, array_agg(DISTINCT service_code) AS services
           FROM charges WHERE account_id = $1 GROUP BY supplier_account_id) c
       ON c.supplier_account_id = s.supplier_account_id
LEFT JOIN books pr ON pr.account_id = a.account_id
      AND pr.book = 'receivable:' || s.supplier_account_id || ':principal'
LEFT JOIN books pe ON pe.account_id = a.account_id
      AND pe.book = 'receivable:' || s.supplier_account_id || ':penalty'
LEFT JOIN books ad ON ad.account_id = a.account_id
      AND ad.book = 'advance:' || s.supplier_account_id
WHERE a.account_id = $1
  AND ($2::uuid IS NULL OR EXISTS (
        SELECT 1 FROM account_members m
        WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
          AND (m.valid_until IS NULL OR m.valid_until > $4)))
ORDER BY s.supplier_account_id
"""


@dataclass(frozen=True, slots=True)
class PostgresAccounts:
    connection: Queryable

    async def card(self, access: Access) -> AccountCard:
        return _card(await self._rows(access, payments_limit=0))

    async def front(self, access: Access, *, payments_limit: int) -> AccountFront:
        rows = await self._rows(access, payments_limit)
        kept = rows[0]["latest_payments"]
        return AccountFront(card=_card(rows), latest=_LATEST.decode(kept) if kept else ())

    async def _rows(self, access: Access, payments_limit: int) -> list[asyncpg.Record]:
        """One for each supplier account, at least one."""
        rows: list[asyncpg.Record] = await self.connection.fetch(
            _CARD, access.account_id, access.actor.user_id, access.scope, access.at, payments_limit
        )
        if not rows:
            raise AccountNotFound
        return rows

    async def is_seen(self, access: Access) -> bool:
        found = await self.connection.fetchval(
            """
            SELECT $2::uuid IS NULL OR EXISTS (
                SELECT 1 FROM account_members m
                WHERE m.account_id = $1 AND m.user_id = $2 AND 'see' = ANY (m.scopes)
                  AND (m.valid_until IS NULL OR m.valid_until > $3))
            """,
            access.account_id,
            access.actor.user_id,
            access.at,
        )
        return bool(found)

    async def is_closed(self, account_id: AccountId) -> bool:
        closed = await self.connection.fetchval(
            "SELECT closed_at IS NOT NULL FROM accounts WHERE account_id = $1", account_id
        )
        return bool(closed)

    async def card_as_of(self, access: Access, moment: datetime) -> AccountCard:
        """Balances are summed anew from the transfers posted until then: nothing is remembered."""
        card = await self.card(access)
        rows = await self.connection.fetch(
            """
            SELECT moved.book, sum(moved.kopecks)::bigint AS kopecks
            FROM (SELECT debit_book AS book, amount_kopecks AS kopecks FROM transfers
                  WHERE account_id = $1 AND posted_at <= $2
                  UNION ALL
                  SELECT credit_book, -amount_kopecks FROM transfers
                  WHERE account_id = $1 AND posted_at <= $2) moved
            GROUP BY moved.book
            """,
            access.account_id,
            moment,
        )
        kopecks = {row["book"]: row["kopecks"] for row in rows}
        return AccountCard(
            account=card.account,
            supplier_accounts=tuple(_with_balance(one, kopecks) for one in card.supplier_accounts),
        )

    async def numbers_of(self, user_id: UserId, *, after: AccountId | None, limit: int) -> list[AccountId]:
        rows = await self.connection.fetch(
            """
            SELECT account_id FROM user_accounts
            WHERE user_id = $1 AND ($2::uuid IS NULL OR account_id > $2) ORDER BY account_id LIMIT $3
            """,
            user_id,
            after,
            limit,
        )
        return [row["account_id"] for row in rows]

    async def charges(
        self, access: Access, *, period: Period | None, after: ChargeKey | None, limit: int
    ) -> list[Charge]:
        rows = await self.connection.fetch(
            """
            SELECT charge_id AS id, supplier_account_id, service_code, period, bill_number, volume, unit,
                   tariff, amount_kopecks, recalculation_kopecks, penalty_kopecks, paid_kopecks,
                   penalty_paid_kopecks, benefit_kopecks, norm, norm_count
            FROM charges
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
              AND ($5::text IS NULL OR period = $5)
              AND ($6::text IS NULL OR (period, charge_id) < ($6, $7::uuid))
            ORDER BY period DESC, charge_id DESC LIMIT $8
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            period,
            after.period if after else None,
            after.charge_id if after else None,
            limit,
        )
        return [struct(Charge, row) for row in rows]

    async def statement(self, access: Access, *, before: int | None, limit: int) -> list[StatementLine]:
        rows = await self.connection.fetch(
            """
            SELECT t.entry_no, t.debit_book, t.credit_book, t.amount_kopecks AS kopecks, t.charge_id,
                   c.service_code, c.period, t.cause_kind, t.cause_id, t.value_date, t.posted_at,
                   by.case_id, by.case_number, t.balance::bigint AS balance_kopecks,
                   t.cause_kind = 'move' AND EXISTS (
                     SELECT 1 FROM refunds r
                     WHERE r.account_id = t.account_id AND r.refund_id = t.cause_id) AS is_within
            FROM (
              SELECT o.*, sum(o.amount_kopecks * ((o.debit_book ~ '^(receivable|advance):')::int
                - (o.credit_book ~ '^(receivable|advance):')::int)) OVER (ORDER BY o.entry_no) AS balance
              FROM transfers o WHERE o.account_id = $1 AND o.entry_no < $5 AND ($2::uuid IS NULL OR EXISTS (
                SELECT 1 FROM account_members m
                WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                  AND (m.valid_until IS NULL OR m.valid_until > $4)))
              ORDER BY o.entry_no DESC LIMIT $6) t
            LEFT JOIN charges c ON c.account_id = t.account_id AND c.charge_id = t.charge_id
            LEFT JOIN LATERAL (
              SELECT k.case_id, k.number AS case_number
              FROM case_effects e JOIN cases k ON k.account_id = e.account_id AND k.case_id = e.case_id
              WHERE e.account_id = t.account_id AND e.reference = CASE t.cause_kind
                WHEN 'charge' THEN t.charge_id::text
                WHEN 'refund' THEN t.cause_id::text
                WHEN 'move' THEN t.cause_id::text
                ELSE t.posting_id::text END
              LIMIT 1) AS by ON t.cause_kind NOT IN ('payment', 'advance', 'opening', 'suspense')
            ORDER BY t.entry_no DESC
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            before if before is not None else 2**62,
            limit,
        )
        return [statement_line(**dict(row)) for row in rows]


def _card(rows: list[asyncpg.Record]) -> AccountCard:
    first = rows[0]
    return AccountCard(
        account=Account(
            id=first["account_id"],
            number=first["account_number"],
            kind=AccountKind(first["kind"]),
            gis_number=first["gis_number"],
            address=first["address"],
            holder_name=first["holder_name"],
            holder_inn=first["holder_inn"],
            closed_at=first["closed_at"],
        ),
        supplier_accounts=tuple(_supplier_account(row) for row in rows if row["supplier_account_id"]),
        due_on=first["due_on"],
    )


def _supplier_account(row: asyncpg.Record) -> SupplierAccountCard:
    return SupplierAccountCard(
        id=row["supplier_account_id"],
        supplier_id=row["supplier_id"],
        supplier_name=row["name"],
        number=row["number"],
        gis_service_id=row["gis_service_id"],
        services=tuple(row["services"] or ()),
        balance=Balance.of(
            principal=Money(row["principal"]), penalty=Money(row["penalty"]), advance=Money(row["advance"])
        ),
    )


def _with_balance(card: SupplierAccountCard, kopecks: Mapping[str, int]) -> SupplierAccountCard:
    def balance(book: str) -> Money:
        return Money(kopecks.get(book, 0))

    figures = Balance.of(
        principal=balance(books.receivable(card.id, Kind.PRINCIPAL)),
        penalty=balance(books.receivable(card.id, Kind.PENALTY)),
        advance=-balance(books.advance(card.id)),
    )
    return replace(card, balance=figures)
