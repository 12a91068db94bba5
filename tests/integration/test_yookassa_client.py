"""Our client against the sandbox: each thing that can go wrong becomes the right exception."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest
import pytest_asyncio

from adapters.yookassa.client import MOST_BYTES, YooKassaClient, http_client
from adapters.yookassa.provider import YooKassa
from domain.kernel.money import Money
from domain.payments.provider import (
    NotFoundAtProvider,
    ProviderRefused,
    ProviderState,
    ProviderUnreachable,
    ProviderUnsure,
)
from tests.sandboxes import SECRET, SHOP, OwnProcess, free_port, opened, provider_of, wanted

LONG_AGO, FAR_OFF = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


@pytest_asyncio.fixture
async def sandbox(tmp_path):
    async with opened(tmp_path) as sandbox:
        yield sandbox


@pytest_asyncio.fixture
async def pauses():
    return []


@pytest_asyncio.fixture
async def provider(sandbox, pauses):
    provider, http = provider_of(sandbox, pauses)
    async with http:
        yield provider


def count(sandbox):
    return sandbox.desk.store.db.execute("SELECT count(*) FROM objects").fetchone()[0]


async def test_500_leaves_it_open_and_the_repeat_opens_one(sandbox, provider):
    order = wanted()
    await sandbox.fault("payments.create", "500")
    with pytest.raises(ProviderUnsure):
        await provider.open(order)
    assert count(sandbox) == 0
    await sandbox.fault("payments.create", "500_after")
    with pytest.raises(ProviderUnsure):
        await provider.open(order)
    assert count(sandbox) == 1
    payment = await provider.open(order)
    assert count(sandbox) == 1
    assert (await provider.read(payment.id)) == payment


async def test_202_is_repeated_after_the_pause_asked_for(sandbox, provider, pauses):
    await sandbox.fault("payments.create", "202", times=2, seconds=0.4)
    payment = await provider.open(wanted())
    assert payment.state is ProviderState.PENDING
    assert pauses == [0.4, 0.4]


async def test_202_without_end_is_unsure(sandbox, provider, pauses):
    await sandbox.fault("payments.create", "202", times=50, seconds=3600)
    with pytest.raises(ProviderUnsure):
        await provider.open(wanted())
    assert pauses == [5.0] * 3


async def test_429_is_repeated_too(sandbox, provider, pauses):
    await sandbox.fault("payments.create", "429", times=1, seconds=0.2)
    await sandbox.fault("payments.get", "429", times=1, seconds=0.3)
    payment = await provider.open(wanted())
    assert (await provider.read(payment.id)) == payment
    assert pauses == [0.2, 0.3]


async def test_a_refusal_in_its_own_words_is_final(sandbox, provider):
    await sandbox.fault("payments.create", "refuse")
    with pytest.raises(ProviderRefused) as refused:
        await provider.open(wanted())
    assert refused.value.code == "invalid_request"
    with pytest.raises(ProviderRefused) as refused:
        await provider.open(wanted(unified_account_number="1"))
    assert refused.value.parameter == "payment_order.unified_account_number"


@pytest.mark.parametrize("kind", ["500", "500_after", "429", "202", "refuse"])
async def test_reading_that_fails_is_unreachable(sandbox, provider, kind):
    payment = await provider.open(wanted())
    await sandbox.fault("*", kind, times=4, seconds=0)
    with pytest.raises(ProviderUnreachable):
        await provider.read(payment.id)
    await sandbox.http.delete("/sandbox/faults")
    await sandbox.fault("*", kind, times=4, seconds=0)
    with pytest.raises(ProviderUnreachable):
        await provider.find(payment.account_id, payment.payment_id, LONG_AGO, FAR_OFF)


async def test_a_wrong_key_is_refused_and_reads_nothing(sandbox):
    async with httpx.AsyncClient(
        transport=sandbox.http._transport, base_url="http://sandbox.test/v3", auth=(SHOP, "wrong")
    ) as http:
        provider = YooKassa(YooKassaClient(http))
        with pytest.raises(ProviderRefused) as refused:
            await provider.open(wanted())
        assert refused.value.code == "invalid_credentials"
        with pytest.raises(ProviderUnreachable):
            await provider.read("x" * 36)


async def test_an_id_from_a_forged_notice_leads_nowhere_else(provider):
    for forged in ("../me", "../../sandbox", "?limit=1", "a/capture", "%2e%2e/me"):
        with pytest.raises((NotFoundAtProvider, ProviderUnreachable)):
            await provider.read(forged)


async def test_finds_through_many_pages(sandbox, provider):
    order = wanted()
    opened_at = sandbox.clock()
    payment = await provider.open(order)
    for _ in range(130):
        sandbox.clock.later(seconds=1)
        await sandbox.created()
    found = await provider.find(order.account_id, order.payment_id, opened_at, sandbox.clock())
    assert found == payment


async def test_finds_what_a_lost_answer_opened_a_day_ago(sandbox, provider):
    order = wanted()
    await sandbox.fault("payments.create", "500_after")
    with pytest.raises(ProviderUnsure):
        await provider.open(order)
    at, hour = sandbox.clock(), timedelta(hours=1)
    sandbox.clock.later(hours=25)
    found = await provider.find(order.account_id, order.payment_id, at - hour, at + hour)
    # After 24 hours the key is forgotten: a blind repeat would have opened a second order.
    assert (await provider.open(order)).id != found.id


def answering(*answers):
    """A provider that answers with these (status, body) in turn; an exception is raised."""
    left = list(answers)

    def handler(request):
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer[0], content=answer[1])

    async def sleep(seconds):
        pass

    http = httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://provider.test/v3")
    return YooKassa(YooKassaClient(http, sleep=sleep))


FAULT = json.dumps({"type": "error", "id": "1", "code": "forbidden", "description": "no"}).encode()


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([httpx.ConnectError("down")], ProviderUnreachable),
        ([httpx.ConnectTimeout("slow")], ProviderUnreachable),
        ([httpx.PoolTimeout("busy")], ProviderUnreachable),
        ([httpx.ReadTimeout("slow")], ProviderUnsure),
        ([httpx.WriteError("cut")], ProviderUnsure),
        ([httpx.RemoteProtocolError("cut")], ProviderUnsure),
        ([(202, b"{}"), httpx.ConnectError("down")], ProviderUnsure),
        ([(429, FAULT), httpx.ConnectError("down")], ProviderUnreachable),
        ([(200, b"<html>")], ProviderUnsure),
        ([(200, b'{"id": "x"}')], ProviderUnsure),
        ([(200, b"x" * (MOST_BYTES + 1))], ProviderUnsure),
        ([(302, b"")], ProviderUnsure),
        ([(403, b"<html>a firewall's page</html>")], ProviderUnsure),
        ([(403, FAULT)], ProviderRefused),
        ([(408, FAULT)], ProviderUnsure),
        ([(500, FAULT)], ProviderUnsure),
        ([(502, b"Bad Gateway")], ProviderUnsure),
        ([(504, b"")], ProviderUnsure),
    ],
)
async def test_what_an_answer_proves(answers, error):
    with pytest.raises(error):
        await answering(*answers).open(wanted())


@pytest.mark.parametrize("answer", [(200, b"<html>"), (404, b"a proxy's page"), (500, FAULT), (302, b"")])
async def test_what_an_answer_to_reading_proves(answer):
    with pytest.raises(ProviderUnreachable):
        await answering(answer).read("x" * 36)


async def test_an_absence_is_never_guessed_from_an_endless_list():
    page = json.dumps({"type": "list", "items": [], "next_cursor": "more"}).encode()
    with pytest.raises(ProviderUnreachable):
        order = wanted()
        await answering(*[(200, page)] * 200).find(order.account_id, order.payment_id, LONG_AGO, FAR_OFF)


async def test_over_a_real_socket(tmp_path):
    process = OwnProcess(tmp_path, free_port())
    await process.start()
    try:
        async with process.provider(timeout_seconds=1) as provider, httpx.AsyncClient() as http:
            order = wanted()
            fault = {"operation": "payments.create", "kind": "timeout", "seconds": 3}
            await http.post(f"{process.url}/sandbox/faults", json=fault)
            with pytest.raises(ProviderUnsure):
                await provider.open(order)
            payment = await provider.open(order)
            found = await provider.find(
                order.account_id, order.payment_id, payment.created_at, payment.created_at
            )
            assert found == payment

            process.kill()
            with pytest.raises(ProviderUnreachable):
                await provider.open(wanted())
            with pytest.raises(ProviderUnreachable):
                await provider.read(payment.id)

            await process.start()
            assert await provider.read(payment.id) == payment
            assert await provider.open(order) == payment
            paid = await http.post(f"{process.url}/checkout/{payment.id}/pay?notice=lost")
            assert paid.json()["status"] == "succeeded"
            assert (await provider.read(payment.id)).amount == Money(125050)
            await asyncio.gather(
                *(provider.open(msgspec.structs.replace(order, attempt=7)) for _ in range(8))
            )
            listed = await http.get(f"{process.url}/v3/payments", auth=(SHOP, SECRET))
            assert len(listed.json()["items"]) == 2
    finally:
        process.kill()


async def test_a_connection_cut_in_the_middle_is_unsure():
    async def cut(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, http_client(f"http://127.0.0.1:{port}/v3", SHOP, SECRET) as http:
        with pytest.raises(ProviderUnsure):
            await YooKassa(YooKassaClient(http)).open(wanted())


async def test_the_environments_proxies_are_not_followed(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with http_client("http://127.0.0.1:1/v3", SHOP, SECRET) as http:
        assert http._mounts == {}
