"""Encodings, sums as people write them, workbooks, what is no table."""

import re
from decimal import Decimal

import openpyxl
import pytest

from adapters.postgres.imports.log import PostgresImportLog
from adapters.postgres.imports.staging import staging
from adapters.tables import open_table
from domain.accounts.import_cells import Cells, Code
from domain.accounts.import_rows import read
from domain.accounts.imports import ImportState, Tally
from tests.imported_files import (
    ACCOUNTS,
    ACCOUNTS_KIND,
    CHARGES,
    DAY,
    SUPPLIERS,
    count,
    faults,
    imported,
    laid,
    lines_of,
    written,
)


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
        row = [float(cell) if cell and place in numbers else cell for place, cell in enumerate(line)]
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
