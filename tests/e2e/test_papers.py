"""A filing without its papers is taken in; what follows from their lack."""

import pytest_asyncio

from adapters.postgres.pool import create_pool
from domain.people.staff import Role
from infra.clock import new_id
from tests import kabinets
from tests.attachments import Laying, pdf
from tests.cases import Desk, own_suppliers
from tests.offices import OfficeDesk

BANKRUPT = {
    "kind": "bankruptcy-write-off",
    "how": {
        "procedure": "judicial",
        "court": "Арбитражный суд Тюменской области",
        "case_number": "А70-12345/2026",
        "accepted_on": "2026-10-01",
        "completed_on": "2026-11-02",
    },
    "debtor_name": "Иванов Иван Иванович",
    "born_on": "1980-05-05",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kabinet(database, tmp_path_factory):
    async with (
        await create_pool(database, min_size=1, max_size=8) as pool,
        kabinets.opened(pool, tmp_path_factory.mktemp("papers")) as kabinet,
    ):
        yield kabinet


@pytest_asyncio.fixture
async def desk(kabinet, pool):
    home = await kabinet.household(email="ivanov@example.test")
    await own_suppliers(pool)
    return Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})


async def case_of(desk, case_id):
    case = (await desk.get(f"applications/{case_id}")).json()
    steps = [(step["verb"], step["public_note"]) for step in case["steps"]]
    return case, steps


async def test_the_case_waits_for_its_paper_and_goes_on_with_it(desk):
    filed = await desk.file(BANKRUPT)
    assert filed.status_code == 201, filed.text
    assert (filed.json()["state"], filed.json()["is_paused"]) == ("waiting_for_applicant", True)
    case, steps = await case_of(desk, filed.json()["id"])
    assert [paper["code"] for paper in case["papers_missing"]] == ["completion"]
    assert [verb for verb, _ in steps] == ["submit", "register", "ask"]
    assert "Определение" in steps[-1][1] or "документы" in steps[-1][1], steps
    told = [words for words in await desk.told() if getattr(words, "verb", "") == "ask"]
    assert told[0].note == steps[-1][1]
    laying = Laying(desk, case["id"])
    await laying.lay(pdf(mark=b"other"), name="Список.pdf", paper="creditors")
    assert (await case_of(desk, case["id"]))[0]["state"] == "waiting_for_applicant"
    await laying.lay(pdf(), name="Определение.pdf", paper="completion")
    case, steps = await case_of(desk, case["id"])
    assert (case["state"], case["is_paused"], case["papers_missing"]) == ("in_review", False, [])
    assert steps[-1] == ("attach", "Определение.pdf")


async def test_papers_laid_before_are_not_asked_for(desk):
    laying = Laying(desk, new_id())
    await laying.lay(pdf(), paper="completion")
    filed = await desk.file(BANKRUPT, case_id=laying.case_id)
    assert (filed.json()["state"], filed.json()["is_paused"]) == ("registered", False)


async def test_a_paper_that_is_none_is_asked_for_again(desk):
    laying = Laying(desk, new_id())
    content = pdf()
    announced = await laying.announce(content, paper="completion", sha256="0" * 64)
    await laying.send(announced.json()["id"], content)
    filed = await desk.file(BANKRUPT, case_id=laying.case_id)
    assert filed.json()["state"] == "registered"  # all of it is here and is being looked at
    await desk.kabinet.work()
    case, steps = await case_of(desk, laying.case_id)
    assert (case["state"], [verb for verb, _ in steps]) == (
        "waiting_for_applicant",
        ["submit", "register", "ask"],
    )


async def test_an_operators_question_is_not_answered_by_a_paper(desk):
    laying = Laying(desk, (await desk.file(BANKRUPT)).json()["id"])
    await desk.ask(laying.case_id, "Кто ваш финансовый управляющий?")
    await laying.lay(pdf(), paper="completion")
    assert (await case_of(desk, laying.case_id))[0]["state"] == "waiting_for_applicant"


async def test_staff_hold_the_papers_themselves(desk):
    operator = await desk.staff(Role.OPERATOR)
    filed = await desk.file(BANKRUPT, who=operator, channel="office")
    assert filed.json()["state"] == "registered", filed.text


