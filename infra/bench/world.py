"""Many accounts, laid down by the server itself and not by the import.

Each has five supplier accounts, the bill of September (charged and paid) and that of October (charged,
unpaid): 10 charges, 16 transfers, 12 books, one payment. Ids of accounts are ordered in time as UUIDv7
are. What is made up, for nothing measured reads it: ids of postings are not derived from their causes,
hashes of laid transfers are not chained, paid payments carry neither parts nor explanation.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import asyncpg

_CHUNKS = 10
# The id of an account and those of its parts are one beginning with different ends.
_PREPARE = (
    "CREATE SCHEMA bench",
    """CREATE FUNCTION bench.home(i bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
       SELECT lpad(to_hex(1759276800000 + i), 12, '0') || '70008' || substr(md5(i::text), 1, 11) $$""",
    "CREATE TABLE bench.services (service_no text, code text, kopecks bigint)",
    """INSERT INTO bench.services VALUES ('1', 'electricity', 125050), ('2', 'heat', 231000),
       ('3', 'water', 64033), ('4', 'waste', 31017), ('5', 'repairs', 89900)""",
    "INSERT INTO services (service_code, name, unit) SELECT code, code, 'ед.' FROM bench.services",
    """INSERT INTO suppliers (supplier_id, inn, name)
       SELECT md5(service_no)::uuid, '860200000' || service_no, 'АО «' || code || '»' FROM bench.services""",
    "CREATE TABLE bench.periods (period text, mark text, paid boolean)",
    "INSERT INTO bench.periods VALUES ('2026-09', 'a', true), ('2026-10', 'b', false)",
    # What one account's ledger tells: `entry_no` orders it, `mark` is the period's.
    "CREATE TABLE bench.entries (entry_no int, kind text, line_no int, service_no text, mark text, day date)",
    """INSERT INTO bench.entries
       SELECT service_no::int, 'charge', 1, service_no, 'a', DATE '2026-09-28' FROM bench.services
       UNION ALL SELECT 6, 'payment', 1, NULL, NULL, '2026-10-05'
       UNION ALL SELECT 6 + service_no::int, 'payment', 1 + service_no::int, service_no, 'a', '2026-10-05'
                 FROM bench.services
       UNION ALL SELECT 11 + service_no::int, 'charge', 1, service_no, 'b', '2026-10-28'
                 FROM bench.services""",
    "ANALYZE bench.services",
    "ANALYZE bench.entries",
)

_ACCOUNTS = """
INSERT INTO accounts (account_id, number, kind, address, holder_name, opened_at)
SELECT (bench.home(i) || '0000')::uuid, (6600000000 + i)::text, 'unified',
       'г. Примерск, ул. Мира, д. ' || i, 'Иванов И. И.', '2026-09-01'
FROM generate_series($1::bigint, $2) AS i"""
_NUMBERS = """
INSERT INTO account_numbers (number, account_id)
SELECT (6600000000 + i)::text, (bench.home(i) || '0000')::uuid FROM generate_series($1::bigint, $2) AS i"""
_MEMBERS = """
INSERT INTO account_members (account_id, user_id, scopes, role, added_at)
SELECT (h.id || '0000')::uuid, (h.id || '0010')::uuid, '{see,pay}', 'owner', '2026-09-01'
FROM generate_series($1::bigint, $2) AS i CROSS JOIN LATERAL (SELECT bench.home(i) AS id OFFSET 0) h"""
_SUPPLIER_ACCOUNTS = """
INSERT INTO supplier_accounts (account_id, supplier_account_id, supplier_id, number)
SELECT (h.id || '0000')::uuid, (h.id || '000' || s.service_no)::uuid, md5(s.service_no)::uuid,
       i || '-' || s.service_no
FROM generate_series($1::bigint, $2) AS i CROSS JOIN LATERAL (SELECT bench.home(i) AS id OFFSET 0) h
CROSS JOIN bench.services s"""
_CHARGES = """
INSERT INTO charges (account_id, charge_id, supplier_account_id, service_code, period, bill_number, volume,
                     unit, tariff, amount_kopecks, recalculation_kopecks, penalty_kopecks, paid_kopecks,
                     penalty_paid_kopecks, revision, posted_at)
SELECT (h.id || '0000')::uuid, (h.id || 'c' || p.mark || '0' || s.service_no)::uuid,
       (h.id || '000' || s.service_no)::uuid, s.code, p.period, i::text, 10.5, 'ед.', 12.34, s.kopecks, 0, 0,
       CASE WHEN p.paid THEN s.kopecks ELSE 0 END, 0, 1, TIMESTAMPTZ '2026-10-28'
FROM generate_series($1::bigint, $2) AS i CROSS JOIN LATERAL (SELECT bench.home(i) AS id OFFSET 0) h
CROSS JOIN bench.periods p CROSS JOIN bench.services s"""
_BOOKS = """
INSERT INTO books (account_id, book, balance_kopecks)
SELECT (h.id || '0000')::uuid, b.book, b.kopecks
FROM generate_series($1::bigint, $2) AS i CROSS JOIN LATERAL (SELECT bench.home(i) AS id OFFSET 0) h
CROSS JOIN LATERAL (
    SELECT 'billed:' || (h.id || '000' || service_no)::uuid::text, -2 * kopecks FROM bench.services
    UNION ALL
    SELECT 'clearing:yookassa', 541000
    UNION ALL
    SELECT 'payment:' || (h.id || '0020')::uuid::text, 0
    UNION ALL
    SELECT 'receivable:' || (h.id || '000' || service_no)::uuid::text || ':principal', kopecks
    FROM bench.services
) AS b (book, kopecks)"""
_TRANSFERS = """
INSERT INTO transfers (account_id, posting_id, line_no, entry_no, debit_book, credit_book, amount_kopecks,
                       charge_id, cause_kind, cause_id, cause_version, value_date, posted_at, hash)
SELECT h.account_id, w.posting_id, e.line_no, e.entry_no,
       CASE WHEN e.kind = 'charge' THEN w.receivable
            WHEN e.line_no = 1 THEN 'clearing:yookassa' ELSE h.payment END,
       CASE WHEN e.kind = 'charge' THEN w.billed WHEN e.line_no = 1 THEN h.payment ELSE w.receivable END,
       coalesce(s.kopecks, 541000), w.charge_id, e.kind, coalesce(w.charge_id, h.payment_id), 1, e.day,
       e.day::timestamptz, sha256(uuid_send(h.account_id) || uuid_send(w.posting_id) || int4send(e.entry_no))
FROM generate_series($1::bigint, $2) AS i
CROSS JOIN LATERAL (
    SELECT bench.home(i) AS id, (bench.home(i) || '0000')::uuid AS account_id,
           (bench.home(i) || '0020')::uuid AS payment_id,
           'payment:' || (bench.home(i) || '0020')::uuid::text AS payment OFFSET 0) h
CROSS JOIN bench.entries e LEFT JOIN bench.services s ON s.service_no = e.service_no
CROSS JOIN LATERAL (
    SELECT (h.id || 'c' || e.mark || '0' || e.service_no)::uuid AS charge_id,
           (CASE WHEN e.kind = 'charge' THEN h.id || 'e' || e.mark || '0' || e.service_no
                 ELSE h.id || 'f000' END)::uuid AS posting_id,
           'receivable:' || (h.id || '000' || e.service_no)::uuid::text || ':principal' AS receivable,
           'billed:' || (h.id || '000' || e.service_no)::uuid::text AS billed OFFSET 0) w"""
_HEADS = """
INSERT INTO account_heads (account_id, last_no, last_hash)
SELECT account_id, entry_no, hash FROM transfers
WHERE entry_no = 16
  AND account_id BETWEEN (bench.home($1::bigint) || '0000')::uuid AND (bench.home($2) || '0000')::uuid"""
_PAYMENTS = """
INSERT INTO payments (account_id, payment_id, payer_id, wish, method, amount_kopecks, parts, explanation,
                      state, steps_count, late, provider, provider_payment_id, attempt, created_at,
                      expires_at, paid_at)
SELECT (h.id || '0000')::uuid, (h.id || '0020')::uuid, (h.id || '0010')::uuid,
       '{"method": "sbp", "amount": {"kopecks": 541000}}', 'sbp', 541000,
       jsonb_build_array(jsonb_build_object(
         'supplier_account_id', (h.id || '0001')::uuid,
         'amount', '{"kopecks": 541000}'::jsonb, 'lines', '[]'::jsonb)),
       '{}', 'paid', 3, false,
       'yookassa', i::text, 1, '2026-10-05', '2026-10-05', '2026-10-05'
FROM generate_series($1::bigint, $2) AS i CROSS JOIN LATERAL (SELECT bench.home(i) AS id OFFSET 0) h"""
_STEPS = """
INSERT INTO payment_steps (account_id, payment_id, step_no, state, at)
SELECT (h.id || '0000')::uuid, (h.id || '0020')::uuid, s.no, s.state, '2026-10-05'
FROM generate_series($1::bigint, $2) AS i CROSS JOIN LATERAL (SELECT bench.home(i) AS id OFFSET 0) h
CROSS JOIN (VALUES (1, 'created'), (2, 'awaiting_payer'), (3, 'paid')) AS s (no, state)"""


class Step(NamedTuple):
    """One table. `bare`: nothing refers to it, so it is filled without its keys and without a log."""

    table: str
    sql: str
    bare: bool = True


# Two lanes for two connections, of about the same length.
LANES = (
    (Step("transfers", _TRANSFERS), Step("account_heads", _HEADS)),
    (
        Step("accounts", _ACCOUNTS, bare=False),
        Step("account_numbers", _NUMBERS),
        Step("account_members", _MEMBERS),
        Step("supplier_accounts", _SUPPLIER_ACCOUNTS, bare=False),
        Step("charges", _CHARGES, bare=False),
        Step("books", _BOOKS),
        Step("payments", _PAYMENTS, bare=False),
        Step("payment_steps", _STEPS),
    ),
)
STEPS = _CHUNKS * sum(len(lane) for lane in LANES) + 1
"""How often `lay` says that it got on."""


async def prepare(admin_dsn: str) -> None:
    """The suppliers, and what `lay` needs."""
    connection = await _connect(admin_dsn)
    try:
        for statement in _PREPARE:
            await connection.execute(statement)
    finally:
        await connection.close()


async def lay(admin_dsn: str, lane: tuple[Step, ...], accounts: int, got_on: Callable[[str], None]) -> None:
    """Fill the tables of one lane, as the superuser who need not have foreign keys checked."""
    connection = await _connect(admin_dsn)
    try:
        for step in lane:
            async with connection.transaction():
                keys = await _stripped(connection, step.table) if step.bare else []
                for first, last in _chunks(accounts):
                    await connection.execute(step.sql, first, last, timeout=3600)
                    got_on(step.table)
                for key in keys:
                    await connection.execute(key, timeout=3600)
    finally:
        await connection.close()


async def finish(admin_dsn: str) -> None:
    """Statistics and visibility as a long-lived table has them."""
    connection = await _connect(admin_dsn)
    try:
        await connection.execute("VACUUM (FREEZE, ANALYZE)", timeout=3600)
    finally:
        await connection.close()


async def _stripped(connection: asyncpg.Connection, table: str) -> list[str]:
    """Empty it in this transaction (which then need not log what is filled in) and take its keys off.
    Gives the statements that put them back."""
    await connection.execute(f"TRUNCATE {table}")
    keys = await connection.fetch(
        "SELECT conname, pg_get_constraintdef(oid) AS said FROM pg_constraint"
        " WHERE conrelid = $1::text::regclass AND contype IN ('p', 'u')",
        table,
    )
    for key in keys:
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {key['conname']}")
    return [f"ALTER TABLE {table} ADD CONSTRAINT {key['conname']} {key['said']}" for key in keys]


async def _connect(admin_dsn: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        admin_dsn, server_settings={"search_path": "kabinet", "session_replication_role": "replica"}
    )


def _chunks(accounts: int) -> list[tuple[int, int]]:
    bounds = [accounts * chunk // _CHUNKS for chunk in range(_CHUNKS + 1)]
    return [(before + 1, upto) for before, upto in pairwise(bounds)]
