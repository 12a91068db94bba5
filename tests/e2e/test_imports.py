"""Billing sends its files over HTTP and asks what became of them."""

import pytest

from domain.kernel.access import Scope
from infra.demo import files
from tests.invariants import money_is_whole
from tests.systems import system_key


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    place = tmp_path_factory.mktemp("demo")
    files.write(place, accounts=6, seed=7)
    return place


async def key(kabinet, *scopes):
    return await system_key(kabinet.container.system_service, *scopes, now=kabinet.clock)


async def send(kabinet, billing, kind, body, **query):
    return await kabinet.http.post(f"/api/v1/imports/{kind}", content=body, auth=billing, params=query)


def place(answer):
    return f"/api/v1/imports/{answer.json()['kind']}/{answer.json()['id']}"


async def ended(kabinet, billing, answer, **query):
    assert answer.status_code == 202, answer.text
    await kabinet.work()
    shown = await kabinet.http.get(place(answer), auth=billing, params=query)
    assert shown.status_code == 200, shown.text
    return shown.json()


async def test_files_are_taken_in_and_posted(kabinet, demo):
    billing = await key(kabinet, Scope.IMPORT)
    for kind in ("suppliers", "norms", "accounts", "contacts", "opening-balances", "charges"):
        answer = await send(kabinet, billing, kind, (demo / f"{kind}.csv").read_bytes(), file_name="f.csv")
        assert answer.json()["state"] == "received"
        shown = await ended(kabinet, billing, answer)
        assert (shown["state"], shown["faults"], shown["file_name"]) == ("posted", [], "f.csv"), shown
        assert shown["rows_done"] == shown["rows"] > 0
    assert await money_is_whole(kabinet.container.pool, []) == 0
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM import_files") == 0


async def test_the_same_file_while_unfinished_is_the_same_import(kabinet, demo):
    billing = await key(kabinet, Scope.IMPORT)
    body = (demo / "suppliers.csv").read_bytes()
    first = await send(kabinet, billing, "suppliers", body)
    again = await send(kabinet, billing, "suppliers", body)
    assert first.json()["id"] == again.json()["id"]
    shown = await ended(kabinet, billing, first)
    assert shown["added"] > 0
    later = await send(kabinet, billing, "suppliers", body)
    assert later.json()["id"] != first.json()["id"]
    assert (await ended(kabinet, billing, later))["added"] == 0


async def test_faults_are_paged_and_worded(kabinet, demo):
    billing = await key(kabinet, Scope.IMPORT)
    await ended(
        kabinet, billing, await send(kabinet, billing, "suppliers", (demo / "suppliers.csv").read_bytes())
    )
    answer = await send(kabinet, billing, "charges", (demo / "charges.csv").read_bytes())
    shown = await ended(kabinet, billing, answer, limit=2)
    assert shown["state"] == "refused"
    assert shown["faults_count"] > 3
    assert [fault["row"] for fault in shown["faults"]] == [2, 2]
    assert shown["faults"][0]["message"].startswith("Лицевого счёта с таким номером нет")
    page = await ended(kabinet, billing, answer, limit=2, cursor=shown["next"])
    assert [fault["row"] for fault in page["faults"]] == [3, 3]
    english = await kabinet.http.get(
        place(answer), auth=billing, headers={"Accept-Language": "en"}, params={"limit": 1}
    )
    assert english.json()["faults"][0]["message"].startswith("There is no account with this number")


async def test_control_totals(kabinet, demo):
    billing = await key(kabinet, Scope.IMPORT)
    body = (demo / "suppliers.csv").read_bytes()
    shown = await ended(kabinet, billing, await send(kabinet, billing, "suppliers", body, expect_rows=1))
    assert [(fault["code"], fault["value"]) for fault in shown["faults"]] == [("total-rows", "7")]


async def test_who_may_not(kabinet, demo):
    body = (demo / "suppliers.csv").read_bytes()
    seeing = await key(kabinet, Scope.SEE)
    assert (await send(kabinet, seeing, "suppliers", body)).status_code == 403
    wrong = {"X-API-Key": "k.no.no"}
    assert (
        await kabinet.http.post("/api/v1/imports/suppliers", content=body, headers=wrong)
    ).status_code == 401
    billing = await key(kabinet, Scope.IMPORT)
    assert (await send(kabinet, billing, "suppliers", b"")).json()["code"] == "file-unreadable"
    assert (await send(kabinet, billing, "dreams", body)).status_code in {404, 422}
    answer = await send(kabinet, billing, "suppliers", body)
    other = place(answer).replace("suppliers", "charges")
    assert (await kabinet.http.get(other, auth=billing)).status_code == 404
