"""Who may ask the sandbox, how much at once, and what repeating a request gives."""

import pytest

from tests.sandboxes import SHOP, TOKEN, order


@pytest.mark.parametrize("auth", [None, ("100500", "wrong"), ("1", "test_secret"), ("", "")])
async def test_asks_who_it_is(sandbox, auth):
    for method, path in (("GET", "/me"), ("POST", "/payments"), ("GET", "/refunds")):
        answer = await sandbox.ask(method, path, auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


async def test_the_bounds_of_http(sandbox):
    async def status(*ask, **more):
        answer = await sandbox.ask(*ask, **more)
        assert answer.json()["type"] == "error"
        return answer.status_code

    assert (
        await status("POST", "/payments", content=b"{", headers={"Content-Type": "application/json"}) == 400
    )
    assert await status("POST", "/payments", content=b"a=1", headers={"Content-Type": "text/plain"}) == 415
    assert await status("PUT", "/payments") == 405
    assert await status("GET", "/nothing") == 404
    assert await status("GET", "/payments/unknown") == 404
    deep = b'{"receipt":' + b"[" * 50_000
    assert (
        await status("POST", "/payments", content=deep, headers={"Content-Type": "application/json"}) == 400
    )
    assert await status("POST", "/payments", json=order(description="x" * 300_000)) in {400, 413}


@pytest.mark.parametrize("key", ["", "k" * 65, "с-кириллицей".encode(), "two words"])
async def test_wants_an_idempotence_key(sandbox, key):
    answer = await sandbox.http.post(
        "/v3/payments", json=order(), auth=(SHOP, "test_secret"), headers={b"Idempotence-Key": key}
    )
    assert (answer.status_code, answer.json()["parameter"]) == (400, "Idempotence-Key")


async def test_one_key_one_answer_for_a_day(sandbox):
    first = (await sandbox.ask("POST", "/payments", "key", json=order())).json()
    await sandbox.play(first["id"])
    assert (await sandbox.ask("POST", "/payments", "key", json=order())).json() == first
    other = await sandbox.ask("POST", "/payments", "key", json=order(description="другое"))
    assert (other.status_code, other.json()["parameter"]) == (400, "Idempotence-Key")
    elsewhere = await sandbox.ask("POST", "/refunds", "key", json=order())
    assert elsewhere.json()["parameter"] == "Idempotence-Key"
    sandbox.clock.later(hours=24, seconds=1)
    assert (await sandbox.ask("POST", "/payments", "key", json=order())).json()["id"] != first["id"]


async def test_a_refused_request_leaves_its_key_free(sandbox):
    assert (await sandbox.ask("POST", "/payments", "key", json=order("0.50"))).status_code == 400
    assert (await sandbox.ask("POST", "/payments", "key", json=order())).status_code == 200


async def test_lists_by_pages_without_a_gap(sandbox):
    made = []
    for no in range(25):
        made.append((await sandbox.created())["id"])
        sandbox.clock.later(seconds=no % 2)
    seen, query = [], {"limit": "7"}
    while True:
        body = (await sandbox.ask("GET", "/payments", params=query)).json()
        seen += [one["id"] for one in body["items"]]
        if "next_cursor" not in body:
            break
        query["cursor"] = body["next_cursor"]
    assert sorted(seen) == sorted(made)
    await sandbox.play(made[3])
    paid = (await sandbox.ask("GET", "/payments?status=succeeded")).json()["items"]
    assert [one["id"] for one in paid] == [made[3]]
    at = (await sandbox.read(made[10]))["created_at"]
    after = (await sandbox.ask("GET", "/payments", params={"created_at.gt": at, "limit": 100})).json()[
        "items"
    ]
    upto = (await sandbox.ask("GET", "/payments", params={"created_at.lte": at, "limit": 100})).json()[
        "items"
    ]
    assert len(after) + len(upto) == 25
    for wrong in (
        "limit=0",
        "limit=101",
        "limit=x",
        "cursor=x",
        "status=new",
        "created_at.gt=now",
        "colour=red",
    ):
        assert (await sandbox.ask("GET", f"/payments?{wrong}")).status_code == 400


async def test_webhooks_are_for_partners(sandbox):
    hook = {"event": "payment.succeeded", "url": "http://partner.test/hook"}
    assert (await sandbox.ask("POST", "/webhooks", json=hook)).status_code == 403
    partner = {"auth": None, "headers": {"Authorization": f"Bearer {TOKEN}"}}
    made = (await sandbox.ask("POST", "/webhooks", json=hook, **partner)).json()
    payment_id = (await sandbox.created())["id"]
    await sandbox.play(payment_id)
    await sandbox.tick()
    assert len(sandbox.shop.heard) == 2
    assert (await sandbox.ask("GET", "/webhooks", **partner)).json()["items"] == [made]
    assert (await sandbox.ask("DELETE", f"/webhooks/{made['id']}", **partner)).json() == {}
    assert (await sandbox.ask("DELETE", f"/webhooks/{made['id']}", **partner)).status_code == 404
    wrong = hook | {"event": "payment.dreamt"}
    assert (await sandbox.ask("POST", "/webhooks", json=wrong, **partner)).status_code == 400


async def test_faults_on_demand(sandbox):
    await sandbox.fault("payments.create", "500", times=2)
    await sandbox.fault("payments.create", "500_after")
    statuses = [(await sandbox.ask("POST", "/payments", "key", json=order())).status_code for _ in range(5)]
    assert statuses == [500, 500, 500, 200, 200]
    assert len((await sandbox.ask("GET", "/payments")).json()["items"]) == 1
    await sandbox.fault("*", "202", seconds=1.8)
    accepted = await sandbox.ask("GET", "/me")
    assert (accepted.status_code, accepted.json()["retry_after"]) == (202, 1800)
    await sandbox.fault("me.get", "429")
    assert (await sandbox.http.get("/sandbox/faults")).json()["items"][0]["kind"] == "429"
    assert "слишком много запросов" in (await sandbox.http.get("/sandbox")).text
    await sandbox.http.delete("/sandbox/faults")
    assert (await sandbox.ask("GET", "/me")).status_code == 200
    for wrong in ({"operation": "x", "kind": "500"}, {"operation": "*", "kind": "x"}, {"kind": "500"}):
        assert (await sandbox.http.post("/sandbox/faults", json=wrong)).status_code == 400
    form = {"operation": "me.get", "kind": "refuse", "times": "1", "seconds": "1.8"}
    led = await sandbox.http.post("/sandbox/faults", data=form, headers={"Accept": "text/html"})
    assert led.headers["Location"] == "/sandbox"
    assert (await sandbox.ask("GET", "/me")).status_code == 400
