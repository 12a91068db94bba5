"""The real schema passes the gate, and each of its rules finds a violation planted for it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from click.testing import CliRunner

from infra.cli.shard import command
from infra.shard import gate
from infra.shard.lint import lint
from infra.shard.tables import ACCOUNT, LOCAL, REFERENCE, TABLES, USER, Group, registry

# What the planted tables are declared as.
PLANTED: dict[str, Group] = {
    "p_account": ACCOUNT,
    "p_child": ACCOUNT,
    "p_user": USER,
    "p_reference": REFERENCE,
    "p_registry": registry("value"),
    "p_local": LOCAL,
}
ID = "account_id uuid NOT NULL"
PK = "CONSTRAINT p_account_pk PRIMARY KEY (account_id)"
GOOD = (
    f"CREATE TABLE p_account ({ID}, id uuid NOT NULL, CONSTRAINT p_account_pk PRIMARY KEY (account_id, id))"
)
FUNCTION = "CREATE FUNCTION p_f() RETURNS {} LANGUAGE plpgsql {} AS $$ BEGIN {} RETURN NULL; END $$"
PATH = "SET search_path = pg_catalog"
TRIGGER = FUNCTION.format("trigger", PATH, "")
LONG = "p_account_a_name_that_leaves_no_room_for_a_shard_number"


@pytest_asyncio.fixture(loop_scope="session")
async def scratch(owner: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """The real schema, in a transaction that is undone."""
    transaction = owner.transaction()
    await transaction.start()
    yield owner
    await transaction.rollback()


async def planted(
    scratch: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, *statements: str
) -> list[str]:
    """What the lint says after `statements`, whose tables are declared as PLANTED says."""
    text = " ".join(statements)
    for name, group in PLANTED.items():
        if f"TABLE {name} " in text:
            monkeypatch.setitem(TABLES, name, group)
    for statement in statements:
        await scratch.execute(statement)
    return await lint(scratch)


async def test_the_schema_is_clean(database: str) -> None:
    assert await gate.of_database(database) == []


async def test_good_tables_are_clean(scratch: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await planted(
        scratch,
        monkeypatch,
        "CREATE TABLE p_reference (id int NOT NULL, a text NOT NULL DEFAULT 'x', b jsonb DEFAULT '{}',"
        " c text[] DEFAULT '{}', d numeric(14, 2) DEFAULT -1.5, e boolean DEFAULT true,"
        " f int[] DEFAULT ARRAY[]::int[], CONSTRAINT p_reference_pk PRIMARY KEY (id))",
        "CREATE TABLE p_local (id bigint GENERATED ALWAYS AS IDENTITY, CONSTRAINT p_local_pk"
        " PRIMARY KEY (id))",
        f"CREATE TABLE p_account ({ID}, id uuid NOT NULL, n int, m int GENERATED ALWAYS AS (n + 1) STORED,"
        " r int, CONSTRAINT p_account_pk PRIMARY KEY (account_id, id))",
        "CREATE UNIQUE INDEX p_account_n_uq ON p_account (account_id, (n + 1)) INCLUDE (r)",
        "CREATE INDEX p_account_n_ix ON p_account (n)",
        "ALTER TABLE p_account ADD CONSTRAINT p_account_r_fk FOREIGN KEY (r) REFERENCES p_reference (id)",
        f"CREATE TABLE p_child ({ID}, id uuid NOT NULL, CONSTRAINT p_child_pk PRIMARY KEY (account_id, id))",
        "ALTER TABLE p_child ADD CONSTRAINT p_child_fk FOREIGN KEY (account_id, id)"
        " REFERENCES p_account (account_id, id) ON DELETE CASCADE",
        TRIGGER,
        "CREATE TRIGGER p_t AFTER INSERT ON p_account FOR EACH ROW EXECUTE FUNCTION p_f()",
    )
    assert found == []


VIOLATIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "undeclared table": (("CREATE TABLE p_stranger (id int)",), "p_stranger: not declared"),
    "missing table": (("DROP TABLE schedules",), "schedules: declared, but there is no such table"),
    "public": (("CREATE TABLE public.p_lost (id int)",), "public.p_lost: every table belongs into schema"),
    "no key column": (
        ("CREATE TABLE p_account (id uuid NOT NULL, CONSTRAINT p_account_pk PRIMARY KEY (id))",),
        "p_account: has no column account_id",
    ),
    "nullable key": (("CREATE TABLE p_account (account_id uuid)",), "p_account.account_id: must be NOT NULL"),
    "types differ": (
        (f"CREATE TABLE p_account (account_id text NOT NULL, {PK})",),
        "group account: keys of different types: text in p_account; uuid in ",
    ),
    "types differ among users": (
        ("CREATE TABLE p_user (user_id bigint NOT NULL, CONSTRAINT p_user_pk PRIMARY KEY (user_id))",),
        "group user: keys of different types: bigint in p_user; uuid in ",
    ),
    "no primary key": ((f"CREATE TABLE p_account ({ID})",), "p_account: has no primary key"),
    "key not first in the primary key": (
        (f"CREATE TABLE p_account ({ID}, id uuid, CONSTRAINT p_account_pk PRIMARY KEY (id, account_id))",),
        "p_account: primary key p_account_pk does not begin with account_id",
    ),
    "unique without the key": (
        (f"CREATE TABLE p_account ({ID}, n int, {PK}, CONSTRAINT p_account_n_uq UNIQUE (n))",),
        "p_account: unique index p_account_n_uq does not begin with account_id",
    ),
    "unique index with the key behind": (
        (
            f"CREATE TABLE p_account ({ID}, n int, {PK})",
            "CREATE UNIQUE INDEX p_n_uq ON p_account (n, account_id)",
        ),
        "p_account: unique index p_n_uq does not begin with account_id",
    ),
    "unique index with the key only carried": (
        (
            f"CREATE TABLE p_account ({ID}, n int, {PK})",
            "CREATE UNIQUE INDEX p_n_uq ON p_account (n) INCLUDE (account_id)",
        ),
        "p_account: unique index p_n_uq does not begin with account_id",
    ),
    "unique expression": (
        (
            f"CREATE TABLE p_account ({ID}, n int, {PK})",
            "CREATE UNIQUE INDEX p_n_uq ON p_account ((account_id::text))",
        ),
        "p_account: unique index p_n_uq does not begin with account_id",
    ),
    "exclusion without the key": (
        (
            f"CREATE TABLE p_account ({ID}, n int4range, {PK}, CONSTRAINT p_n_ex EXCLUDE USING gist"
            " (n WITH &&))",
        ),
        "p_account: exclusion p_n_ex does not begin with account_id",
    ),
    "registry not keyed by its value": (
        (
            "CREATE TABLE p_registry (id uuid NOT NULL, value text NOT NULL,"
            " CONSTRAINT p_registry_pk PRIMARY KEY (id))",
        ),
        "p_registry: primary key p_registry_pk does not begin with value",
    ),
    "foreign key to another group": (
        (
            "CREATE TABLE p_user (user_id uuid NOT NULL, CONSTRAINT p_user_pk PRIMARY KEY (user_id))",
            f"CREATE TABLE p_account ({ID}, {PK}, CONSTRAINT p_u_fk FOREIGN KEY (account_id)"
            " REFERENCES p_user)",
        ),
        "p_account: foreign key p_u_fk to p_user goes from account to user",
    ),
    "foreign key from a reference table": (
        (
            f"CREATE TABLE p_account ({ID}, {PK})",
            "CREATE TABLE p_reference (id uuid, CONSTRAINT p_reference_pk PRIMARY KEY (id),"
            " CONSTRAINT p_a_fk FOREIGN KEY (id) REFERENCES p_account)",
        ),
        "p_reference: foreign key p_a_fk to p_account goes from reference to account",
    ),
    "foreign key to a local table": (
        (
            "CREATE TABLE p_local (id uuid, CONSTRAINT p_local_pk PRIMARY KEY (id))",
            f"CREATE TABLE p_account ({ID}, {PK}, CONSTRAINT p_l_fk FOREIGN KEY (account_id)"
            " REFERENCES p_local)",
        ),
        "p_account: foreign key p_l_fk to p_local goes from account to local",
    ),
    "foreign key without the key": (
        (
            GOOD,
            "CREATE UNIQUE INDEX p_id_uq ON p_account (id)",
            f"CREATE TABLE p_child ({ID}, id uuid, CONSTRAINT p_child_pk PRIMARY KEY (account_id),"
            " CONSTRAINT p_c_fk FOREIGN KEY (id) REFERENCES p_account (id))",
        ),
        "p_child: foreign key p_c_fk to p_account does not begin with account_id",
    ),
    "foreign key crossed": (
        (
            GOOD,
            f"CREATE TABLE p_child ({ID}, id uuid, CONSTRAINT p_child_pk PRIMARY KEY (account_id),"
            " CONSTRAINT p_c_fk FOREIGN KEY (id, account_id) REFERENCES p_account (account_id, id))",
        ),
        "p_child: foreign key p_c_fk to p_account does not begin with account_id",
    ),
    "foreign key to nowhere declared": (
        (
            "CREATE TABLE p_stranger (id uuid, CONSTRAINT p_stranger_pk PRIMARY KEY (id))",
            "CREATE TABLE p_local (id uuid, CONSTRAINT p_local_pk PRIMARY KEY (id),"
            " CONSTRAINT p_s_fk FOREIGN KEY (id) REFERENCES p_stranger)",
        ),
        "p_local: foreign key p_s_fk to p_stranger leaves the declared tables",
    ),
    "set null": (
        (
            GOOD,
            f"CREATE TABLE p_child ({ID}, id uuid, CONSTRAINT p_child_pk PRIMARY KEY (account_id),"
            " CONSTRAINT p_c_fk"
            " FOREIGN KEY (account_id, id) REFERENCES p_account (account_id, id) ON DELETE SET NULL)",
        ),
        "p_child: foreign key p_c_fk to p_account says ON DELETE SET NULL",
    ),
    "update cascade": (
        (
            GOOD,
            f"CREATE TABLE p_child ({ID}, id uuid, CONSTRAINT p_child_pk PRIMARY KEY (account_id),"
            " CONSTRAINT p_c_fk"
            " FOREIGN KEY (account_id, id) REFERENCES p_account (account_id, id) ON UPDATE CASCADE)",
        ),
        "p_child: foreign key p_c_fk to p_account says ON UPDATE",
    ),
    "deferrable foreign key": (
        (
            f"CREATE TABLE p_account ({ID}, {PK}, CONSTRAINT p_fk FOREIGN KEY (account_id)"
            " REFERENCES accounts DEFERRABLE)",
        ),
        "p_account: p_fk is deferrable",
    ),
    "deferrable unique": (
        (f"CREATE TABLE p_account ({ID}, n int, {PK}, CONSTRAINT p_uq UNIQUE (account_id, n) DEFERRABLE)",),
        "p_account: p_uq is deferrable",
    ),
    "deferrable trigger": (
        (
            GOOD,
            TRIGGER,
            "CREATE CONSTRAINT TRIGGER p_t AFTER INSERT ON p_account DEFERRABLE FOR EACH ROW"
            " EXECUTE FUNCTION p_f()",
        ),
        "p_account: trigger p_t is deferrable",
    ),
    "made-up primary key": (
        ("CREATE TABLE p_account (account_id uuid PRIMARY KEY)",),
        "p_account: p_account_pkey looks like a name PostgreSQL made up",
    ),
    "made-up unique key": (
        (f"CREATE TABLE p_account ({ID}, n int, {PK}, UNIQUE (account_id, n))",),
        "p_account: p_account_account_id_n_key looks like",
    ),
    "made-up foreign key": (
        (f"CREATE TABLE p_account ({ID} REFERENCES accounts, {PK})",),
        "p_account: p_account_account_id_fkey looks like",
    ),
    "made-up check": (
        (f"CREATE TABLE p_account ({ID}, n int CHECK (n > 0), {PK})",),
        "p_account: p_account_n_check looks like",
    ),
    "second made-up check": (
        (f"CREATE TABLE p_account ({ID}, n int CONSTRAINT p_n_check1 CHECK (n > 0), {PK})",),
        "p_account: p_n_check1 looks like",
    ),
    "made-up index": (
        (f"CREATE TABLE p_account ({ID}, n int, {PK})", "CREATE INDEX ON p_account (n)"),
        "p_account: p_account_n_idx looks like",
    ),
    "long constraint": (
        (f"CREATE TABLE p_account ({ID}, n int, {PK}, CONSTRAINT {LONG} CHECK (n > 0))",),
        f"p_account: the name {LONG} has 55 characters",
    ),
    "long index": (
        (f"CREATE TABLE p_account ({ID}, n int, {PK})", f"CREATE INDEX {LONG} ON p_account (n)"),
        f"p_account: the name {LONG} has 55 characters",
    ),
    "long table": ((f"CREATE TABLE {LONG} (id int)",), f"{LONG}: the name has 55 characters"),
    "identity": (
        (f"CREATE TABLE p_account ({ID}, n int GENERATED BY DEFAULT AS IDENTITY, {PK})",),
        "p_account.n: identity or sequence outside a local table",
    ),
    "serial": (
        ("CREATE TABLE p_reference (id bigserial, CONSTRAINT p_reference_pk PRIMARY KEY (id))",),
        "p_reference.id: identity or sequence outside a local table",
    ),
    "default now": (
        (
            "CREATE TABLE p_local (id int, at timestamptz DEFAULT now(), CONSTRAINT p_local_pk"
            " PRIMARY KEY (id))",
        ),
        "p_local.at: DEFAULT now() is no constant",
    ),
    "default today": (
        (f"CREATE TABLE p_account ({ID}, day date DEFAULT CURRENT_DATE, {PK})",),
        "p_account.day: DEFAULT CURRENT_DATE is no constant",
    ),
    "default uuid": (
        (
            "CREATE TABLE p_reference (id uuid DEFAULT gen_random_uuid(), CONSTRAINT p_reference_pk"
            " PRIMARY KEY (id))",
        ),
        "p_reference.id: DEFAULT gen_random_uuid() is no constant",
    ),
    "default hidden in a cast": (
        (f"CREATE TABLE p_account ({ID}, n text DEFAULT (random())::text, {PK})",),
        "p_account.n: DEFAULT (random())::text is no constant",
    ),
    "function without a path": (
        (FUNCTION.format("int", "", ""),),
        "function p_f: has no SET search_path",
    ),
    "SQL function without a path": (
        ("CREATE FUNCTION p_f() RETURNS int LANGUAGE sql AS 'SELECT 1'",),
        "function p_f: has no SET search_path",
    ),
    "function that asks for the table's name": (
        (FUNCTION.format("trigger", PATH, "RAISE NOTICE '%', TG_TABLE_NAME;"),),
        "function p_f: on a shard the table's name is another",
    ),
    "function that notifies": (
        (FUNCTION.format("trigger", PATH, "PERFORM pg_notify('a', 'b');"),),
        "function p_f: a notice from another machine reaches nobody",
    ),
    "trigger of another schema": (
        (
            GOOD,
            TRIGGER.replace("FUNCTION p_f", "FUNCTION public.p_f"),
            "CREATE TRIGGER p_t AFTER INSERT ON p_account FOR EACH ROW EXECUTE FUNCTION public.p_f()",
        ),
        "p_account: trigger p_t calls a function outside schema kabinet",
    ),
}


@pytest.mark.parametrize("name", VIOLATIONS)
async def test_each_rule_of_tables_finds_its_violation(
    scratch: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    statements, expected = VIOLATIONS[name]
    found = await planted(scratch, monkeypatch, *statements)
    assert any(line.startswith(expected) for line in found), found


def test_sources_are_clean() -> None:
    assert gate.of_sources() == []


def test_command(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    clean = CliRunner().invoke(command, ["--check"])
    assert (clean.exit_code, clean.output) == (0, "Clean\n")
    monkeypatch.delitem(TABLES, "schedules")
    wrong = CliRunner().invoke(command, ["--check"])
    assert wrong.exit_code == 1
    assert "tables: schedules: not declared in infra/shard/tables.py\n" in wrong.stdout
    assert "1 found" in wrong.stderr
    assert CliRunner().invoke(command, ["--check", "--sources-only"]).output == "Clean\n"
    assert CliRunner().invoke(command, []).exit_code == 2
