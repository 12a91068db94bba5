import asyncio
import hashlib
from pathlib import Path

import asyncpg
import pytest

from infra.clock import now
from infra.migrate import MigrationRefused, migrate, read, statements, waiting


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "0001_a.sql").write_text(
        "-- Why: to try.\nCREATE SCHEMA kabinet;\nCREATE TABLE kabinet.a (\n  n int -- one; two\n);\n"
    )
    (tmp_path / "0002_b.sql").write_text("-- Why: to fill.\nINSERT INTO kabinet.a VALUES (1);\n")
    return tmp_path


def test_statements_end_at_a_semicolon_that_ends_a_line_outside_a_dollar_quoted_body():
    body = "CREATE FUNCTION f() RETURNS void AS $$\nBEGIN\n  -- a;\n  PERFORM 1;\nEND $$ LANGUAGE plpgsql;"
    block = "DO $x$ BEGIN PERFORM '$$';\nEND $x$;"
    text = f"-- Why; because.\n{body}\n\n-- more;\n{block}\nSELECT 'a; b';\nSELECT 2"
    assert statements(text) == [
        body,
        block,
        "SELECT 'a; b';",
        "SELECT 2",
    ]


async def test_each_file_runs_once_and_is_remembered(bare, files):
    assert await waiting(bare, directory=files) == ["0001_a.sql", "0002_b.sql"]
    assert await migrate(bare, now=now, directory=files) == ["0001_a.sql", "0002_b.sql"]
    assert await migrate(bare, now=now, directory=files) == []
    connection = await asyncpg.connect(bare)
    kept = await connection.fetch("SELECT name, sha256 FROM kabinet.migrations ORDER BY name")
    assert [row["name"] for row in kept] == ["0001_a.sql", "0002_b.sql"]
    assert kept[0]["sha256"] == hashlib.sha256((files / "0001_a.sql").read_bytes()).hexdigest()
    assert await connection.fetchval("SELECT count(*) FROM kabinet.a") == 1
    await connection.close()


async def test_several_at_once_run_each_file_once(bare, files):
    (files / "0003_c.sql").write_text(
        "-- no-transaction\nDROP INDEX IF EXISTS kabinet.a_ix;\n"
        "CREATE INDEX CONCURRENTLY a_ix ON kabinet.a (n);\n"
    )
    ran = await asyncio.gather(*(migrate(bare, now=now, directory=files) for _ in range(4)))
    assert sorted(map(len, ran)) == [0, 0, 0, 3]


async def test_a_changed_file_is_refused(bare, files):
    await migrate(bare, now=now, directory=files)
    (files / "0002_b.sql").write_text("-- Why: changed.\nSELECT 1;\n")
    with pytest.raises(MigrationRefused, match=r"0002_b\.sql was changed"):
        await migrate(bare, now=now, directory=files)


async def test_a_database_newer_than_the_program_is_refused(bare, files):
    await migrate(bare, now=now, directory=files)
    (files / "0002_b.sql").unlink()
    with pytest.raises(MigrationRefused, match=r"newer.*0002_b\.sql"):
        await migrate(bare, now=now, directory=files)


async def test_a_failing_file_leaves_nothing_and_says_where(bare, files):
    (files / "0003_c.sql").write_text("INSERT INTO kabinet.a VALUES (2);\nSELECT 1 / 0;\n")
    with pytest.raises(MigrationRefused, match=r"0003_c\.sql, statement 2: division by zero"):
        await migrate(bare, now=now, directory=files)
    connection = await asyncpg.connect(bare)
    assert await connection.fetchval("SELECT count(*) FROM kabinet.a") == 1
    await connection.close()
    assert await waiting(bare, directory=files) == ["0003_c.sql"]


async def test_a_runner_that_never_ends_is_waited_for_only_so_long(bare, files):
    other = await asyncpg.connect(bare)
    await other.execute("SELECT pg_advisory_lock($1)", 0x6B61_6269_6E65_74)
    with pytest.raises(MigrationRefused, match="Another"):
        await migrate(bare, now=now, directory=files, lock_wait_seconds=0.1)
    await other.close()


async def test_a_user_who_may_not_make_the_role_is_told_what_to_run(bare, files):
    admin = await asyncpg.connect(bare.replace("kabinet_owner@", "postgres@"))
    await admin.execute("CREATE ROLE stranger LOGIN")
    try:
        with pytest.raises(MigrationRefused, match="GRANT kabinet_app TO stranger;"):
            await migrate(bare.replace("kabinet_owner@", "stranger@"), now=now, directory=files)
    finally:
        await admin.execute("DROP ROLE stranger")
        await admin.close()


async def test_the_products_own_files_begin_with_why(dsn):
    assert await waiting(dsn) == []
    for migration in read():
        assert migration.text.startswith("-- "), migration.name


async def test_a_test_finds_the_database_empty_and_its_seeds_whole(pool, owner):
    assert await pool.fetchval("SELECT current_user") == "kabinet_app"
    assert await pool.fetchval("SELECT count(*) FROM terms") > 0
    await owner.execute("UPDATE terms SET value = '{}'")
    await owner.execute("INSERT INTO attempts VALUES ('a', 'b', '2026-01-01', 1, 0, null)")


async def test_whatever_the_test_before_left(pool):
    assert not await pool.fetchval("SELECT EXISTS (SELECT FROM attempts)")
    assert not await pool.fetchval("SELECT EXISTS (SELECT FROM terms WHERE value = '{}')")
