"""Several processes, killed processes, the command, payments meanwhile."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys

import pytest

from adapters.postgres.ledger import PostgresLedger
from domain.accounts.books import Kind, advance, clearing, payment, receivable
from domain.accounts.imports import Wish
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.kernel.ids import PaymentId
from domain.kernel.money import Money
from infra.clock import new_id, now
from infra.demo import files
from infra.imports import import_service
from tests.imported_files import (
    ACCOUNTS_KIND,
    CHARGES,
    DAY,
    SUPPLIERS,
    count,
    imported,
    laid,
    lines_of,
    written,
)
from tests.invariants import money_is_whole


async def test_several_processes_post_the_same(pool, dsn, demo):
    await laid(pool, demo)
    file = demo / "charges.csv"
    wish = Wish(
        kind=CHARGES,
        file_name="x",
        sha256=hashlib.sha256(file.read_bytes()).digest(),
        who="test",
        value_date=DAY,
    )
    async with import_service(dsn, workers=2) as service:
        done = await service.run(wish, file)
    assert done.tally.added == done.rows
    assert await money_is_whole(pool, []) == 0


async def ran(pool, command, environment):
    """Its status, stdout and stderr. If it does not end, what the database is busy with is told."""
    pipe = subprocess.PIPE
    child = await asyncio.to_thread(
        subprocess.Popen, command, env=environment, stdout=pipe, stderr=pipe, text=True
    )
    answered = asyncio.create_task(asyncio.to_thread(child.communicate))
    done, _ = await asyncio.wait({answered}, timeout=90)
    if not done:
        busy = await pool.fetch(
            "SELECT pid, pg_blocking_pids(pid) AS waits_for, state, wait_event, query FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        child.kill()
        pytest.fail(f"the import does not end: {[dict(row) for row in busy]}; {await answered}")
    return child.returncode, *answered.result()


def logged(command, environment, log):
    with log.open("ab") as out:
        return subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)


@pytest.mark.slow
async def test_killed_in_the_middle_and_resumed(pool, dsn, tmp_path):
    files.write(tmp_path, accounts=1500, seed=6)
    await laid(pool, tmp_path)
    file = tmp_path / "charges.csv"
    rows = len(lines_of(file)) - 1
    command = [sys.executable, "-m", "infra.cli", "import", "charges", str(file), "--workers", "1"]
    environment = os.environ | {"DATABASE_URL": dsn, "KABINET_DATA": str(tmp_path)}
    kills = 0
    for _ in range(2):
        before = await count(pool, "transfers")
        child = await asyncio.to_thread(logged, command, environment, tmp_path / "import.log")
        try:
            async with asyncio.timeout(80):
                while child.poll() is None and await count(pool, "transfers") < before + 1500:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        finally:
            if child.poll() is None:
                os.kill(child.pid, signal.SIGKILL)
                kills += 1
            await asyncio.to_thread(child.wait)
            print((tmp_path / "import.log").read_text())
    assert kills == 2
    cut = await pool.fetchrow("SELECT state, done, done_to FROM imports WHERE kind = 'charges'")
    assert cut["state"] == "posting"
    assert 0 < await count(pool, "charges") < rows

    code, out, err = await ran(pool, command, environment)

    assert code == 0, err
    assert f"{rows} rows" in out
    done = await pool.fetchrow("SELECT state, done FROM imports WHERE kind = 'charges'")
    assert tuple(done) == ("posted", rows)
    assert await count(pool, "charges") == rows
    assert await count(pool, "imports WHERE kind = 'charges'") == 1
    assert await money_is_whole(pool, []) == 0


async def test_the_command_names_the_bad_rows(pool, dsn, demo, tmp_path):
    await laid(pool, demo)
    lines = lines_of(demo / "charges.csv")
    file = written(tmp_path, [lines[0], lines[1].replace("2026-08", "2026-88")])
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "infra.cli", "import", "charges", str(file)],
        env=os.environ | {"DATABASE_URL": dsn, "KABINET_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "row 2, period: not-a-period" in ended.stdout
    assert "Nothing was posted" in ended.stdout


async def test_payments_and_an_import_on_the_same_accounts(pool, demo, tmp_path):
    """Both lock the head: whoever is second sees what the first has done."""
    await laid(pool, demo, SUPPLIERS, ACCOUNTS_KIND, CHARGES)
    lines = lines_of(demo / "charges.csv")
    corrected = written(
        tmp_path,
        [lines[0], *(line.replace(";0.00;0.00", ";-0.07;0.11") for line in lines[1:])],
    )
    homes = await pool.fetch(
        "SELECT account_id, min(supplier_account_id::text)::uuid AS supplier_account_id"
        " FROM supplier_accounts GROUP BY 1"
    )

    async def pay(home):
        for _ in range(5):
            async with pool.acquire() as connection, connection.transaction():
                ledger = PostgresLedger(connection)
                standing = await ledger.standing_locked(home["account_id"])
                await ledger.post([_payment(home, standing)], standing.head, now())

    await asyncio.gather(imported(pool, CHARGES, corrected), *(pay(home) for home in homes))

    for book_sum in await pool.fetch("SELECT sum(balance_kopecks) AS left FROM books GROUP BY account_id"):
        assert book_sum["left"] == 0
    wrong = await pool.fetch(
        """
        SELECT c.account_id FROM charges c GROUP BY c.account_id, c.supplier_account_id
        HAVING sum(greatest(c.amount_kopecks + c.recalculation_kopecks, 0) - c.paid_kopecks) <> coalesce(
            (SELECT balance_kopecks FROM books b WHERE b.account_id = c.account_id
             AND b.book = 'receivable:' || c.supplier_account_id || ':principal'), 0)
        """
    )
    assert wrong == []
    heads = await pool.fetchval("SELECT sum(last_no)::bigint FROM account_heads")
    assert heads == await count(pool, "transfers")


def _payment(home, standing):
    payment_id = PaymentId(new_id())
    mine = [
        line
        for line in standing.charges
        if line.supplier_account_id == home["supplier_account_id"] and line.open > Money(0)
    ]
    supplier_account_id = home["supplier_account_id"]
    amount = Money(1000)
    parts = []
    for line in mine:
        part = min(amount, line.open)
        if part:
            parts.append(
                Transfer(
                    debit=payment(payment_id),
                    credit=receivable(supplier_account_id, Kind.PRINCIPAL),
                    amount=part,
                    charge_id=line.charge_id,
                )
            )
            amount -= part
    if amount:
        parts.append(Transfer(debit=payment(payment_id), credit=advance(supplier_account_id), amount=amount))
    money_in = Transfer(debit=clearing("test"), credit=payment(payment_id), amount=Money(1000))
    return Posting(
        account_id=home["account_id"],
        cause=Cause(kind=CauseKind.PAYMENT, id=payment_id),
        value_date=DAY,
        transfers=(money_in, *parts),
    )
