"""Reminders of readings: who gets one, when, and what stops the next."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from domain.kernel.jobs import NotYet
from domain.kernel.letters import LetterRefused
from domain.notices.bounces import MarkBounced
from domain.notices.notices import SendNotice
from domain.notices.reminders import Verdict
from tests import kabinets
from tests.actors import customer_token
from tests.households import lay_household
from tests.notices import caught, owing, send_reading

REMINDER_DAY = datetime(2026, 11, 21, 5, tzinfo=UTC)  # 10 in the morning in Yekaterinburg
NIGHT = datetime(2026, 11, 20, 19, 30, tzinfo=UTC)  # half past midnight there, of the 21st


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        kabinet.clock.at = REMINDER_DAY
        yield kabinet


@pytest.fixture
def letters(kabinet):
    return caught(kabinet)


async def remind(kabinet, **more):
    """A pass, and all letters that are due by the evening."""
    going = await kabinet.container.notices.reminder_service.remind(again=True, **more)
    kabinet.clock.later(hours=1)
    await kabinet.work()
    return going


async def verdicts(kabinet, day=None):
    service = kabinet.container.notices.reminder_service
    day = day or kabinet.clock().date()
    return {line.account.number: line.verdict async for _, lines in service.look(day) for line in lines}


async def test_who_is_reminded_and_why_the_others_are_not(kabinet, letters):
    pool = kabinet.container.pool
    await owing(kabinet, "6600000001")
    await send_reading(kabinet, await owing(kabinet, "6600000002"))
    await owing(kabinet, "6600000003", is_automatic=True)
    await owing(kabinet, "6600000004", agrees=False)
    await owing(kabinet, "6600000005", address="")
    closed = await owing(kabinet, "6600000006")
    await pool.execute(
        "UPDATE accounts SET closed_at = $2 WHERE account_id = $1", closed.account_id, kabinet.clock()
    )
    payer = await owing(kabinet, "6600000007")
    await pool.execute(
        "UPDATE account_members SET scopes = '{see,pay}' WHERE account_id = $1", payer.account_id
    )
    await lay_household(pool, number="6600000008", services=["electricity"])
    other_days = await owing(kabinet, "6600000009")
    await pool.execute("UPDATE accounts SET kind = 'contract' WHERE account_id = $1", other_days.account_id)
    told = {
        "6600000001": Verdict.REMIND,
        "6600000002": Verdict.READ,
        "6600000003": Verdict.AUTOMATIC,
        "6600000004": Verdict.NO_CONSENT,
        "6600000005": Verdict.NO_ADDRESS,
        "6600000006": Verdict.CLOSED,
        "6600000007": Verdict.NOBODY,
        "6600000008": Verdict.NO_METERS,
        "6600000009": Verdict.OUTSIDE_WINDOW,
    }
    assert await verdicts(kabinet) == told
    going = await remind(kabinet)

    assert going.counts == dict.fromkeys(told.values(), 1)
    [letter] = letters.sent
    assert letter.to == "6600000001@example.test"
    assert "6600000001" in letter.subject
    assert "25 ноября" in letter.text
    assert "6600000001" in letter.html
    assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_the_dry_run_keeps_nothing(kabinet, letters):
    await owing(kabinet, "6600000001")
    assert await verdicts(kabinet) == {"6600000001": Verdict.REMIND}
    await kabinet.work()
    assert letters.sent == []
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM notices") == 0


async def test_two_letters_a_period_on_their_days_and_no_more(kabinet, letters):
    await owing(kabinet, "6600000001")
    counts = {}
    for day in range(18, 29):
        kabinet.clock.at = REMINDER_DAY.replace(day=day)
        await remind(kabinet)
        counts[day] = len(letters.sent)
    assert counts == {18: 0, 19: 0, 20: 0, 21: 1, 22: 1, 23: 1, 24: 2, 25: 2, 26: 2, 27: 2, 28: 2}
    kabinet.clock.at = REMINDER_DAY.replace(month=12)
    await remind(kabinet)
    assert len(letters.sent) == 3


async def test_a_day_without_a_worker_is_made_up_for_but_not_at_once(kabinet, letters):
    await owing(kabinet, "6600000001")
    counts = []
    for day in (24, 25):
        kabinet.clock.at = REMINDER_DAY.replace(day=day)
        await remind(kabinet)
        counts.append(len(letters.sent))
    assert counts == [1, 1]  # two days at least lie between two letters


async def test_a_reading_cancels_the_letter_that_waits_and_the_next(kabinet, letters):
    kabinet.clock.at = NIGHT
    home = await owing(kabinet, "6600000001")
    await kabinet.container.notices.reminder_service.remind()
    kabinet.clock.at = REMINDER_DAY - timedelta(hours=2)
    await kabinet.work()
    assert letters.sent == []  # everybody sleeps
    await send_reading(kabinet, home)
    kabinet.clock.at = REMINDER_DAY
    await kabinet.work()
    assert letters.sent == []
    kabinet.clock.at = REMINDER_DAY.replace(day=24)
    await remind(kabinet)
    assert letters.sent == []
    [row] = await kabinet.container.pool.fetch("SELECT state, steps FROM notices")
    assert (row["state"], row["steps"][0]["note"]) == ("cancelled", "reading-accepted")


async def test_a_part_of_the_zones_is_no_reading_and_the_letter_names_the_rest(kabinet, letters):
    home = await owing(kabinet, "6600000001", zones=("day", "night"))
    await send_reading(kabinet, home, {"day": 4100})
    await remind(kabinet)
    [letter] = letters.sent
    assert "не хватает: Ночь (T2)" in letter.text
    await send_reading(kabinet, home, {"night": 4050})
    assert await verdicts(kabinet) == {"6600000001": Verdict.READ}


async def test_what_was_refused_is_no_reading(kabinet, letters):
    home = await owing(kabinet, "6600000001")
    await send_reading(kabinet, home, 1)
    assert await verdicts(kabinet) == {"6600000001": Verdict.REMIND}


async def test_consent_taken_back_overnight_stops_what_waits(kabinet, letters):
    kabinet.clock.at = NIGHT
    await owing(kabinet, "6600000001")
    await kabinet.container.notices.reminder_service.remind()
    await kabinet.container.pool.execute("UPDATE user_consents SET withdrawn_at = $1", kabinet.clock())
    kabinet.clock.at = REMINDER_DAY
    await kabinet.work()
    assert letters.sent == []


async def test_each_reader_is_left_to_sleep_by_their_own_clock(kabinet, letters):
    """One in the region's zone, one in Moscow two hours behind, one who wants letters at any hour."""
    kabinet.clock.at = NIGHT
    for number, zone, quiet in (
        ("6600000001", None, None),
        ("6600000002", "Europe/Moscow", {"start": "21:00:00", "until": "09:00:00"}),
        ("6600000003", "Europe/Moscow", None),
    ):
        home = await owing(kabinet, number)
        if zone:
            await kabinet.container.pool.execute(
                "INSERT INTO notice_preferences VALUES ($1, $2, true, $3, '[]')", home.user_id, zone, quiet
            )
    await kabinet.container.notices.reminder_service.remind()
    heard = {}
    for hour in range(14):
        await kabinet.work()
        heard |= {one.to[:10]: kabinet.clock() for one in letters.sent if one.to[:10] not in heard}
        kabinet.clock.at = NIGHT.replace(minute=0) + timedelta(hours=hour + 1)
    assert {number: at.hour for number, at in heard.items()} == {
        "6600000003": 19,
        "6600000001": 4,
        "6600000002": 6,
    }


