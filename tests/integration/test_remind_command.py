"""`kabinet remind` and `kabinet notices` as a person calls them."""

from datetime import UTC, datetime
from functools import partial

import pytest

from infra.clock import new_id
from tests import commands
from tests.households import lay_household
from tests.readings import lay_meter

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def kabinet(dsn, tmp_path):
    return partial(commands.kabinet, DATABASE_URL=dsn, KABINET_DATA=str(tmp_path))


async def lay(pool, number, *, agrees):
    user_id = new_id()
    await pool.execute(
        "INSERT INTO users VALUES ($1, $2, $3, 'И', NULL, 'ru', $4)",
        user_id,
        f"+7{number}",
        f"{number}@example.test",
        LONG_AGO,
    )
    if agrees:
        await pool.execute(
            "INSERT INTO user_consents (user_id, consent_id, document_id, sha256, given_at, channel, ip,"
            " device) SELECT $1, $2, document_id, sha256, $3, 'cabinet', '', '' FROM documents"
            " WHERE purpose = 'e-mail-notices'",
            user_id,
            new_id(),
            LONG_AGO,
        )
    home = await lay_household(pool, number=number, services=["electricity"], user_id=user_id)
    await lay_meter(pool, home, serial=number, installed_on=LONG_AGO.date())


async def test_the_command_says_who_is_reminded_and_then_queues_them_once(pool, kabinet, tmp_path):
    await pool.execute(
        'UPDATE terms SET value = \'{"groups": {"unified": {"opens_day": 1, "closes_day": 31}}}\''
        " WHERE name = 'readings.windows'"
    )
    await pool.execute(
        'UPDATE terms SET value = \'{"days_before_end": [31], "days_between": 1}\''
        " WHERE name = 'notices.reading-reminders'"
    )
    await lay(pool, "6600000001", agrees=True)
    await lay(pool, "6600000002", agrees=False)

    status, text = await kabinet("remind", "--dry-run", "--csv", str(tmp_path / "who.csv"))
    assert status == 0, text
    assert "66…@example.test" in text
    assert "1  gets a letter" in text
    assert "1  person: did not agree to notices by e-mail" in text
    assert "6600000001;6600000001@example.test;remind" in (tmp_path / "who.csv").read_text()
    assert await pool.fetchval("SELECT count(*) FROM notices") == 0

    for _ in range(2):
        status, text = await kabinet("remind")
        assert status == 0, text
        assert "2 accounts looked at" in text
    assert await pool.fetchval("SELECT count(*) FROM notices") == 1
    assert await pool.fetchval("SELECT count(*) FROM local_jobs WHERE kind = 'notices.send'") == 1


async def test_a_day_outside_of_every_window_is_told(pool, kabinet):
    await lay(pool, "6600000001", agrees=True)
    status, text = await kabinet("remind", "--dry-run", "--day", "2026-11-10")
    assert status == 0, text
    assert "1  account: readings are not taken on that day" in text
    status, text = await kabinet("remind", "--day", "2026-11-10")
    assert status == 2
    assert "--dry-run" in text


async def test_letters_are_looked_at_by_command(kabinet):
    status, text = await kabinet("notices", "preview", "reading-reminder", "--language", "en")
    assert status == 0, text
    assert text.startswith("Subject: Send your readings by 25 November")
    status, text = await kabinet("notices", "preview", "advert")
    assert (status, "reading-reminder" in text) == (2, True)
