"""Billing sends its files over HTTP and asks what became of them."""

import pytest
import pytest_asyncio

from domain.kernel.access import Scope
from infra.demo import files
from tests import kabinets
from tests.invariants import money_is_whole


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        yield kabinet


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    place = tmp_path_factory.mktemp("demo")
    files.write(place, accounts=6, seed=7)
    return place


async def key(kabinet, *scopes):
    return {
        "X-API-Key": str(await kabinet.container.enrolment_service.system("billing", scopes, valid_days=1))
    }


async def send(kabinet, headers, kind, body, **query):
    return await kabinet.http.post(f"/api/v1/imports/{kind}", content=body, headers=headers, params=query)


def place(answer):
    return f"/api/v1/imports/{answer.json()['kind']}/{answer.json()['id']}"


async def ended(kabinet, headers, answer, **query):
    assert answer.status_code == 202, answer.text
    await kabinet.work()
    shown = await kabinet.http.get(place(answer), headers=headers, params=query)
    assert shown.status_code == 200, shown.text
    return shown.json()


async def test_files_are_taken_in_and_posted(kabinet, demo):
    headers = await key(kabinet, Scope.IMPORT)
    for kind in ("suppliers", "accounts", "contacts", "opening-balances", "charges"):
        answer = await send(kabinet, headers, kind, (demo / f"{kind}.csv").read_bytes(), file_name="f.csv")
        assert answer.json()["state"] == "received"
        shown = await ended(kabinet, headers, answer)
        assert (shown["state"], shown["faults"], shown["file_name"]) == ("posted", [], "f.csv"), shown
        assert shown["rows_done"] == shown["rows"] > 0
    assert await money_is_whole(kabinet.container.pool, []) == 0
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM import_files") == 0


async def test_the_same_file_while_unfinished_is_the_same_import(kabinet, demo):
    headers = await key(kabinet, Scope.IMPORT)
    body = (demo / "suppliers.csv").read_bytes()
    first = await send(kabinet, headers, "suppliers", body)
    again = await send(kabinet, headers, "suppliers", body)
    assert first.json()["id"] == again.json()["id"]
    shown = await ended(kabinet, headers, first)
    assert shown["added"] > 0
    later = await send(kabinet, headers, "suppliers", body)
    assert later.json()["id"] != first.json()["id"]
    assert (await ended(kabinet, headers, later))["added"] == 0


async def test_faults_are_paged_and_worded(kabinet, demo):
    headers = await key(kabinet, Scope.IMPORT)
    await ended(
        kabinet, headers, await send(kabinet, headers, "suppliers", (demo / "suppliers.csv").read_bytes())
    )
    answer = await send(kabinet, headers, "charges", (demo / "charges.csv").read_bytes())
    shown = await ended(kabinet, headers, answer, limit=2)
    assert shown["state"] == "refused"
    assert shown["faults_count"] > 3
    assert [fault["row"] for fault in shown["faults"]] == [2, 2]
    assert shown["faults"][0]["message"].startswith("Лицевого счёта с таким номером нет")
    page = await ended(kabinet, headers, answer, limit=2, cursor=shown["next"])
    assert [fault["row"] for fault in page["faults"]] == [3, 3]
    english = await kabinet.http.get(
        place(answer), headers=headers | {"Accept-Language": "en"}, params={"limit": 1}
    )
    assert english.json()["faults"][0]["message"].startswith("There is no account with this number")


async def test_control_totals(kabinet, demo):
    headers = await key(kabinet, Scope.IMPORT)
    body = (demo / "suppliers.csv").read_bytes()
    shown = await ended(kabinet, headers, await send(kabinet, headers, "suppliers", body, expect_rows=1))
    assert [(fault["code"], fault["value"]) for fault in shown["faults"]] == [("total-rows", "7")]


async def test_who_may_not(kabinet, demo):
    body = (demo / "suppliers.csv").read_bytes()
    seeing = await key(kabinet, Scope.SEE)
    assert (await send(kabinet, seeing, "suppliers", body)).status_code == 403
    assert (await send(kabinet, {"X-API-Key": "k.no.no"}, "suppliers", body)).status_code == 401
    headers = await key(kabinet, Scope.IMPORT)
    assert (await send(kabinet, headers, "suppliers", b"")).json()["code"] == "file-unreadable"
    assert (await send(kabinet, headers, "meters", body)).status_code in {404, 422}
    answer = await send(kabinet, headers, "suppliers", body)
    other = place(answer).replace("suppliers", "charges")
    assert (await kabinet.http.get(other, headers=headers)).status_code == 404
