"""Webhooks of legal entities: signed, numbered, tried again, played again; none into our own network."""

import asyncio

import httpx
import pytest
import pytest_asyncio

from adapters.webhooks.receivers import HttpReceivers, is_public
from domain.webhooks.endpoints import AddressRefused, DeliverWebhooks
from infra.clock import new_id
from tests import kabinets, receivers
from tests.cases import QUESTION, Desk
from tests.receivers import is_signed


@pytest_asyncio.fixture
async def desk(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        home = await kabinet.household()
        await pool.execute("UPDATE accounts SET kind = 'contract' WHERE account_id = $1", home.account_id)
        yield Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})


@pytest_asyncio.fixture
async def receiver():
    async with receivers.listening() as receiver:
        yield receiver


async def registered(desk, receiver):
    answer = await desk.put(f"webhooks/{new_id()}", {"url": receiver.url})
    assert answer.status_code == 201, answer.text
    return answer.json()


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_each_public_step_is_sent_signed_and_numbered(desk, receiver):
    webhook = await registered(desk, receiver)
    case = (await desk.file(QUESTION)).json()
    await desk.note(case["id"], "Между нами")
    await desk.ask(case["id"], "Какой прибор?")
    await desk.kabinet.work()
    assert receiver.numbers == [1, 2, 3]
    assert [event["step"]["verb"] for event in receiver.events] == ["submit", "register", "ask"]
    assert receiver.events[2]["case"]["number"] == case["number"]
    assert "Между нами" not in str(receiver.heard)
    for (headers, body), event in zip(receiver.heard, receiver.events, strict=True):
        assert is_signed(webhook["secret"], headers, body)
        assert not is_signed(webhook["secret"], headers, body + b" ")
        assert (headers["webhook-id"], headers["webhook-number"]) == (event["id"], str(event["number"]))
        assert headers["host"] == f"127.0.0.1:{receiver.port}"
    log = (await desk.get(f"webhooks/{webhook['id']}/deliveries")).json()["items"]
    assert [one["number"] for one in log] == [3, 2, 1]
    assert {one["state"] for one in log} == {"delivered"}
    assert [one["status"] for one in log[0]["attempts"]] == [204]


async def test_a_receiver_down_for_a_day_gets_all_in_order(desk, receiver):
    webhook = await registered(desk, receiver)
    await receiver.down()
    for hour in range(26):
        if hour % 6 == 0:
            await desk.later(seconds=1)
            await desk.file(QUESTION)
        desk.kabinet.clock.later(hours=1)
        await desk.kabinet.work()
    await desk.later(seconds=1)
    [told] = (await desk.get("webhooks")).json()
    assert told["failing_since"]
    assert receiver.heard == []
    await receiver.up()
    desk.kabinet.clock.later(hours=1)
    await desk.kabinet.work()
    assert receiver.numbers == list(range(1, 11))
    await desk.later(seconds=1)
    log = (await desk.get(f"webhooks/{webhook['id']}/deliveries?limit=200")).json()["items"]
    assert {one["state"] for one in log} == {"delivered"}
    assert log[-1]["attempts_count"] > 20
    assert log[-1]["attempts"][0]["fault"] == "unreachable"
    [told] = (await desk.get("webhooks")).json()
    assert told["failing_since"] is None


async def test_what_nobody_takes_is_given_up_and_played_again(desk, receiver):
    webhook = await registered(desk, receiver)
    receiver.status = 500
    await desk.file(QUESTION)
    for _ in range(60):
        desk.kabinet.clock.later(hours=2)
        await desk.kabinet.work()
    await desk.later(seconds=1)
    path = f"webhooks/{webhook['id']}"
    log = (await desk.get(f"{path}/deliveries")).json()["items"]
    assert [one["state"] for one in log] == ["given-up", "given-up"]
    receiver.status = 200
    again = await desk.post(f"{path}/replays", {"from_number": 2})
    assert (again.status_code, again.json()) == (202, {"count": 1})
    await desk.kabinet.work()
    assert receiver.numbers == [2]
    await desk.post(f"{path}/replays", {"from_number": 1})
    await desk.kabinet.work()
    assert receiver.numbers == [2, 1, 2]
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 2