async def test_the_link_stops_with_one_click_and_only_by_post(kabinet, letters):
    home = await owing(kabinet, "6600000001")
    await remind(kabinet)
    link = letters.sent[0].headers["List-Unsubscribe"].strip("<>")
    assert link in letters.sent[0].text
    path = link.removeprefix(kabinet.container.settings.public_url)

    page = await kabinet.http.get(path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert '<form method="post">' in page.text
    kabinet.clock.at = REMINDER_DAY.replace(day=24)
    assert await verdicts(kabinet) == {"6600000001": Verdict.REMIND}

    for _ in range(2):
        stopped = await kabinet.http.post(path, data={"List-Unsubscribe": "One-Click"})
        assert stopped.status_code == 200, stopped.text
        assert "Больше не пришлём" in stopped.text
    assert await verdicts(kabinet) == {"6600000001": Verdict.SWITCHED_OFF}
    await remind(kabinet)
    assert len(letters.sent) == 1

    token = await customer_token(kabinet.container, home.user_id)
    mine = await kabinet.http.get(
        "/api/v1/me/notice-preferences", headers={"Authorization": f"Bearer {token}"}
    )
    [switch] = [one for one in mine.json()["kinds"] if one["kind"] == "reading-reminder"]
    assert (switch["is_on"], switch["is_sent"], switch["chosen_by"]) == (False, False, "one-click")


async def test_a_link_that_is_not_ours_stops_nothing(kabinet, letters):
    await owing(kabinet, "6600000001")
    await remind(kabinet)
    link = letters.sent[0].headers["List-Unsubscribe"].strip("<>")
    path = link.removeprefix(kabinet.container.settings.public_url)
    for wrong in (
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        path.replace("reading-reminder", "payment-done"),
        "/api/v1/notice-stops/x",
        "/api/v1/notice-stops/" + "a" * 199,
    ):
        for method in ("GET", "POST"):
            assert (await kabinet.http.request(method, wrong)).status_code == 404, wrong
    kabinet.clock.at = REMINDER_DAY.replace(day=24)
    assert await verdicts(kabinet) == {"6600000001": Verdict.REMIND}


async def bounce(kabinet, letter, status="5.1.1", action="failed"):
    await kabinet.container.pool.execute(
        "INSERT INTO mail_bounces (bounce_id, recipient, message_id, action, status, diagnostic, received_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $4, '', $5)",
        letter.to,
        letter.headers["Message-ID"],
        action,
        status,
        kabinet.clock(),
    )


async def test_a_letter_that_came_back_is_told_and_is_the_last(kabinet, letters):
    home = await owing(kabinet, "6600000001")
    await remind(kabinet)
    await bounce(kabinet, letters.sent[0])
    await kabinet.container.notices.bounce_marking.mark(MarkBounced())
    await kabinet.container.notices.bounce_marking.mark(MarkBounced())
    token = await customer_token(kabinet.container, home.user_id)
    log = await kabinet.http.get("/api/v1/notices", headers={"Authorization": f"Bearer {token}"})
    [notice] = log.json()["items"]
    assert [step["state"] for step in notice["steps"]] == ["sent", "bounced"]
    assert notice["steps"][-1]["note"] == "5.1.1"
    kabinet.clock.at = REMINDER_DAY.replace(day=24)
    assert await verdicts(kabinet) == {"6600000001": Verdict.BOUNCING}
    await kabinet.container.pool.execute("UPDATE users SET email = 'new@example.test'")
    assert await verdicts(kabinet) == {"6600000001": Verdict.REMIND}


async def test_a_full_mailbox_or_a_slow_server_is_no_reason_to_stop(kabinet, letters):
    await owing(kabinet, "6600000001")
    await remind(kabinet)
    await bounce(kabinet, letters.sent[0], status="5.2.2")
    await bounce(kabinet, letters.sent[0], status="4.4.1", action="delayed")
    kabinet.clock.at = REMINDER_DAY.replace(day=24)
    assert await verdicts(kabinet) == {"6600000001": Verdict.REMIND}


async def test_a_pass_broken_off_goes_on_and_two_at_once_share_it(kabinet, letters):
    for number in range(6600000001, 6600000008):
        await owing(kabinet, str(number))
    service = replace(kabinet.container.notices.reminder_service, page_accounts=2)

    class Stop(Exception):
        pass

    def stop_after_the_first_page(going):
        if going.accounts == 2:
            raise Stop

    with pytest.raises(Stop):
        await service.remind(stop_after_the_first_page)
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM notices") == 2
    done = await asyncio.gather(service.remind(), service.remind())
    assert {one.accounts for one in done} == {7}
    assert {one.queued for one in done} == {7}
    assert (await service.remind()).accounts == 7  # finished: nothing is begun anew by itself
    await service.remind(again=True)
    kabinet.clock.later(hours=1)
    await kabinet.work()
    assert sorted(one.to[:10] for one in letters.sent) == [str(6600000001 + n) for n in range(7)]


async def test_letters_leave_at_their_pace_also_after_a_standstill(kabinet):
    queue = replace(kabinet.container.notices.notice_sending.queue, per_second=2)
    letters = caught(kabinet, queue=queue)
    for number in range(6600000001, 6600000009):
        await owing(kabinet, str(number))
    service = replace(kabinet.container.notices.reminder_service, queue=queue)
    await service.remind()
    rows = await kabinet.container.pool.fetch(
        "SELECT run_at FROM local_jobs WHERE kind = 'notices.send' ORDER BY run_at"
    )
    assert [(row["run_at"] - REMINDER_DAY).total_seconds() for row in rows] == [n / 2 for n in range(8)]

    kabinet.clock.later(hours=2)  # no worker all that time: all are due at once
    left = []
    for _ in range(5):
        await kabinet.work()
        left.append(len(letters.sent))
        kabinet.clock.later(seconds=0.5)
    assert left == [4, 5, 6, 7, 8]  # two seconds' worth together, then at their pace


async def test_an_address_that_is_refused_at_the_door_is_not_tried_again(kabinet, letters):
    await owing(kabinet, "6600000001")
    letters.trouble = LetterRefused("550 5.1.1")
    await remind(kabinet)
    row = await kabinet.container.pool.fetchrow("SELECT state, steps FROM notices")
    assert (row["state"], row["steps"][0]["note"]) == ("refused", "550 5.1.1")
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM local_jobs WHERE kind LIKE 'n%'") == 0
    kabinet.clock.at = REMINDER_DAY.replace(day=24)
    assert await verdicts(kabinet) == {"6600000001": Verdict.BOUNCING}


async def test_a_mail_server_that_is_away_leaves_the_letter_waiting(kabinet, letters):
    await owing(kabinet, "6600000001")
    letters.trouble = ConnectionError("no route to host")
    await remind(kabinet)
    row = await kabinet.container.pool.fetchrow(
        "SELECT attempts, state, last_error FROM local_jobs WHERE kind = 'notices.send'"
    )
    assert (row["attempts"], row["state"]) == (1, "waiting")
    letters.trouble = None
    kabinet.clock.later(minutes=1)
    await kabinet.work()
    assert len(letters.sent) == 1


async def test_who_was_erased_is_written_to_no_more(kabinet, letters):
    kabinet.clock.at = NIGHT
    home = await owing(kabinet, "6600000001")
    await kabinet.container.notices.reminder_service.remind()
    row = await kabinet.container.pool.fetchrow("SELECT user_id, notice_id FROM notices")
    token = await customer_token(kabinet.container, home.user_id)
    erased = await kabinet.http.request(
        "DELETE", "/api/v1/me", json={}, headers={"Authorization": f"Bearer {token}"}
    )
    assert erased.status_code == 200, erased.text
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM notices") == 0
    kabinet.clock.at = REMINDER_DAY
    await kabinet.container.notices.notice_sending.send(SendNotice(**dict(row)))
    assert letters.sent == []


async def test_two_people_of_one_account_each_get_their_own(kabinet, letters):
    home = await owing(kabinet, "6600000001")
    other = await owing(kabinet, "6600000002")
    await kabinet.container.pool.execute(
        "INSERT INTO account_members (account_id, user_id, scopes, role, added_at)"
        " VALUES ($1, $2, '{see,readings}', 'family', $3)",
        home.account_id,
        other.user_id,
        kabinet.clock(),
    )
    await remind(kabinet)
    assert sorted((one.to[:10], one.subject[-10:]) for one in letters.sent) == [
        ("6600000001", "6600000001"),
        ("6600000002", "6600000001"),
        ("6600000002", "6600000002"),
    ]


async def test_at_night_a_job_says_when_to_come_again(kabinet, letters):
    await owing(kabinet, "6600000001")
    await kabinet.container.notices.reminder_service.remind()
    row = await kabinet.container.pool.fetchrow("SELECT user_id, notice_id FROM notices")
    kabinet.clock.at = REMINDER_DAY.replace(hour=18)  # 23 there
    with pytest.raises(NotYet) as later:
        await kabinet.container.notices.notice_sending.send(SendNotice(**dict(row)))
    assert later.value.until == datetime(2026, 11, 22, 4, tzinfo=UTC)
