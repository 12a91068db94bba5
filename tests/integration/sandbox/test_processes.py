"""The sandbox as a process: it keeps what it said, works by itself and stops."""

import asyncio

import httpx
import pytest

from infra.errors import OperatorError
from infra.sandbox.app import create, serve
from tests.sandboxes import SHOP, URL, Clock, OwnProcess, config, free_port, opened, order


async def test_everything_outlives_a_restart(tmp_path):
    clock = Clock()
    async with opened(tmp_path, clock) as sandbox:
        paid = (await sandbox.ask("POST", "/payments", "key", json=order())).json()
        await sandbox.play(paid["id"])
        await sandbox.fault("me.get", "500")
        sandbox.shop.answers = [500]
        await sandbox.tick()
        before = await sandbox.read(paid["id"])
    clock.later(seconds=30)
    async with opened(tmp_path, clock) as sandbox:
        assert await sandbox.read(paid["id"]) == before
        assert (await sandbox.ask("POST", "/payments", "key", json=order())).json() == paid
        assert (await sandbox.ask("GET", "/me")).status_code == 500
        await sandbox.tick()
        assert [one["object"]["id"] for one in sandbox.shop.heard] == [paid["id"]]


async def test_two_sandboxes_on_one_file_refund_once(tmp_path):
    clock = Clock()
    async with opened(tmp_path, clock) as one, opened(tmp_path, clock) as two:
        payment_id = (await one.created())["id"]
        await one.play(payment_id)
        body = {"payment_id": payment_id, "amount": {"value": "1250.50", "currency": "RUB"}}
        answers = await asyncio.gather(
            *(side.ask("POST", "/refunds", json=body) for side in (one, two, one, two))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]


async def test_works_by_itself_and_stops(tmp_path):
    heard = asyncio.Event()

    async def ear(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        heard.set()

    server = await asyncio.start_server(ear, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    app = create(config(tmp_path, notice_url=f"http://127.0.0.1:{port}/notices"))
    async with (
        server,
        app.lifespan(),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL) as http,
    ):
        made = await http.post(
            "/v3/payments", json=order(), auth=(SHOP, "test_secret"), headers={"Idempotence-Key": "1"}
        )
        await http.post(f"/checkout/{made.json()['id']}/pay")
        await asyncio.wait_for(heard.wait(), 10)


async def test_a_kill_loses_no_notice(tmp_path):
    """kill -9 between the payer's yes and the shop's 200: after the start the notice goes on."""
    process = OwnProcess(tmp_path, free_port())
    await process.start()
    try:
        async with httpx.AsyncClient(base_url=process.url, trust_env=False) as http:
            auth = (SHOP, "test_secret")
            made = await http.post("/v3/payments", json=order(), auth=auth, headers={"Idempotence-Key": "1"})
            await http.post(f"/checkout/{made.json()['id']}/pay")
            process.kill()
            await process.start()
            done = await http.get(f"/v3/payments/{made.json()['id']}", auth=auth)
            assert done.json()["status"] == "succeeded"
            for _ in range(100):
                (notice,) = (await http.get("/sandbox/notices")).json()["items"]
                if notice["outcome"] == "ConnectError":
                    break
                await asyncio.sleep(0.1)
            assert notice["outcome"] == "ConnectError"
            assert notice["due_at"]
    finally:
        process.kill()


async def test_a_taken_port_is_told(tmp_path):
    async def ear(reader, writer):
        writer.close()

    server = await asyncio.start_server(ear, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(OperatorError):
            await serve(config(tmp_path, public_url=f"http://127.0.0.1:{port}"))
