"""Each rule for SQL texts and migration files finds what is planted for it, and lets good text pass."""

from pathlib import Path

import pytest

from infra.shard import migrations, sql, sql_texts

GOOD = [
    "SELECT last_no FROM account_heads WHERE account_id = $1 FOR UPDATE",
    "SELECT 1 FROM payments p JOIN payment_steps s ON s.account_id = p.account_id AND s.payment_id"
    " = p.payment_id"
    " WHERE p.account_id = $1",
    "SELECT 1 FROM payments p JOIN payment_steps s USING (account_id, payment_id) WHERE p.account_id = $1",
    "SELECT 1 FROM charges WHERE (account_id, charge_id) = ($1, $2)",
    "SELECT 1 FROM charges c, suppliers s WHERE c.account_id = $1",
    "INSERT INTO books (account_id, book, balance_kopecks) SELECT $1, b.n, b.k FROM"
    " unnest($2::text[], $3::bigint[])"
    " AS b (n, k) ON CONFLICT (account_id, book) DO UPDATE SET balance_kopecks = excluded.balance_kopecks",
    "UPDATE charges SET paid_kopecks = l.p FROM unnest($2::uuid[], $3::bigint[]) AS l (id, p)"
    " WHERE charges.account_id = $1 AND charges.charge_id = l.id",
    "WITH moved AS (UPDATE payments SET state = $3 WHERE account_id = $1 AND payment_id = $2)"
    " INSERT INTO payment_steps (account_id, payment_id) SELECT $1, s.n FROM unnest($4::int[]) AS s (n)",
    "SELECT job_id FROM local_jobs WHERE run_at <= $1 ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    "INSERT INTO tariffs SELECT * FROM services",
    "SELECT * FROM user_sessions WHERE user_id = $1 AND session_id = $2",
    "SELECT 'now() gen_random_uuid()' -- random() in a comment\n/* pg_advisory_lock(1) */",
    "DELETE FROM account_members WHERE account_id = $1 AND user_id IS DISTINCT FROM $2",
]
WRONG = {
    "UPDATE payments SET paid_at = now() WHERE account_id = $1": "now(): pass",
    "INSERT INTO books (account_id) VALUES ($1) ON CONFLICT DO UPDATE SET a ="
    " CLOCK_TIMESTAMP ( )": "clock_timestamp()",
    "SELECT gen_random_uuid()": "gen_random_uuid(): pass",
    "SELECT 1 FROM local_jobs ORDER BY random()": "random(): pass",
    "SELECT 1 FROM terms WHERE valid_from <= current_date": "current_date: pass time in",
    "SELECT pg_advisory_xact_lock($1)": "pg_advisory_xact_lock: an advisory lock",
    "SELECT pg_try_advisory_lock($1)": "pg_try_advisory_lock: an advisory lock",
    "INSERT INTO payment_steps (account_id) SELECT account_id FROM payments WHERE"
    " account_id = $1": "reads from payments",
    "INSERT INTO payment_steps (account_id) SELECT $1 WHERE NOT EXISTS"
    " (SELECT 1 FROM kabinet.payments WHERE account_id = $1)": "reads from payments",
    "INSERT INTO local_jobs (job_id) SELECT a.user_id FROM unnest($1::int[]) x, users a WHERE"
    " user_id = $1": "reads from users",
    "WITH m AS (UPDATE payments SET late = true WHERE account_id = $1 RETURNING account_id)"
    " INSERT INTO payment_steps (account_id) SELECT m.account_id FROM m": "reads from payments",
    "WITH a AS (INSERT INTO books (account_id) SELECT account_id FROM ONLY accounts WHERE"
    " account_id = $1) SELECT 1": "reads from accounts",
    "SELECT 1 FROM accounts a JOIN account_numbers n ON n.account_id = a.account_id WHERE"
    " a.account_id = $1": "different groups (account_numbers, accounts)",
    "SELECT 1 FROM user_accounts u JOIN accounts a ON a.account_id = u.account_id WHERE u.user_id = $1"
    " AND a.account_id = $2": "different groups",
    "SELECT 1 FROM user_logins l, account_numbers n"
    " WHERE login = $1": "different groups (account_numbers, user_logins)",
    "SELECT 1 FROM account_jobs WHERE run_at < $1 FOR"
    " UPDATE SKIP LOCKED": "locks rows of account_jobs without account_id",
    "SELECT 1 FROM account_heads WHERE account_id = ANY($1) ORDER BY account_id FOR"
    " NO KEY UPDATE": "locks rows of account_heads",
    "SELECT 1 FROM users WHERE phone = $1 FOR SHARE": "locks rows of users without user_id",
}
ACROSS = {
    "SELECT 1 FROM payments WHERE state = $1": "looks at payments of many: no account_id = $n",
    "SELECT 1 FROM payments WHERE account_id = ANY($1)": "looks at payments of many",
    "SELECT 1 FROM payments WHERE holder_account_id = $1": "looks at payments of many",
    "DELETE FROM charges": "looks at charges of many",
    "UPDATE charges SET paid_kopecks = 0 WHERE charge_id = $1": "looks at charges of many",
    "SELECT 1 FROM user_sessions WHERE session_id = $1": "looks at user_sessions of many: no user_id = $n",
    "SELECT 1 FROM payments p JOIN payment_steps s ON s.payment_id = p.payment_id WHERE"
    " p.account_id = $1": "not every one of payments, payment_steps is held",
    "SELECT 1 FROM payments p WHERE account_id = $1 AND EXISTS (SELECT 1 FROM account_members m"
    " WHERE m.user_id = $2)": "not every one of payments, account_members is held",
    "SELECT 1 FROM suppliers s, payments p, charges c WHERE"
    " p.account_id = $1": "not every one of payments, charges is held",
    "INSERT INTO payments (payment_id) VALUES ($1)": "writes payments without naming account_id",
    "INSERT INTO payments VALUES ($1)": "writes payments without naming account_id",
}


