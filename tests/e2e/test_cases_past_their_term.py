"""Files, visits, calls to webhooks and letters go when their time is over, and no sooner."""

from datetime import timedelta

import pytest_asyncio

from adapters.postgres.vitals import PostgresVitals
from domain.cases.attachments import SweepAttachments
from domain.cases.overview import EscalateCases
from domain.people.retention import DeleteOutdated
from infra.clock import new_id
from tests import kabinets, receivers
from tests.attachments import Laying, pdf
from tests.cases import QUESTION, Desk
from tests.kept_letters import lay_letter

YEAR = 366


@pytest_asyncio.fixture
async def desk(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        home = await kabinet.household(email="ivanov@example.test")
        yield Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})


async def pass_by(desk, days):
    """Time passes, and what is past its term goes."""
    await desk.later(days=days)
    container = desk.kabinet.container
    await container.personal_data.retention_service.delete_outdated(DeleteOutdated())
    await container.attaching.attachment_service.sweep(SweepAttachments())


async def lay_visit(desk, case_id, slot_id, state="done"):
    """A visit of yesterday, by somebody of the customers."""
    at = desk.kabinet.clock() - timedelta(days=1)
    await desk.kabinet.container.pool.execute(
        """
        INSERT INTO visits (account_id, visit_id, case_id, decision_no, purpose, slot_id, starts_at, ends_at,
          state, by_kind, by_id, by_name, booked_at, note, meter_ids, ended_at, why, act)
        VALUES ($1, $2, $3, 1, 'sealing', $4, $5, $5, $6, 'customer', $7, 'Иванов', $5, 'Домофон 7', '{}',
          $5, '', CASE WHEN $6 = 'done' THEN '{}'::jsonb END)
        """,
        *(desk.home.account_id, new_id(), case_id, slot_id, at, state, desk.home.user_id),
    )


async def test_files_and_visits_of_answered_cases_go_after_their_years(desk, pool):
    over = Laying(desk, (await desk.file(QUESTION)).json()["id"])
    open_one = Laying(desk, (await desk.file(QUESTION)).json()["id"])
    await over.lay(pdf(mark=b"over"))
    await open_one.lay(pdf(mark=b"open"))
    slot_id, at = new_id(), desk.kabinet.clock() - timedelta(days=1)
    await pool.execute(
        "INSERT INTO visit_slots (slot_id, area, starts_at, ends_at, capacity, taken_count)"
        " VALUES ($1, 'region', $2, $3, 5, 2)",
        *(slot_id, at, at + timedelta(hours=2)),
    )
    for laying, state in ((over, "done"), (over, "cancelled"), (open_one, "done")):
        await lay_visit(desk, laying.case_id, slot_id, state)
    await desk.decide(over.case_id, "satisfied", "Ответили на вопрос", {"kind": "consultation"})
    export = {"headers": desk.owner}
    copy = (await desk.kabinet.http.get("/api/v1/me/export.json", **export)).json()
    assert {(one["files"][0]["name"], len(one["visits"])) for one in copy["cases"]} == {
        ("Справка.pdf", 1),
        ("Справка.pdf", 2),
    }
    folder = desk.kabinet.container.attaching.long_files.root / str(desk.home.account_id)
    assert len(list(folder.iterdir())) == 2
    await pass_by(desk, 5 * YEAR)
    assert (await desk.count("attachments"), await desk.count("visits")) == (2, 3)
    await pass_by(desk, YEAR)
    assert (await desk.count("attachments"), await desk.count("visits")) == (1, 1)
    assert len(list(folder.iterdir())) == 1
    # What stays of the visits is what the audit counts them by.
    assert await pool.fetchval("SELECT taken_count FROM visit_slots") == 1


async def test_calls_to_webhooks_go_after_ninety_days_but_those_that_wait(desk, pool):
    await pool.execute("UPDATE accounts SET kind = 'contract' WHERE account_id = $1", desk.home.account_id)
    async with receivers.listening() as receiver:
        url = receiver.url
        assert (await desk.put(f"webhooks/{new_id()}", {"url": url})).status_code == 201
        await desk.file(QUESTION)
        await desk.kabinet.work()
        assert receiver.numbers == [1, 2]
    copy = (await desk.kabinet.http.get("/api/v1/me/export.json", headers=desk.owner)).json()
    assert [one["url"] for one in copy["webhooks"]] == [url]
    await pool.execute("UPDATE webhook_deliveries SET state = 'waiting' WHERE delivery_no = 2")
    await pass_by(desk, 89)
    assert await desk.count("webhook_deliveries") == 2
    await pass_by(desk, 2)
    assert (await desk.count("webhook_deliveries"), await desk.count("webhook_attempts")) == (1, 1)


async def test_letters_go_after_three_years(desk, pool):
    now = desk.kabinet.clock()
    letter_id = await lay_letter(
        pool, "ivanov@example.test", now, account_id=desk.home.account_id, file="x.xlsx"
    )
    await pool.execute(
        "INSERT INTO letter_views (view_id, letter_id, staff_id, staff_name, what, at)"
        " VALUES ($1, $2, $1, 'О', 'letter', $3)",
        *(new_id(), letter_id, now),
    )
    await pass_by(desk, 1095)
    assert await desk.count("letters_in") == 1
    await pass_by(desk, 2)
    tables = ("letters_in", "letter_files", "letter_views", "letter_answers")
    assert [await desk.count(table) for table in tables] == [0, 0, 0, 0]


async def test_files_of_drafts_go_with_their_author(desk, pool):
    laying = Laying(desk, new_id())
    await laying.lay(pdf())
    filed = Laying(desk, (await desk.file(QUESTION)).json()["id"])
    await filed.lay(pdf(mark=b"filed"))
    erased = await desk.kabinet.http.request("DELETE", "/api/v1/me", json={}, headers=desk.owner)
    assert erased.status_code == 200, erased.text
    await desk.kabinet.container.attaching.attachment_service.sweep(SweepAttachments())
    rows = await pool.fetch("SELECT case_id FROM attachments")
    assert [str(row["case_id"]) for row in rows] == [filed.case_id]


async def test_late_and_escalated_cases_are_counted(desk, pool):
    container = desk.kabinet.container
    vitals = PostgresVitals(pool, container.zone)
    await desk.file(QUESTION)
    paused = (await desk.file(QUESTION)).json()["id"]
    await desk.ask(paused, "Какой счёт?")
    signs = await vitals.signs(desk.kabinet.clock())
    assert (signs.cases_open, signs.cases_late) == ({"consultation": 2}, {"consultation": 0})
    await desk.later(days=3)
    await container.of_cases.case_escalation.escalate(EscalateCases())
    assert (await vitals.signs(desk.kabinet.clock())).cases_escalated == 1
    await desk.later(days=9)
    assert (await vitals.signs(desk.kabinet.clock())).cases_late == {"consultation": 1}


async def test_a_link_that_stops_letters_outlives_the_key(pool, tmp_path):
    from domain.notices.stopping import Stop
    from domain.notices.words import Channel
    from infra.notices import _stop_key

    env = {
        "KABINET_SECRET_KEY": "the new key of the house",
        "KABINET_SECRET_KEY_PREVIOUS": "the old key of it",
    }
    async with kabinets.opened(pool, tmp_path, env=env) as kabinet:
        home = await kabinet.household()
        stop = Stop(user_id=home.user_id, kind="reading-reminder", channel=Channel.EMAIL)
        said = [
            (await kabinet.http.post(f"/api/v1/notice-stops/{stop.token(_stop_key(key))}")).status_code
            for key in (*env.values(), "the key of others")
        ]
    assert said == [200, 200, 404]