async def test_after_a_change_both_secrets_sign_for_a_day(desk, receiver):
    webhook = await registered(desk, receiver)
    new = (await desk.post(f"webhooks/{webhook['id']}/secret", None)).json()["secret"]
    await desk.file(QUESTION)
    await desk.kabinet.work()
    headers, body = receiver.heard[0]
    assert is_signed(new, headers, body)
    assert is_signed(webhook["secret"], headers, body)
    await desk.later(hours=25)
    await desk.file(QUESTION)
    await desk.kabinet.work()
    headers, body = receiver.heard[-1]
    assert is_signed(new, headers, body)
    assert not is_signed(webhook["secret"], headers, body)


async def test_many_workers_at_once_send_each_once_and_in_order(desk, receiver):
    webhook = await registered(desk, receiver)
    for _ in range(3):
        await desk.file(QUESTION)
    delivery = desk.kabinet.container.of_webhooks.webhook_delivery
    for job in await desk.kabinet.container.pool.fetch(
        "SELECT job FROM account_jobs WHERE kind = 'cases.tell'"
    ):
        from domain.cases.cases import TellOfStep

        told = TellOfStep(
            account_id=desk.home.account_id, case_id=job["job"]["case_id"], step_no=job["job"]["step_no"]
        )
        await delivery.note_step(told)
    one = DeliverWebhooks(account_id=desk.home.account_id, endpoint_id=webhook["id"])
    await asyncio.gather(*(delivery.deliver(one) for _ in range(8)), return_exceptions=True)
    await desk.kabinet.work()
    assert receiver.numbers == list(range(1, 7))


async def test_who_may_have_webhooks_and_how_many(desk, receiver):
    mine = new_id()
    first = await desk.put(f"webhooks/{mine}", {"url": receiver.url})
    again = await desk.put(f"webhooks/{mine}", {"url": receiver.url})
    assert (first.status_code, again.status_code, again.json()["secret"]) == (201, 200, None)
    refused(await desk.put(f"webhooks/{mine}", {"url": receiver.url + "2"}), 409, "webhook-id-taken")
    for _ in range(4):
        await registered(desk, receiver)
    refused(await desk.put(f"webhooks/{new_id()}", {"url": receiver.url}), 409, "too-many-webhooks")
    ended = await desk.kabinet.http.delete(
        f"/api/v1/accounts/{desk.home.account_id}/webhooks/{mine}", headers=desk.owner
    )
    assert ended.status_code == 204
    assert len((await desk.get("webhooks")).json()) == 4
    refused(await desk.post(f"webhooks/{mine}/replays", {"from_number": 1}), 404, "webhook-not-found")
    refused(
        await desk.put(f"webhooks/{new_id()}", {"url": "ftp://x.example"}), 422, "webhook-address-refused"
    )
    pool = desk.kabinet.container.pool
    await pool.execute("UPDATE accounts SET kind = 'unified'")
    refused(await desk.put(f"webhooks/{new_id()}", {"url": receiver.url}), 403, "webhook-for-legal-entities")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/",
        "https://10.0.0.7/",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/",
        "https://0/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://[::ffff:192.168.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://[fd00::1]/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://user:secret@93.184.216.34/",
        "https://93.184.216.34/#part",
        "https:///x",
        "gopher://93.184.216.34/",
        "https://" + "a" * 600,
    ],
)
async def test_no_address_leads_into_a_network_that_is_not_public(url):
    async with httpx.AsyncClient(trust_env=False) as http:
        guarded = HttpReceivers(http)
        with pytest.raises(AddressRefused):
            await guarded.check(url)
        sent = await guarded.post(url, {}, b"{}")
        assert sent.status is None
        assert sent.fault in {"address-not-public", "unreachable"}


async def test_a_name_is_judged_by_where_it_leads_and_called_there_alone(monkeypatch, receiver):
    answers = iter(["93.184.216.34", "127.0.0.1"])

    async def look_up(host, port, **_):
        return [(2, 1, 6, "", (next(answers), port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up, raising=False)
    async with httpx.AsyncClient(trust_env=False) as http:
        guarded = HttpReceivers(http)
        await guarded.check("https://rebinding.example/")
        sent = await guarded.post(f"https://rebinding.example:{receiver.port}/", {}, b"{}")
    assert sent.fault == "address-not-public"
    assert receiver.calls == 0


async def test_no_redirect_is_followed(receiver):
    async with receivers.listening() as other, httpx.AsyncClient(trust_env=False) as http:
        receiver.status, receiver.location = 302, other.url
        sent = await HttpReceivers(http, everywhere=True).post(receiver.url, {}, b"{}")
        assert (sent.status, other.calls) == (302, 0)


def test_what_is_public():
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")
    assert not is_public("fe80::1%eth0")
