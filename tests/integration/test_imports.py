"""Billing's files on a real PostgreSQL: taken whole or refused whole, again and again, killed and raced."""

import asyncio
import hashlib
import os
import re
import signal
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from adapters.postgres.imports.log import PostgresImportLog
from adapters.postgres.imports.staging import staging
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.people.delegation import PostgresDelegations
from adapters.tables import open_table
from domain.accounts.books import Kind, advance, clearing, payment, receivable
from domain.accounts.import_cells import Cells, Code
from domain.accounts.import_checks import Totals
from domain.accounts.import_columns import ImportKind
from domain.accounts.import_rows import read
from domain.accounts.imports import ImportState, Tally, Wish
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.kernel.ids import PaymentId
from domain.kernel.money import Money
from infra.clock import new_id, now
from infra.demo import files
from infra.imports import import_service, service_on
from services.imports import ImportService
from tests.invariants import money_is_whole

DAY = date(2026, 11, 20)
ACCOUNTS = 12
SUPPLIERS, ACCOUNTS_KIND, CONTACTS, TARIFFS, METERS, _READINGS, OPENINGS, CHARGES = ImportKind


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("demo")
    files.write(place, accounts=ACCOUNTS, seed=5)
    return place


async def imported(pool, kind, file, *, expected=None, value_date=DAY, workers=None):
    wish = Wish(
        kind=kind,
        file_name=file.name,
        sha256=hashlib.sha256(file.read_bytes()).digest(),
        who="test",
        value_date=value_date,
        expected=expected or Totals(),
    )
    return await service_on(pool).run(wish, file)


async def laid(pool, demo, *kinds):
    for kind in kinds or (SUPPLIERS, ACCOUNTS_KIND):
        done = await imported(pool, kind, demo / f"{kind}.csv")
        assert done.state is ImportState.POSTED, await faults(pool, done)
    return done


async def faults(pool, done):
    rows = await pool.fetch(
        "SELECT row_no, field, code FROM import_errors WHERE import_id = $1 ORDER BY error_no", done.id
    )
    return [tuple(row) for row in rows]


async def count(pool, table):
    return await pool.fetchval(f"SELECT count(*) FROM {table}")


def lines_of(file):
    return [line for line in file.read_text().splitlines() if not line.startswith("#")]


def written(place, lines, *, name="file.csv", encoding="utf-8"):
    file = place / name
    file.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return file


async def snapshot(pool):
    """Everything but the times of posting and the imports themselves."""
    return [
        await pool.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
        for table in ("transfers", "books", "charges", "account_heads", "accounts", "supplier_accounts")
    ]


async def test_every_kind_is_imported(pool, demo):
    done = await laid(pool, demo, *files.KINDS)

    assert done.rows == len(lines_of(demo / "charges.csv")) - 1
    assert done.tally.added == done.rows == await count(pool, "charges WHERE bill_number <> 'opening'")
    assert await count(pool, "accounts") == ACCOUNTS == await count(pool, "account_heads")
    assert await count(pool, "supplier_accounts") == len(lines_of(demo / "accounts.csv")) - 1
    assert await count(pool, "suppliers") == 5
    assert await count(pool, "tariffs") == 7
    assert await count(pool, "accounts WHERE email LIKE '%@example.test' AND phone LIKE '+7922%'") == ACCOUNTS
    assert await money_is_whole(pool, []) == 0
    charged = await pool.fetchval(
        "SELECT sum(amount_kopecks + recalculation_kopecks + penalty_kopecks)::bigint FROM charges"
        " WHERE bill_number <> 'opening'"
    )
    assert Money(charged) == done.sum


