"""Billing's files on a real PostgreSQL: taken whole or refused whole, again and again, killed and raced."""

import re
from datetime import date

import pytest

from adapters.postgres.imports.staging import staging
from adapters.postgres.people.delegation import PostgresDelegations
from adapters.tables import open_table
from domain.accounts.import_cells import Code
from domain.accounts.import_checks import Totals
from domain.accounts.imports import ImportState, Tally
from domain.kernel.money import Money
from infra.clock import now
from infra.demo import files
from services.imports import ImportService
from tests.imported_files import (
    ACCOUNTS,
    ACCOUNTS_KIND,
    CHARGES,
    CONTACTS,
    OPENINGS,
    SUPPLIERS,
    count,
    faults,
    imported,
    laid,
    lines_of,
    snapshot,
    written,
)
from tests.invariants import money_is_whole


async def test_every_kind_is_imported(pool, demo):
    done = await laid(pool, demo, *files.KINDS)

    assert done.rows == len(lines_of(demo / "charges.csv")) - 1
    assert done.tally.added == done.rows == await count(pool, "charges WHERE bill_number <> 'opening'")
    assert await count(pool, "accounts") == ACCOUNTS == await count(pool, "account_heads")
    assert await count(pool, "supplier_accounts") == len(lines_of(demo / "accounts.csv")) - 1
    assert await count(pool, "suppliers") == 5
    assert await count(pool, "tariffs") == 7
    assert await count(pool, "consumption_norms WHERE volume = 0.02") == 1
    assert await count(pool, "charges WHERE norm = 'brick-5' AND norm_count > 0") > 0
    assert await count(pool, "charges WHERE benefit_kopecks > 0 AND recalculation_kopecks < 0") > 0
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