async def test_what_staff_lay_stands_as_theirs(desk):
    place = f"/accounts/{desk.home.account_id}/cases/{(await desk.file(BANKRUPT)).json()['id']}"
    office, quality = [await OfficeDesk.of(desk.kabinet, role) for role in (Role.OPERATOR, Role.QUALITY)]
    assert "paper-completion" in await office.shown(place)
    assert "paper-completion" not in await quality.shown(place)
    file = {"paper.completion": ("Brought.pdf", pdf())}
    laid = await desk.kabinet.http.post(f"{place}/papers", files=file, headers=office.headers)
    assert laid.status_code == 303, laid.text
    await desk.kabinet.work()
    case, steps = await case_of(desk, place.rpartition("/")[2])
    assert (case["state"], steps[-1]) == ("in_review", ("attach", "Brought.pdf"))
    assert f"laid by {case['steps'][-1]['by']['name']}" in await office.shown(place)
    # The applicant has no way to know, and lays it once more.
    applicant = OfficeDesk(desk.kabinet, desk.owner["Authorization"].removeprefix("Bearer "))
    again = await desk.kabinet.http.post(f"{place}/papers", files=file, headers=applicant.headers)
    assert again.status_code == 303, again.text


async def test_where_the_law_does_not_wait_it_is_told(desk):
    charges = (await desk.get("charges")).json()["items"]
    form = {
        "kind": "recalculation",
        "why": {"ground": "price", "words": "Площадь"},
        "lines": [charges[0]["id"]],
    }
    filed = await desk.file(form)
    assert (filed.json()["state"], filed.json()["is_paused"]) == ("registered", False), filed.text
    case, steps = await case_of(desk, filed.json()["id"])
    assert [paper["when_lacking"] for paper in case["papers_missing"]] == ["told"]
    assert steps[1][0] == "register"
    assert steps[1][1].startswith("Этих документов пока нет")
    assert steps[1][1] == (await desk.told())[0].note


async def test_what_was_granted_ahead_is_charged_again_when_no_proof_comes(desk, pool):
    """Asked for on the day they are back, taken back once and for all when thirty days are over."""
    line = next(one for one in (await desk.get("charges")).json()["items"] if one["service_code"] == "water")
    why = {"ground": "absence", "left_on": "2026-10-05", "back_on": "2026-11-24"}
    filed = await desk.file({"kind": "recalculation", "why": why, "lines": [line["id"]]})
    assert filed.status_code == 201, filed.text
    case_id = filed.json()["id"]
    before = (await desk.get("")).json()["balance"]["to_pay"]["kopecks"]
    grant = {"kind": "recalculation", "lines": [{"charge_id": line["id"], "principal": {"kopecks": 5000}}]}
    await desk.decide(case_id, "satisfied", "Снижаем плату за время отъезда", grant)
    await desk.kabinet.work()
    assert (await desk.get("")).json()["balance"]["to_pay"]["kopecks"] == before - 5000
    kept = await pool.fetch("SELECT key FROM account_jobs WHERE job->>'kind' = 'cases.await-papers'")
    assert [row["key"] for row in kept] == [f"papers:{case_id}:1"]

    await desk.later(days=3)
    await desk.kabinet.work()
    await desk.kabinet.work()
    case, steps = await case_of(desk, case_id)
    assert (case["state"], [paper["code"] for paper in case["papers_missing"]]) == ("satisfied", ["proof"])
    asked = [note for verb, note in steps if verb == "effect"]
    assert len(asked) == 1 and "24.12.2026" in asked[0]
    office = await OfficeDesk.of(desk.kabinet, Role.OPERATOR)
    assert "paper-proof" in (await office.get(f"/accounts/{desk.home.account_id}/cases/{case_id}")).text

    await desk.later(days=30)
    await desk.kabinet.work()
    await desk.kabinet.work()
    case, steps = await case_of(desk, case_id)
    assert case["state"] == "refused", steps
    assert [verb for verb, _ in steps][-2:] == ["reopen", "decide"]
    assert "24.12.2026" in steps[-1][1]
    assert (await desk.get("")).json()["balance"]["to_pay"]["kopecks"] == before
    assert [one["is_annulment"] for one in case["effects"] if one["kind"] == "charge"] == [False, True]
    assert await pool.fetchval("SELECT count(*) FROM account_jobs WHERE state = 'waiting'") == 0
