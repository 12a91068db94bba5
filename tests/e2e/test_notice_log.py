"""What was said to people, over HTTP: one's own log and choices, what staff see, previews."""

from datetime import UTC, datetime

import pytest_asyncio

from domain.people.staff import Role
from tests import kabinets
from tests.actors import add_customer, customer_token, staff_token
from tests.notices import caught, owing


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        kabinet.clock.at = datetime(2026, 11, 21, 5, tzinfo=UTC)
        yield kabinet


@pytest_asyncio.fixture
async def home(kabinet):
    """Somebody who was reminded an hour ago."""
    home = await owing(kabinet, "6600000001")
    caught(kabinet)
    await kabinet.container.notices.reminder_service.remind()
    await kabinet.work()
    kabinet.clock.later(hours=1)
    return home


async def ask(kabinet, token, path, expected=200, method="GET", **more):
    headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
    answer = await kabinet.http.request(method, f"/api/v1{path}", headers=headers, **more)
    assert answer.status_code == expected, answer.text
    return answer.json()


async def test_one_reads_what_one_was_sent(kabinet, home):
    token = await customer_token(kabinet.container, home.user_id)
    [notice] = (await ask(kabinet, token, "/notices"))["items"]
    assert notice["title"] == "Напоминание передать показания"
    assert (notice["state"], notice["address"]) == ("sent", "6600000001@example.test")
    assert notice["account_id"] == str(home.account_id)
    whole = await ask(kabinet, token, f"/notices/{notice['id']}", headers={"Accept-Language": "en"})
    assert whole["said"]["subject"] == "Send your readings by 25 November – account 6600000001"
    assert "notice-stops" not in whole["said"]["text"] + whole["said"]["html"]

    stranger = await customer_token(kabinet.container, await add_customer(kabinet.container))
    assert (await ask(kabinet, stranger, "/notices"))["items"] == []
    await ask(kabinet, stranger, f"/notices/{notice['id']}", 404)
    await ask(kabinet, stranger, f"/accounts/{home.account_id}/notices", 404)


async def test_staff_see_what_was_said_about_an_account_and_the_look_is_kept(kabinet, home):
    token = await staff_token(kabinet.container, Role.OPERATOR)
    [notice] = (await ask(kabinet, token, f"/accounts/{home.account_id}/notices"))["items"]
    assert (notice["state"], notice["address"]) == ("sent", "66…@example.test")
    owner = await customer_token(kabinet.container, home.user_id)
    views = await ask(kabinet, owner, f"/accounts/{home.account_id}/views")
    assert [one["what"] for one in views["items"]] == ["Уведомления"]


async def test_the_log_is_paged(kabinet, home):
    kabinet.clock.at = datetime(2026, 11, 24, 5, tzinfo=UTC)
    token = await customer_token(kabinet.container, home.user_id)
    await kabinet.container.notices.reminder_service.remind()
    for path in ("/notices", f"/accounts/{home.account_id}/notices"):
        first = await ask(kabinet, token, f"{path}?limit=1")
        then = await ask(kabinet, token, f"{path}?limit=1&cursor={first['next']}")
        assert [one["state"] for one in first["items"] + then["items"]] == ["waiting", "sent"]
        assert (
            then["next"] is None
            or (await ask(kabinet, token, f"{path}?cursor={then['next']}"))["items"] == []
        )


async def test_preferences_are_read_and_changed(kabinet, home):
    token = await customer_token(kabinet.container, home.user_id)
    path = "/me/notice-preferences"
    mine = await ask(kabinet, token, path)
    assert (mine["zone"], mine["quiet_hours"]) == (None, {"start": "21:00", "until": "09:00"})
    assert {one["kind"]: (one["is_on"], one["is_sent"], one["chosen_at"]) for one in mine["kinds"]} == {
        "account-added": (True, True, None),
        "autopay-ahead": (True, True, None),
        "autopay-trouble": (True, True, None),
        "bill-ready": (True, True, None),
        "case-registered": (True, True, None),
        "case-step": (True, True, None),
        "invitation-accepted": (True, True, None),
        "money-moved": (True, True, None),
        "payment-done": (True, True, None),
        "reading-reminder": (True, True, None),
    }
    wish = {
        "zone": "Asia/Vladivostok",
        "quiet_hours": None,
        "kinds": [{"kind": "reading-reminder", "is_on": False}],
    }
    changed = await ask(kabinet, token, path, method="PUT", json=wish)
    assert changed == await ask(kabinet, token, path)
    assert (changed["zone"], changed["quiet_hours"]) == ("Asia/Vladivostok", None)
    [off] = [one for one in changed["kinds"] if not one["is_on"]]
    assert (off["kind"], off["chosen_by"]) == ("reading-reminder", "cabinet")


async def test_wrong_preferences_are_refused_and_change_nothing(kabinet, home):
    token = await customer_token(kabinet.container, home.user_id)
    path = "/me/notice-preferences"
    before = await ask(kabinet, token, path)
    quiet = {"start": "21:00", "until": "09:00"}
    for wish, status, code in (
        ({"zone": "Mars/Olympus", "quiet_hours": None}, 422, "time-zone-unknown"),
        ({"zone": "../etc/passwd", "quiet_hours": None}, 422, "time-zone-unknown"),
        ({"quiet_hours": quiet | {"until": "21:00"}}, 422, "quiet-hours-wrong"),
        ({"quiet_hours": None, "kinds": [{"kind": "advert", "is_on": True}]}, 404, "notice-kind-not-found"),
        ({"quiet_hours": quiet | {"until": "25:00"}}, 422, "invalid"),
    ):
        answer = await ask(kabinet, token, path, status, method="PUT", json=wish)
        assert code == answer["code"]
    assert await ask(kabinet, token, path) == before


async def test_staff_look_at_how_each_kind_is_written(kabinet):
    token = await staff_token(kabinet.container, Role.OPERATOR)
    for kind in await ask(kabinet, token, "/notice-kinds"):
        for language in ("ru", "en"):
            said = await ask(kabinet, token, f"/notice-kinds/{kind['kind']}/preview?language={language}")
            assert said["subject"]
            assert said["html"].startswith("<!doctype html>")
    await ask(kabinet, token, "/notice-kinds/advert/preview", 404)