@pytest.mark.parametrize("text", GOOD)
def test_good_sql(text: str) -> None:
    assert sql_texts.check(text) == ([], [])


@pytest.mark.parametrize("text", WRONG)
def test_wrong_sql(text: str) -> None:
    assert any(WRONG[text] in line for line in sql_texts.check(text)[0]), sql_texts.check(text)


@pytest.mark.parametrize("text", ACROSS)
def test_sql_over_accounts(text: str) -> None:
    wrong, across = sql_texts.check(text)
    assert wrong == [] and any(line.startswith(ACROSS[text]) for line in across), across


SOURCE = '''
"""SELECT in a docstring is no SQL: now()."""
MODULE = "SELECT now()"

class Store:
    CONSTANT = """
        DELETE FROM charges
    """

    async def composed(self, table, name):
        """Select from something by now()."""
        await self.c.execute(f"SELECT 1 FROM {table}")
        text = "SELECT 1 FROM terms WHERE name = '%s'" % name
        other = "SELECT 1 FROM terms " + name
        third = "SELECT {} FROM terms".format(name)
        await self.c.execute(f"NOTIFY {name}")
        print(f"Selected {name}", "Update %s now" % name)

    async def report(self):
        async def inner():
            return await self.c.fetch("SELECT sum(amount_kopecks) FROM transfers WHERE value_date <= $1")
        return await self.c.fetch("SELECT count(*) FROM accounts")

    async def timed(self):
        return await self.c.fetchval("VALUES (now())")

def decide(error):
    return error.constraint_name == "payments_pk"
'''


def test_sources_are_read(tmp_path: Path) -> None:
    package = tmp_path / "store"
    package.mkdir()
    (package / "inner.py").write_text(SOURCE)
    reports = {
        "store.inner:Store.report": "counted for the board",
        "store.inner:Store.report.inner": "summed for the board",
        "store.inner:Store.gone": "was needed once",
    }
    found = sql_texts.findings([package], reports)
    composed = "SQL is composed; write it whole, with $n for values"
    assert found == sorted(
        [
            "store.inner:MODULE (line 3): now(): pass time, ids and chance in",
            "store.inner:Store.CONSTANT (line 6): looks at charges of many: no account_id = $n",
            *(f"store.inner:Store.composed (line {line}): {composed}" for line in (12, 13, 14, 15, 16)),
            "store.inner:Store.timed (line 25): now(): pass time, ids and chance in",
            "store.inner (line 28): decides by constraint_name; only SQLSTATE is sure",
            "store.inner:Store.gone: named as a report over accounts, but needs no such leave",
        ]
    )
    unnamed = sql_texts.findings([package], {})
    assert "store.inner:Store.report (line 22): looks at accounts of many: no account_id = $n" in unnamed
    assert (
        "store.inner:Store.report.inner (line 21): looks at transfers of many: no account_id = $n" in unnamed
    )