async def test_the_figures_of_an_account(pool, demo):
    await laid(pool, demo, SUPPLIERS, ACCOUNTS_KIND, OPENINGS, CHARGES)
    debtor = await pool.fetchval("SELECT account_id FROM account_numbers WHERE number = '7200000001'")
    eager = await pool.fetchval("SELECT account_id FROM account_numbers WHERE number = '7200000002'")

    async def of(account_id, like):
        return await pool.fetchval(
            "SELECT coalesce(sum(balance_kopecks), 0)::bigint FROM books"
            " WHERE account_id = $1 AND book LIKE $2",
            account_id,
            like,
        )

    assert await of(debtor, "receivable:%:principal") > 0
    assert await of(debtor, "receivable:%:penalty") > 0
    assert await of(eager, "receivable:%") == 0
    assert await of(eager, "advance:%") < 0


async def test_the_same_again_changes_nothing(pool, demo):
    await laid(pool, demo, *files.KINDS)
    before = await snapshot(pool)
    for kind in files.KINDS:
        done = await imported(pool, kind, demo / f"{kind}.csv")
        assert done.state is ImportState.POSTED
        assert (done.tally.added, done.tally.corrected) == (0, 0), kind
        assert done.tally.unchanged > 0
    assert await snapshot(pool) == before


async def test_a_refused_file_posts_nothing_and_every_bad_row_is_named(pool, demo, tmp_path):
    await laid(pool, demo)
    lines = lines_of(demo / "charges.csv")
    header = lines[0].split(";")

    def spoiled(row_no, **cells):
        row = lines[row_no - 1].split(";")
        for name, value in cells.items():
            row[header.index(name)] = value
        lines[row_no - 1] = ";".join(row)

    spoiled(3, amount="12,345", period="2026-99")
    spoiled(5, unified_account="7299999999")
    spoiled(6, supplier_account="Э999999999")
    spoiled(7, unified_account="7200000002")
    spoiled(8, supplier_inn="7203100998")
    spoiled(9, service="television")
    lines[10] = lines[9]
    lines[11] += ";;surplus"
    done = await imported(pool, CHARGES, written(tmp_path, lines))

    assert done.state is ImportState.REFUSED
    assert set(await faults(pool, done)) == {
        (3, "amount", Code.NOT_A_SUM),
        (3, "period", Code.NOT_A_PERIOD),
        (5, "unified_account", Code.UNKNOWN_ACCOUNT),
        (6, "supplier_account", Code.UNKNOWN_SUPPLIER_ACCOUNT),
        (7, "unified_account", Code.OTHER_ACCOUNT),
        (8, "supplier_inn", Code.UNKNOWN_SUPPLIER),
        (9, "service", Code.UNKNOWN_SERVICE),
        (10, "period", Code.DUPLICATE),
        (11, "period", Code.DUPLICATE),
        (12, "", Code.CELLS_DIFFER),
    }
    assert done.faults == 10
    assert await count(pool, "charges") == 0 == await count(pool, "transfers")


@pytest.mark.parametrize(
    ("row_no", "field", "value", "code"),
    [
        (2, "unified_account", "7200000003", Code.UNKNOWN_ACCOUNT),
        (2, "supplier_account", "Т000000009", Code.UNKNOWN_SUPPLIER_ACCOUNT),
        (4, "unified_account", "7200000002", Code.OTHER_ACCOUNT),
        (4, "amount", "0x10", Code.NOT_A_SUM),
        (4, "amount", "1_0", Code.NOT_A_SUM),
        (4, "amount", "1.005", Code.NOT_A_SUM),
        (4, "penalty", "-1.00", Code.BELOW_ZERO),
        (4, "period", "2030-01", Code.PERIOD_TOO_FAR),
        (4, "bill_number", "", Code.MISSING),
        (4, "unit", "u" * 21, Code.TOO_LONG),
    ],
)
async def test_one_bad_cell_is_enough(pool, demo, tmp_path, row_no, field, value, code):
    await laid(pool, demo)
    lines = lines_of(demo / "charges.csv")
    row = lines[row_no - 1].split(";")
    row[lines[0].split(";").index(field)] = value
    lines[row_no - 1] = ";".join(row)
    done = await imported(pool, CHARGES, written(tmp_path, lines))
    assert await faults(pool, done) == [(row_no, field, code)]
    assert await count(pool, "charges") == 0


