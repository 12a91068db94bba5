"""`kabinet import calendar` and `kabinet calendar`."""

import asyncio
from datetime import date

from click.testing import CliRunner

from infra.cli.calendar import command as calendar
from infra.cli.imports import command as imports
from infra.errors import OperatorError
from tests import kabinets
from tests.cases import QUESTION, Desk

LINES = [
    *(f"2026-01-{day:02d},нет,Каникулы" for day in (1, 2, 5, 6, 7, 8, 9)),
    "2026-02-23,нет,День защитника Отечества",
    "2026-11-24,нет,Указ",
]


def run(command, *words):
    return CliRunner().invoke(command, [str(word) for word in words])


async def test_a_year_is_loaded_and_open_cases_are_due_later(pool, database, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("KABINET_DATA", str(tmp_path))
    file = tmp_path / "2026.csv"
    file.write_text("\n".join(["day,is_worked,name", *LINES, ""]), encoding="utf-8")
    async with kabinets.opened(pool, tmp_path) as kabinet:
        desk = Desk(kabinet, await kabinet.household(), {})
        desk.owner = {"Authorization": kabinet.http.headers.pop("Authorization")}
        due_on = date.fromisoformat((await desk.file(QUESTION)).json()["due_on"])
        assert due_on == date(2026, 11, 25)
        before = await pool.fetch("SELECT * FROM calendar_days")
        try:
            loaded = await asyncio.to_thread(run, imports, "calendar", file)
            assert loaded.exit_code == 0, loaded.output
            assert "2026: 9 days loaded" in loaded.output
            assert "1 open cases are due on another day now" in loaded.output
            assert await pool.fetchval("SELECT due_on FROM cases") == date(2026, 11, 26)
            shown = await asyncio.to_thread(run, calendar, "show", "2026")
            assert "2026-11-24 Tue  off  Указ" in shown.output
            again = await asyncio.to_thread(run, imports, "calendar", file)
            assert "0 open cases" in again.output
        finally:
            await pool.execute("DELETE FROM calendar_days")
            await pool.copy_records_to_table(
                "calendar_days", schema_name="kabinet", records=[tuple(row) for row in before]
            )


async def test_a_file_with_faults_changes_nothing(pool, database, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("KABINET_DATA", str(tmp_path))
    file = tmp_path / "2026.csv"
    before = await pool.fetchval("SELECT count(*) FROM calendar_days")
    for content, said in (
        ("day,name\n2026-01-01,x\n", "lacks the columns is_worked"),
        ("day,is_worked,name\n2026-01-32,нет,x\n", "row 2: day: “2026-01-32” is no date"),
        ("day,is_worked,name\n2026-01-01,нет,x\n", "2026: 1 weekdays off"),
    ):
        file.write_text(content, encoding="utf-8")
        refused = await asyncio.to_thread(run, imports, "calendar", file)
        assert isinstance(refused.exception, OperatorError)
        assert said in str(refused.exception)
    assert await pool.fetchval("SELECT count(*) FROM calendar_days") == before