BAD_MIGRATION = {
    "CREATE TABLE x (a int);": "begin with a comment",
    "-- w\nSELECT 1; SELECT 2;": ":2: two statements on one line",
    "-- w\nALTER TABLE kabinet.books ADD COLUMN a bigint GENERATED ALWAYS AS IDENTITY;": "identity or serial",
    "-- w\nALTER TABLE kabinet.books ADD COLUMN a bigserial;": "identity or serial",
    "-- w\nALTER TABLE kabinet.books ADD a int CHECK (a > 0);": "ADD COLUMN with a constraint",
    "-- w\nALTER TABLE kabinet.books ADD COLUMN a int REFERENCES"
    " kabinet.terms;": "ADD COLUMN with a constraint",
    "-- w\nALTER TABLE kabinet.books ADD COLUMN a uuid DEFAULT gen_random_uuid();": "computed default",
    "-- w\nALTER TABLE kabinet.books ADD COLUMN b int, ADD COLUMN a text"
    " DEFAULT lower('X');": "computed default",
    "-- w\nALTER TABLE kabinet.books ADD COLUMN a date DEFAULT CURRENT_DATE;": "current_date differs",
    "-- w\nUPDATE kabinet.books SET at = now();": "now() differs on each machine",
    "-- w\nALTER TABLE kabinet.books\n  ADD CONSTRAINT a CHECK (b > 0),\n  ADD CONSTRAINT c"
    " CHECK (d > 0);": "two ADD",
    "-- w\nALTER TABLE kabinet.books ADD CHECK (b > 0);": "ADD CONSTRAINT needs a name",
    "-- w\nALTER TABLE kabinet.books RENAME CONSTRAINT a TO b;": "never renamed",
    "-- w\nALTER TABLE kabinet.books ALTER COLUMN account_id TYPE text;": "type of account_id",
    "-- w\nCREATE TABLE books (a int);": "books must be created in schema kabinet",
    "-- w\nCREATE TABLE kabinet.books (account_id uuid REFERENCES"
    " kabinet.accounts);": "create books without foreign keys",
}


@pytest.mark.parametrize("text", BAD_MIGRATION)
def test_wrong_migrations(text: str) -> None:
    assert any(BAD_MIGRATION[text] in line for line in migrations.check(text)), migrations.check(text)


def test_good_migration() -> None:
    text = """-- Why: to show what is allowed; even two words: now().
CREATE TABLE kabinet.books (
  account_id uuid NOT NULL, -- a comment with a ; in it
  note text NOT NULL DEFAULT 'now(); x'
);
SELECT kabinet.shard_table('kabinet.books', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.books ADD CONSTRAINT books_account_fk
  FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
ALTER TABLE kabinet.books ADD COLUMN size numeric(14, 2) NOT NULL DEFAULT 0, ADD COLUMN kind text DEFAULT 'a';
CREATE FUNCTION kabinet.f() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM 1; PERFORM 2;
END $$;
CREATE TABLE kabinet.local_jobs (id uuid, CONSTRAINT a FOREIGN KEY (id) REFERENCES kabinet.schedules (name));
"""
    assert migrations.check(text) == []


def test_shard_calls_must_agree_with_the_declaration(tmp_path: Path) -> None:
    created = ["accounts", "books", "charges", "transfers", "local_jobs", "suppliers", "users"]
    text = "-- w\n" + "".join(f"CREATE TABLE kabinet.{name} (a int);\n" for name in created)
    text += """SELECT kabinet.shard_table('kabinet.accounts', 'account_id');
SELECT kabinet.shard_table('kabinet.charges', 'charge_id', 'kabinet.accounts');
SELECT kabinet.shard_table('kabinet.transfers', 'account_id');
SELECT kabinet.shard_table('kabinet.local_jobs', NULL);
SELECT kabinet.shard_table('kabinet.suppliers', NULL);
SELECT kabinet.shard_table('kabinet.users', NULL);
"""
    (tmp_path / "0001_x.sql").write_text(text)
    assert migrations.findings(tmp_path) == [
        "books: call kabinet.shard_table after creating it",
        "charges: shard_table by charge_id, declared account_id",
        "local_jobs: declared local, yet given to shard_table",
        "transfers: shard_table must put it beside kabinet.accounts",
        "users: shard_table by None, declared user_id",
    ]


def test_statements_are_told_apart() -> None:
    found = list(sql.statements("SELECT ';';\n-- a; b\nSELECT $x$ ; $x$, \"A\";\nSELECT 1"))
    assert [(statement.line, statement.alone) for statement in found] == [(1, True), (3, True), (4, True)]
    assert found[1].words == ("select", "''", ",", "A")
