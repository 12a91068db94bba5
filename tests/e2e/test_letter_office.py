"""Letters that wait for an operator, over the API; whose letters are taken, by the account's holder."""

from uuid import uuid4

import pytest_asyncio

from domain.mail.letters_in import LetterState, Reason
from domain.people.memberships import Membership
from domain.people.staff import Role
from infra.mail_receiver import receiver_of
from tests import kabinets
from tests.actors import staff_token
from tests.households import lay_household
from tests.letters import AUTHSERV, BOOK, SENDER, letter
from tests.posts import mailed, post

NUMBER = "Д-7200000003"


@pytest_asyncio.fixture
async def taker():
    async with post() as found:
        yield found


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path, taker):
    env = {"KABINET_SMTP_PORT": str(taker.port), "KABINET_MAIL_AUTHSERV_ID": AUTHSERV}
    async with kabinets.opened(pool, tmp_path, env=env) as kabinet:
        yield kabinet


@pytest_asyncio.fixture
async def port(kabinet):
    receiver = receiver_of(kabinet.container)
    yield await receiver.listen("127.0.0.1", 0, is_lmtp=False)
    await receiver.stop(timeout_seconds=5)


@pytest_asyncio.fixture
async def home(pool):
    return await lay_household(pool, number=NUMBER, services=["electricity"])


async def as_operator(kabinet):
    kabinet.http.headers["Authorization"] = f"Bearer {await staff_token(kabinet.container, Role.OPERATOR)}"


async def waiting(kabinet, port):
    """The id of a stranger's letter in quarantine."""
    await mailed(port, letter(("Показания.xlsx", BOOK), subject="За ноябрь"))
    await kabinet.work()
    await as_operator(kabinet)
    [found] = (await kabinet.http.get("/api/v1/letters", params={"states": "quarantined"})).json()["items"]
    assert (found["sender"], found["reason"], found["subject"]) == (SENDER, "sender-unknown", "За ноябрь")
    assert found["why"] == "Адрес отправителя никем не зарегистрирован"
    return found["id"]


async def test_an_operator_releases_a_letter_to_an_account(kabinet, home, pool, port, taker):
    letter_id = await waiting(kabinet, port)
    shown = (await kabinet.http.get(f"/api/v1/letters/{letter_id}")).json()
    assert [part["name"] for part in shown["parts"]] == ["", "", "Показания.xlsx"]
    assert {"name": "From", "value": SENDER} in shown["headers"]
    assert "Добрый день" not in str(shown)
    assert [step["state"] for step in shown["steps"]] == ["received", "quarantined"]
    body = {"account_number": NUMBER, "reason": "Позвонили", "remember": True}
    answer = await kabinet.http.post(f"/api/v1/letters/{letter_id}/release", json=body)
    assert answer.status_code == 200, answer.text
    await kabinet.work()
    kabinet.clock.later(seconds=30)
    await kabinet.work()
    shown = (await kabinet.http.get(f"/api/v1/letters/{letter_id}")).json()
    assert (shown["state"], shown["reason"]) == (LetterState.SETTLED, Reason.WORKBOOKS_JUDGED)
    assert [step["note"] for step in shown["steps"]] == [None, None, "Позвонили", None, None]
    assert shown["files"][0]["account_id"] == str(home.account_id)
    assert [one["kind"] for one in shown["answers"]] == ["quarantine", "verdicts"]
    assert len(taker.letters) == 2
    # Every look is on record, at the letter and at the account.
    looks = await pool.fetch("SELECT what FROM letter_views WHERE letter_id = $1 ORDER BY at", letter_id)
    assert [look["what"] for look in looks].count("GET /api/v1/letters/{letter_id}") == 2
    assert (
        await pool.fetchval("SELECT count(*) FROM account_views WHERE account_id = $1", home.account_id) == 2
    )
    # The sender is known now.
    await mailed(port, letter(("b.xlsx", BOOK), message_id="<2@b>"))
    await kabinet.work()
    assert (await kabinet.http.get("/api/v1/letters")).json()["items"][0]["reason"] != "sender-unknown"


async def test_an_operator_rejects_a_letter(kabinet, home, pool, port, taker):
    letter_id = await waiting(kabinet, port)
    path = f"/api/v1/letters/{letter_id}"
    answer = await kabinet.http.post(f"{path}/rejection", json={"reason": "Реклама"})
    assert (answer.status_code, answer.json()["state"]) == (200, "rejected")
    again = await kabinet.http.post(f"{path}/rejection", json={"reason": "Реклама"})
    assert (again.status_code, again.json()["code"]) == (409, "forbidden-move")
    assert (await kabinet.http.post(f"{path}/reading")).json()["state"] == "received"
    await kabinet.work()
    assert (await kabinet.http.get(path)).json()["state"] == "quarantined"
    assert len(taker.letters) == 1


async def test_what_is_not_there(kabinet, home, port):
    letter_id = await waiting(kabinet, port)
    body = {"account_number": "Д-0", "reason": "Позвонили"}
    answer = await kabinet.http.post(f"/api/v1/letters/{letter_id}/release", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "account-not-found")
    for method, tail in (("GET", ""), ("POST", "/reading")):
        answer = await kabinet.http.request(method, f"/api/v1/letters/{uuid4()}{tail}")
        assert (answer.status_code, answer.json()["code"]) == (404, "letter-not-found")


async def test_letters_are_listed_page_by_page(kabinet, home, port):
    for no in range(5):
        await mailed(port, letter(message_id=f"<{no}@m>", subject=str(no)))
        kabinet.clock.later(seconds=1)
    await as_operator(kabinet)
    seen, cursor = [], None
    while True:
        asked = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await kabinet.http.get("/api/v1/letters", params=asked)).json()
        seen += [one["subject"] for one in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == ["4", "3", "2", "1", "0"]


async def test_a_holder_says_whose_letters_are_taken(kabinet, home, pool):
    user_id = await kabinet.sign_in(email="Owner@firma.example")
    async with kabinet.container.transaction() as store:
        await store.memberships.add(Membership.of_owner(home.account_id, user_id, kabinet.clock()))
    path = f"/api/v1/accounts/{home.account_id}/mail-senders"
    own = await kabinet.http.put(f"{path}/OWNER@Firma.example")
    other = await kabinet.http.put(f"{path}/buh@firma.example")
    assert (own.json()["is_sure"], other.json()["is_sure"]) == (True, False)
    assert [one["email"] for one in (await kabinet.http.get(path)).json()] == [
        "buh@firma.example",
        "owner@firma.example",
    ]
    assert (await kabinet.http.put(f"{path}/nobody")).json()["code"] == "email-invalid"
    assert (await kabinet.http.delete(f"{path}/Buh@firma.example")).status_code == 204
    assert (await kabinet.http.delete(f"{path}/buh@firma.example")).json()["code"] == "sender-not-found"
    assert await pool.fetchval("SELECT count(*) FROM sender_addresses") == 1
    for no in range(19):
        assert (await kabinet.http.put(f"{path}/n{no}@firma.example")).status_code == 200
    assert (await kabinet.http.put(f"{path}/more@firma.example")).json()["code"] == "too-many-senders"
