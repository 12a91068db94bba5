"""Issuing is killed in the middle, all its processes at once: the same again ends with every bill once and
every file whole."""

import asyncio
import contextlib
import os
import signal
import sys

import pytest

from adapters.pdf.typesetting import TypstDocuments
from adapters.postgres.store import Transactions
from adapters.qr import symbols
from domain.bills.bills import thawed
from infra.clock import new_id, now
from infra.refunds import words
from services.bills.documents import BillDocuments
from tests.households import charge, lay_household
from tests.programs import ROOT

HOMES = 24
PROGRAM = """
import asyncio, sys
from pathlib import Path
from infra import bill_crew
if __name__ == "__main__":
    bill_crew.PAGE = 2
    done = asyncio.run(bill_crew.issued(sys.argv[1], "Asia/Yekaterinburg", "2026-10", Path(sys.argv[2]), 2,
                                        lambda done, count: print(done.accounts, count, flush=True)))
    print(done.issued, done.written)
"""


async def started(tmp_path, database):
    program = tmp_path / "issue.py"
    program.write_text(PROGRAM)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, str(program), database, str(tmp_path / "out")),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


@pytest.mark.timeout(120)
async def test_killed_in_the_middle_it_goes_on(pool, database, tmp_path):
    for number in range(HOMES):
        home = await lay_household(pool, number=f"66000000{number:02d}", services=("electricity", "heat"))
        await charge(pool, home, {"electricity": 12345, "heat": 1 + number})
    process = await started(tmp_path, database)
    while (await process.stdout.readline()).split()[0] != b"6":
        pass
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").glob("2026-10/*/*.pdf")}
    assert 0 < len(before) < HOMES
    (tmp_path / "out" / "2026-10" / "00").mkdir(exist_ok=True)
    (tmp_path / "out" / "2026-10" / "00" / f".x.{process.pid}.part").write_bytes(b"%PDF-half")

    process = await started(tmp_path, database)
    said, _ = await process.communicate()
    assert process.returncode == 0
    written = int(said.split()[-1])
    files = {file.stem: file for file in (tmp_path / "out").glob("2026-10/*/*.pdf")}
    assert len(files) == HOMES == written + len(before)
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert not list((tmp_path / "out").rglob("*.part"))

    assert await pool.fetchval("SELECT count(*) FROM bills") == HOMES
    papers = BillDocuments(TypstDocuments(), symbols, words)
    for row in await pool.fetch("SELECT body FROM bills ORDER BY account_id LIMIT 8"):
        assert await papers.pdf(row["body"]) == files[thawed(row["body"]).number].read_bytes()
    async with Transactions(pool, now, new_id)() as store:
        assert await store.bill_issuing.count("2026-10") == HOMES