async def test_control_totals(pool, demo, tmp_path):
    await laid(pool, demo)
    lines = lines_of(demo / "charges.csv")
    rows = len(lines) - 1
    file = written(tmp_path, [*lines, "#total;7;1,00"])
    done = await imported(pool, CHARGES, file)
    assert await faults(pool, done) == [(0, "rows", Code.TOTAL_ROWS), (0, "sum", Code.TOTAL_SUM)]
    plain = demo / "charges.csv"
    done = await imported(pool, CHARGES, plain, expected=Totals(rows=rows + 1))
    assert await faults(pool, done) == [(0, "rows", Code.TOTAL_ROWS)]
    done = await imported(pool, CHARGES, plain, expected=Totals(rows=rows, sum=done.sum))
    assert done.state is ImportState.POSTED


async def test_a_corrected_file_posts_the_differences(pool, demo, tmp_path):
    await laid(pool, demo, SUPPLIERS, ACCOUNTS_KIND, OPENINGS, CHARGES)
    lines = lines_of(demo / "charges.csv")
    header = lines[0].split(";")
    transfers = await count(pool, "transfers")
    eager = next(
        number for number, line in enumerate(lines) if ";7200000002;" in line and "electricity" in line
    )
    debtor = next(
        number for number, line in enumerate(lines) if ";7200000001;" in line and "electricity" in line
    )

    def with_amount(line, amount):
        row = line.split(";")
        row[header.index("amount")], row[header.index("recalculation")] = amount, "0.00"
        return ";".join(row)

    lines[eager] = with_amount(lines[eager], "1.00")  # below what its overpayment has paid
    lines[debtor] = with_amount(lines[debtor], "90000.00")
    done = await imported(pool, CHARGES, written(tmp_path, lines), value_date=date(2026, 11, 21))

    assert done.tally == Tally(corrected=2, unchanged=done.rows - 2)
    new = await pool.fetch("SELECT * FROM transfers WHERE value_date = '2026-11-21' ORDER BY account_id")
    assert len(new) == 2 == await count(pool, "transfers") - transfers
    assert [row["credit_book"].split(":")[0] for row in new] == ["billed", "advance"]
    assert {row["cause_version"] for row in new} == {2}
    assert await count(pool, "charges WHERE revision = 2") == 2
    assert await count(pool, "charges WHERE paid_kopecks = 100 AND amount_kopecks = 100") == 1
    assert await money_is_whole(pool, []) == 0
    again = await imported(pool, CHARGES, demo / "charges.csv")
    assert again.tally.corrected == 2
    assert await money_is_whole(pool, []) == 0


async def test_what_is_not_money_changes_without_a_posting(pool, demo, tmp_path):
    await laid(pool, demo, SUPPLIERS, ACCOUNTS_KIND, CHARGES)
    before = await pool.fetch("SELECT * FROM transfers ORDER BY hash")
    lines = [line.replace("2608-00000001", "2608-1/bis") for line in lines_of(demo / "charges.csv")]
    done = await imported(pool, CHARGES, written(tmp_path, lines))
    assert done.tally.corrected == 7
    assert await count(pool, "charges WHERE bill_number = '2608-1/bis' AND revision = 1") == 7
    assert await pool.fetch("SELECT * FROM transfers ORDER BY hash") == before


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251"])
async def test_encodings_and_commas(pool, demo, tmp_path, encoding):
    await laid(pool, demo, SUPPLIERS)
    replaced = {"м³": "куб.м", "м²": "кв.м"}

    def plain(name):
        text = "\n".join(lines_of(demo / name))
        for old, new in replaced.items():
            text = text.replace(old, new)
        return text.split("\n")

    accounts = [line.replace(",", " ").replace(";", ",") for line in plain("accounts.csv")]
    done = await imported(pool, ACCOUNTS_KIND, written(tmp_path, accounts, encoding=encoding))
    assert done.state is ImportState.POSTED
    done = await imported(pool, CHARGES, written(tmp_path, plain("charges.csv"), encoding=encoding))
    assert done.state is ImportState.POSTED
    assert await count(pool, "charges WHERE unit = 'куб.м'") > 0
    assert await count(pool, "accounts WHERE address LIKE 'г. %'") == ACCOUNTS


