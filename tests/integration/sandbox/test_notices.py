"""Notices of the sandbox: whole, again and again until 200, and every trick on their way."""

import json
from datetime import timedelta
from itertools import pairwise

import httpx
import pytest

from infra.sandbox.notices import deliver_due


async def test_a_notice_carries_the_whole_object(sandbox):
    payment_id = (await sandbox.created())["id"]
    await sandbox.play(payment_id)
    await sandbox.tick()
    (notice,) = sandbox.shop.heard
    assert (notice["type"], notice["event"]) == ("notification", "payment.succeeded")
    assert notice["object"] == await sandbox.read(payment_id)
    refund = {"payment_id": payment_id, "amount": {"value": "1.00", "currency": "RUB"}}
    await sandbox.ask("POST", "/refunds", json=refund)
    await sandbox.tick()
    assert (sandbox.shop.heard[1]["event"], sandbox.shop.heard[1]["object"]["payment_id"]) == (
        "refund.succeeded",
        payment_id,
    )


async def test_a_notice_is_repeated_until_200(sandbox):
    sandbox.shop.answers = [500, 404, 204, 302]
    await sandbox.play((await sandbox.created())["id"])
    waited = []
    for _ in range(200):
        before = len(sandbox.shop.heard)
        await sandbox.tick()
        if len(sandbox.shop.heard) > before:
            waited.append(sandbox.clock())
        sandbox.clock.later(seconds=1)
    assert len(waited) == 5
    gaps = [second - first for first, second in pairwise(waited)]
    assert gaps == sorted(gaps)
    assert len({json.dumps(one) for one in sandbox.shop.heard}) == 1


async def test_notices_are_given_up_after_a_day(sandbox):
    await sandbox.play((await sandbox.created())["id"])
    sandbox.shop.answers = [500] * 1000
    for _ in range(30 * 60):
        await sandbox.tick()
        sandbox.clock.later(minutes=1)
    assert 20 < len(sandbox.shop.heard) < 60
    (row,) = (await sandbox.http.get("/sandbox/notices")).json()["items"]
    assert (row["due_at"], row["outcome"]) == (None, "500")


@pytest.mark.parametrize(
    ("query", "at_once", "later"),
    [
        ({"notice": "once"}, ["succeeded"], []),
        ({"notice": "twice"}, ["succeeded", "succeeded"], []),
        ({"notice": "lost"}, [], []),
        ({"notice": "delayed", "seconds": 40}, [], ["succeeded"]),
        ({"notice": "reordered"}, ["succeeded"], ["waiting_for_capture"]),
    ],
)
async def test_what_happens_to_notices_on_the_way(sandbox, query, at_once, later):
    await sandbox.play((await sandbox.created())["id"], **query)
    await sandbox.tick()
    assert [one["object"]["status"] for one in sandbox.shop.heard] == at_once
    sandbox.clock.later(seconds=60)
    await sandbox.tick()
    assert [one["object"]["status"] for one in sandbox.shop.heard] == at_once + later


async def test_a_shop_that_hangs_is_left_after_its_time(sandbox):
    async def hang(request):
        raise httpx.ReadTimeout("slow")

    await sandbox.play((await sandbox.created())["id"])
    async with httpx.AsyncClient(transport=httpx.MockTransport(hang)) as http:
        assert await deliver_due(sandbox.desk, http) == 1
        assert await deliver_due(sandbox.desk, http) == 0
    sandbox.clock.at += timedelta(seconds=1)
    await sandbox.tick()
    assert len(sandbox.shop.heard) == 1
