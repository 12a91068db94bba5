"""Billing's answer: what was used in which bill, what was replaced and why; nothing sent is overwritten."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest_asyncio

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.store import Transactions
from domain.accounts.import_cells import Code
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import ImportState, Tally
from domain.readings.readings import ReadingSource, ReadingState
from infra import audit
from infra.clock import new_id
from services.readings.submitting import ReadingService
from tests.households import NOON, lay_household
from tests.meters import cells_of, imported
from tests.readings import lay_meter, may_send, sent, whole
from tests.sandboxes import Clock

SERIAL = "0100200300"


@pytest_asyncio.fixture
async def home(pool):
    return await lay_household(pool, services=["electricity"])


@pytest_asyncio.fixture
async def meter(pool, home):
    return await lay_meter(pool, home, serial=SERIAL)


@pytest_asyncio.fixture
async def send(pool, home, meter):
    service = ReadingService(Transactions(pool, Clock(), new_id), ZoneInfo("Asia/Yekaterinburg"))

    async def send(value, at=NOON):
        submission = sent(meter, value, taken_on=at.date())
        return (await service.submit(may_send(home, at), submission, ReadingSource.CABINET))[0]

    return send


async def told(pool, home, folder, value, **more):
    row = {"serial": SERIAL, "period": "2026-11", "taken_on": "2026-11-20", "value": str(value)}
    return await imported(
        pool, folder, row | {"bill_number": "Б-1"} | more, kind=ImportKind.READINGS, home=home
    )


async def fates(pool):
    rows = await pool.fetch(
        "SELECT source, value, state, reason, bill_number FROM register_readings ORDER BY source, value"
    )
    return [
        (row["source"], int(row["value"]), row["state"], row["reason"], row["bill_number"]) for row in rows
    ]


async def test_what_billing_counted_from_is_used_in_its_bill(pool, home, send, tmp_path):
    await send(4100)
    done, faults = await told(pool, home, tmp_path, 4100)
    assert (done.state, done.tally) == (ImportState.POSTED, Tally(corrected=1)), faults
    assert await fates(pool) == [("cabinet", 4100, "used", "billed", "Б-1")]
    done, _ = await told(pool, home, tmp_path, 4100)
    assert done.tally == Tally(unchanged=1)
    done, _ = await told(pool, home, tmp_path, 4100, bill_number="Б-2")
    assert done.tally == Tally(corrected=1)
    assert await fates(pool) == [("cabinet", 4100, "used", "billed", "Б-2")]
    await whole(pool)
    assert await audited(pool) == []


async def test_the_audit_finds_what_is_not_whole(pool, owner, home, send, tmp_path):
    await send(4100)
    await send(4200)
    await send(4200)
    await told(pool, home, tmp_path, 4200)
    assert await audited(pool) == []
    await owner.execute("UPDATE register_readings SET state = 'refused' WHERE value = 4100")
    assert await audited(pool) == ["reading-last-step"]
    await owner.execute("UPDATE register_readings SET state = 'replaced', steps_count = 9 WHERE value = 4100")
    assert await audited(pool) == ["reading-steps"]
    await owner.execute("DELETE FROM register_readings WHERE value = 4100")
    assert await audited(pool) == ["reading-empty", "readings-by-state"]


async def audited(pool):
    """Codes of what the audit finds."""
    async with pool.acquire() as connection:
        return [
            finding.code
            async for outcome in audit.audited(PostgresAudit(connection), "", None)
            for finding in outcome.findings
        ]


async def test_what_billing_counted_instead_stands_beside_what_was_sent(pool, home, send, tmp_path):
    mine = await send(4100)
    done, _ = await told(pool, home, tmp_path, 4150, nature="control", taken_on="2026-11-24")
    assert done.tally == Tally(added=1)
    assert await fates(pool) == [
        ("billing", 4150, "used", None, "Б-1"),
        ("cabinet", 4100, "replaced", "control", None),
    ]
    by = await pool.fetchrow("SELECT * FROM register_readings WHERE reading_id = $1", mine.id)
    own = await pool.fetchrow("SELECT * FROM register_readings WHERE source = 'billing'")
    assert by["replaced_by"] == own["reading_id"]
    assert (own["previous"], own["consumption"]) == (4000, 150)
    done, _ = await told(pool, home, tmp_path, 4150, nature="control", taken_on="2026-11-24")
    assert done.tally == Tally(unchanged=1)
    await whole(pool)


async def test_after_an_estimate_the_next_figure_seen_may_be_lower(pool, home, send, tmp_path):
    await told(pool, home, tmp_path, 4300, nature="расчётные", taken_on="2026-11-30")
    reading = await send(4200, NOON + timedelta(days=25))
    assert reading.state is ReadingState.ACCEPTED_WITH_WARNING
    assert [finding.code for finding in reading.values[0].findings] == ["reading-below-estimate"]
    assert (reading.values[0].previous, reading.values[0].consumption) == (4000, 200)


async def test_billing_may_correct_itself_and_come_back(pool, home, meter, tmp_path):
    for value in (4100, 4200, 4100, 4200):
        done, _ = await told(pool, home, tmp_path, value)
        assert done.tally == Tally(added=1)
    states = [(value, state) for _, value, state, _, _ in await fates(pool)]
    assert sorted(states) == [(4100, "replaced")] * 2 + [(4200, "replaced"), (4200, "used")]
    await whole(pool)


async def test_an_answer_about_no_meter_or_register_of_ours_is_refused_whole(pool, home, send, tmp_path):
    await send(4100)
    for more, field, code in (
        ({"serial": "77"}, "serial", Code.NO_METER),
        ({"taken_on": "2026-10-01"}, "serial", Code.NO_METER),
        ({"zone": "night"}, "zone", Code.NO_REGISTER),
        ({"zone": "??"}, "zone", Code.UNKNOWN_ZONE),
        ({"value": ""}, "value", Code.MISSING),
        ({"nature": "wild"}, "nature", Code.NOT_ONE_OF),
        ({"unified_account": "1"}, "unified_account", Code.UNKNOWN_ACCOUNT),
    ):
        done, faults = await told(pool, home, tmp_path, more.pop("value", 4100), **more)
        assert (done.state, [fault[1:] for fault in faults]) == (ImportState.REFUSED, [(field, code)])
    assert await fates(pool) == [("cabinet", 4100, "accepted", None, None)]


async def test_billing_says_whose_days_hold_and_silence_changes_nothing(pool, home, tmp_path):
    row = {"address": "г. Примерск", "holder_name": "Иванов И. И."}
    row = {name: cell for name, cell in cells_of(home, **row).items() if name != "service"}
    for group, expected in (("dachas", "dachas"), ("", "dachas"), ("gardens", "gardens")):
        done, faults = await imported(
            pool, tmp_path, row | {"reading_group": group}, kind=ImportKind.ACCOUNTS
        )
        assert done.state is ImportState.POSTED, faults
        assert await pool.fetchval("SELECT reading_group FROM accounts") == expected