async def test_sums_as_people_write_them(pool, demo, tmp_path):
    """Not plain for COPY, right for the rules."""
    await laid(pool, demo)
    lines = lines_of(demo / "charges.csv")
    lines = [lines[0], *(re.sub(r"(?<=[0-9])[.](?=[0-9])", ",", line) for line in lines[1:])]
    done = await imported(pool, CHARGES, written(tmp_path, lines))
    assert done.state is ImportState.POSTED
    plain = await imported(pool, CHARGES, demo / "charges.csv")
    assert plain.tally == Tally(unchanged=plain.rows)
    assert plain.sum == done.sum


TRICKY = {
    "amount": [
        *(
            "1",
            "1.5",
            "1.50",
            "-1.50",
            "-0.00",
            "0.00",
            "+1",
            " 1",
            "1 ",
            "1.",
            ".5",
            "1e2",
            "1E2",
            "0x1F",
            "1_000",
        ),
        *("NaN", "Infinity", "-inf", "1.005", "1.500", "007", "1,5", "--1", "", "999999999.99", "1000000000"),
        *("0b1", "0o7", "١", "1\u00a0000", "-999999999.99"),
    ],
    "penalty": ["", "0", "0.01", "-0.01", "-0.00", "1000000000.00", "999999999.99", "NaN"],
    "recalculation": ["", "-5.00", "5", "1.234"],
    "volume": ["", "1.123456", "1.1234567", "-3", "1000000000000", "999999999999.999999", "1e3"],
    "tariff": ["", "5.43", "-1", "100000000", "99999999.999999", "0"],
    "bill_number": [
        "1",
        "",
        " 1",
        "1 ",
        "a b",
        "№ 5-Ё",
        "9" * 40,
        "9" * 41,
        "я" * 40,
        "a\u00a0",
        "–",
        "a\tb",
    ],
    "unit": ["", "кВт·ч", "u" * 20, "u" * 21, " u", "u\u00a0"],
    "period": ["2026-10", "2026-13", "2026-12", "2027-01", "1999-12", "2026-1", " 2026-10"],
}


@pytest.mark.parametrize(("field", "text"), [(field, text) for field in TRICKY for text in TRICKY[field]])
async def test_what_is_copied_unread_would_be_read_the_same(pool, demo, tmp_path, field, text):
    """The quick way in takes no more than the rules do, and takes it as they do."""
    await laid(pool, demo)
    lines = lines_of(demo / "charges.csv")[:2]
    names, cells = lines[0].split(";"), lines[1].split(";")
    cells[names.index(field)] = text
    file = written(tmp_path, [lines[0], ";".join(cells)])
    row = read(CHARGES, Cells(2, dict(zip(names, cells, strict=True)), DAY))
    known = await PostgresImportLog(pool).known()
    async with open_table(file) as table, staging(pool, CHARGES) as stage:
        copied = await stage.copied(table, known, DAY)
        if copied is None:
            return
        assert row is not None
        assert copied == (1, row.counted)
        [[line]] = [lines async for lines in stage.batches(10, None)]
    assert line.bill_number == row.bill_number
    assert (line.unit, line.period) == (row.unit, row.period)
    assert [None if one is None else Decimal(one) for one in (line.volume, line.tariff)] == [
        row.volume,
        row.tariff,
    ]


async def test_plain_files_are_copied_unread(pool, demo):
    await laid(pool, demo)
    known = await PostgresImportLog(pool).known()
    async with open_table(demo / "charges.csv") as table, staging(pool, CHARGES) as stage:
        assert await stage.copied(table, known, DAY) is not None


async def test_xlsx(pool, demo, tmp_path):
    await laid(pool, demo)
    book = openpyxl.Workbook()
    sheet = book.active
    lines = [line.split(";") for line in lines_of(demo / "charges.csv")]
    numbers = {lines[0].index(name) for name in ("amount", "volume", "tariff", "recalculation", "penalty")}
    sheet.append(lines[0])
    for line in lines[1:]:
        row = [float(cell) if place in numbers else cell for place, cell in enumerate(line)]
        row[1] = int(row[1]) if row[1].isdecimal() else row[1]
        sheet.append(row)
    file = tmp_path / "charges.xlsx"
    book.save(file)
    done = await imported(pool, CHARGES, file)
    assert done.state is ImportState.POSTED, await faults(pool, done)
    assert done.tally.added == len(lines) - 1
    plain = await imported(pool, CHARGES, demo / "charges.csv")
    assert plain.tally == Tally(unchanged=plain.rows)


@pytest.mark.parametrize(
    "body", [b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", b"PK\x03\x04not a zip", b"a\x00b;c\n1;2\n"]
)
async def test_what_is_no_table_is_refused(pool, tmp_path, body):
    file = tmp_path / "file"
    file.write_bytes(body)
    done = await imported(pool, CHARGES, file)
    assert done.state is ImportState.REFUSED
    assert await faults(pool, done) == [(0, "", Code.UNREADABLE)]


async def test_a_header_alone_has_no_rows(pool, demo, tmp_path):
    await laid(pool, demo)
    done = await imported(pool, CHARGES, written(tmp_path, lines_of(demo / "charges.csv")[:1]))
    assert await faults(pool, done) == [(0, "rows", Code.NO_ROWS)]


async def test_a_header_with_other_columns(pool, demo, tmp_path):
    done = await imported(pool, CHARGES, written(tmp_path, ["period;colour", "2026-10;red"]))
    assert (1, "colour", Code.COLUMN_UNKNOWN) in await faults(pool, done)
    assert (1, "amount", Code.COLUMN_MISSING) in await faults(pool, done)


async def test_accounts_that_contradict(pool, demo, tmp_path):
    await laid(pool, demo)
    lines = lines_of(demo / "accounts.csv")
    row = lines[1].split(";")
    other_address = ";".join([*row[:3], "elsewhere", *row[4:]])
    stolen = ";".join([*lines[-1].split(";")[:1], *row[1:]])
    kind_changed = lines[-1].replace("unified", "contract")
    done = await imported(pool, ACCOUNTS_KIND, written(tmp_path, [lines[0], lines[2], other_address]))
    assert await faults(pool, done) == [(3, "", Code.CONTRADICTS)]
    done = await imported(pool, ACCOUNTS_KIND, written(tmp_path, [lines[0], stolen]))
    assert await faults(pool, done) == [(2, "supplier_account", Code.OTHER_ACCOUNT)]
    done = await imported(pool, ACCOUNTS_KIND, written(tmp_path, [lines[0], kind_changed]))
    assert await faults(pool, done) == [(2, "kind", Code.KIND_CHANGED)]
    done = await imported(pool, ACCOUNTS_KIND, written(tmp_path, [lines[0], lines[1], lines[1]]))
    assert {code for _, _, code in await faults(pool, done)} == {Code.DUPLICATE}


async def test_what_is_told_of_an_account_is_updated(pool, demo, tmp_path):
    await laid(pool, demo, SUPPLIERS, ACCOUNTS_KIND, CONTACTS)
    lines = [line.replace(", ул. ", ", улица ") for line in lines_of(demo / "accounts.csv")]
    done = await imported(pool, ACCOUNTS_KIND, written(tmp_path, lines))
    assert (done.tally.added, done.tally.corrected) == (0, ACCOUNTS)
    assert await count(pool, "accounts WHERE address LIKE '%, улица %'") == ACCOUNTS
    header = "unified_account;phone;email"
    done = await imported(pool, CONTACTS, written(tmp_path, [header, "7200000001;;new@example.test"]))
    assert done.tally == Tally(corrected=1)
    row = await pool.fetchrow("SELECT phone, email FROM accounts WHERE number = '7200000001'")
    assert tuple(row) == ("+79220000001", "new@example.test")
    done = await imported(pool, CONTACTS, written(tmp_path, [header, "7299999999;;new@example.test"]))
    assert await faults(pool, done) == [(2, "unified_account", Code.UNKNOWN_ACCOUNT)]


async def test_a_closed_account_is_not_charged_more(pool, demo, tmp_path):
    await laid(pool, demo, SUPPLIERS, ACCOUNTS_KIND, CHARGES)
    await pool.execute("UPDATE account_numbers SET closed = true WHERE number = '7200000001'")
    same = await imported(pool, CHARGES, demo / "charges.csv")
    assert (await faults(pool, same), same.tally.added, same.tally.corrected) == ([], 0, 0)
    lines = lines_of(demo / "charges.csv")
    header = lines[0].split(";")
    place = next(number for number, line in enumerate(lines) if ";7200000001;" in f";{line}")
    row = lines[place].split(";")
    row[header.index("amount")] = "999999.00"
    lines[place] = ";".join(row)
    done = await imported(pool, CHARGES, written(tmp_path, lines))
    assert await faults(pool, done) == [(place + 1, "unified_account", Code.ACCOUNT_CLOSED)]


@pytest.mark.parametrize("kind", [CHARGES, OPENINGS])
async def test_what_is_said_of_an_account_closed_since_the_check_is_held_back(pool, demo, monkeypatch, kind):
    await laid(pool, demo, SUPPLIERS, ACCOUNTS_KIND)
    account_id = await pool.fetchval("SELECT account_id FROM account_numbers WHERE number = '7200000001'")
    judged = ImportService._judged

    async def judged_then_closed(self, *given):
        found = await judged(self, *given)
        async with pool.acquire() as connection:
            await PostgresDelegations(connection).close(account_id, now())
        return found

    monkeypatch.setattr(ImportService, "_judged", judged_then_closed)
    done = await imported(pool, kind, demo / f"{kind}.csv")
    rows = [line for line in lines_of(demo / f"{kind}.csv") if ";7200000001;" in f";{line};"]
    assert (done.state, done.done, done.faults) == (ImportState.POSTED, done.rows, len(rows))
    assert set(await faults(pool, done)) == {(0, "supplier_account", Code.CLOSED_MEANWHILE)}
    value = await pool.fetchval("SELECT value FROM import_errors WHERE import_id = $1", done.id)
    assert re.fullmatch(r"\S+ [a-z-]+ 20\d\d-\d\d", value)
    assert await pool.fetchval("SELECT count(*) FROM charges WHERE account_id = $1", account_id) == 0
    assert await pool.fetchval("SELECT count(*) FROM transfers WHERE account_id = $1", account_id) == 0
    assert await count(pool, "charges") > 0


async def test_an_opening_overpayment_is_posted_once(pool, demo, tmp_path):
    await laid(pool, demo, SUPPLIERS, ACCOUNTS_KIND, OPENINGS)
    lines = lines_of(demo / "opening-balances.csv")
    place = next(number for number, line in enumerate(lines) if ";7200000002;" in f";{line}")
    row = lines[place].split(";")
    row[-1] = "1.00"
    done = await imported(pool, OPENINGS, written(tmp_path, [lines[0], ";".join(row)]))
    assert await faults(pool, done) == [(2, "overpayment", Code.OPENED_OTHERWISE)]
    debt = next(line for line in lines if line.startswith("7200000001;")).split(";")
    debt[-3] = "1.00"
    done = await imported(pool, OPENINGS, written(tmp_path, [lines[0], ";".join(debt)]))
    assert done.tally == Tally(corrected=1)
    assert await money_is_whole(pool, []) == 0


async def test_nothing_of_a_check_stays_behind(pool, demo):
    async with open_table(demo / "charges.csv"), staging(pool, CHARGES):
        pass
    left = await pool.fetch(
        "SELECT relname FROM pg_class WHERE relname IN ('bill', 'bill_lines', 'import_rows')"
    )
    assert left == []


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

    ended = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stderr
    assert f"{rows} rows" in ended.stdout
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
