"""Cases over HTTP: filed once, followed, replied to, withdrawn, appealed; what is told and what is not."""

import asyncio

import pytest_asyncio

from domain.people.staff import Role
from infra.clock import new_id
from tests import kabinets
from tests.cases import QUESTION, Desk


@pytest_asyncio.fixture
async def desk(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        home = await kabinet.household(email="ivanov@example.test")
        yield Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_filed_case_has_its_number_and_deadline_at_once(desk):
    filed = await desk.file(QUESTION)
    assert filed.status_code == 201, filed.text
    case = filed.json()
    assert case["number"] == "К-2026-000001"
    assert (case["state"], case["state_words"]) == ("registered", "Зарегистрировано")
    assert [step["verb"] for step in case["steps"]] == ["submit", "register"]
    assert case["due_on"] == case["clock"]["due_on"] == "2026-11-25"
    assert case["form"]["kind"] == "consultation"
    assert case["by"] == {"kind": "customer", "name": "Иванов И. И.", "id": None}


async def test_the_same_request_gives_the_first_answer(desk):
    case_id = new_id()
    first = await desk.file(QUESTION, case_id=case_id)
    again = await desk.file(QUESTION, case_id=case_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    refused(await desk.file({**QUESTION, "question": "Другое"}, case_id=case_id), 409, "case-id-taken")


async def test_the_same_request_at_once_files_one_case(desk):
    case_id = new_id()
    answers = await asyncio.gather(*(desk.file(QUESTION, case_id=case_id) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert await desk.count("cases") == await desk.count("case_numbers") == 1
    assert await desk.count("case_steps") == 2


async def test_it_is_found_by_its_owner_alone(desk):
    case = (await desk.file(QUESTION)).json()
    path = f"enquiries/{case['id']}"
    assert (await desk.get(path)).json() == case
    refused(await desk.get(f"claims/{case['id']}"), 404, "case-not-found")
    stranger = await desk.stranger()
    refused(await desk.get(path, stranger), 404, "case-not-found")
    refused(await desk.post(f"{path}/replies", {"words": "Моё"}, stranger), 404, "case-not-found")
    refused(await desk.file(QUESTION, who=stranger), 404, "account-not-found")


async def test_customers_name_their_own_channels_only(desk):
    assert (await desk.file(QUESTION, channel="app")).json()["channel"] == "app"
    refused(await desk.file(QUESTION, channel="phone"), 422, "case-channel-not-yours")
    when = {"received_at": "2026-11-20T06:00:00Z"}
    refused(await desk.file(QUESTION, **when), 422, "case-received-at-wrong")


async def test_staff_write_down_what_came_by_phone_or_on_paper(desk):
    operator = await desk.staff(Role.OPERATOR)
    when = {"channel": "phone", "received_at": "2026-11-18T06:00:00Z"}
    case = (await desk.file(QUESTION, who=operator, **when)).json()
    assert (case["channel"], case["received_at"]) == ("phone", "2026-11-18T06:00:00Z")
    assert case["due_on"] == "2026-11-23"
    assert case["by"]["kind"] == "staff"
    too_old = {"channel": "office", "received_at": "2026-09-18T06:00:00Z"}
    refused(await desk.file(QUESTION, who=operator, **too_old), 422, "case-received-at-wrong")


async def test_a_reply_ends_the_waiting(desk):
    case = (await desk.file(QUESTION)).json()
    await desk.ask(case["id"], "Какой у вас прибор?")
    waiting = (await desk.get(f"enquiries/{case['id']}")).json()
    assert (waiting["state"], waiting["is_paused"]) == ("waiting_for_applicant", True)
    reply = {"words": "Однотарифный", "seen_step": len(waiting["steps"])}
    answered = await desk.post(f"enquiries/{case['id']}/replies", reply)
    assert (answered.json()["state"], answered.json()["is_paused"]) == ("in_review", False)
    again = await desk.post(f"enquiries/{case['id']}/replies", reply)
    assert len(again.json()["steps"]) == len(answered.json()["steps"])
    stale = await desk.post(f"enquiries/{case['id']}/replies", {**reply, "words": "И ещё"})
    refused(stale, 409, "case-moved")


async def test_withdrawn_is_the_end(desk):
    path = f"enquiries/{(await desk.file(QUESTION)).json()['id']}"
    refused(await desk.post(f"{path}/appeal", {"why": "Не согласен"}), 409, "case-not-answered")
    assert (await desk.post(f"{path}/withdrawal", {})).json()["state"] == "withdrawn"
    assert (await desk.post(f"{path}/withdrawal", {})).json()["state"] == "withdrawn"
    refused(await desk.post(f"{path}/replies", {"words": "Ещё"}), 409, "case-answered")


async def test_an_answer_may_be_appealed_against_and_has_a_new_term(desk):
    case_id = (await desk.file(QUESTION)).json()["id"]
    await desk.decide(case_id, "refused", "Это не к нам")
    await desk.later(days=10)
    appealed = (await desk.post(f"enquiries/{case_id}/appeal", {"why": "К вам"})).json()
    assert (appealed["state"], appealed["holder"], appealed["is_late"]) == ("appealed", None, False)
    await desk.decide(case_id, "satisfied", "Вопрос всё же к нам", grant={"kind": "consultation"}, number=8)
    case = (await desk.get(f"enquiries/{case_id}")).json()
    assert [(one["no"], one["outcome"], one["stands"]) for one in case["decisions"]] == [
        (1, "refused", False),
        (2, "satisfied", True),
    ]


async def test_inner_notes_stay_inside(desk):
    case_id = (await desk.file(QUESTION)).json()["id"]
    await desk.note(case_id, "Звонил дважды")
    seen = (await desk.get(f"enquiries/{case_id}")).json()
    assert [step["verb"] for step in seen["steps"]] == ["submit", "register"]
    assert {step["inner_note"] for step in seen["steps"]} == {None}
    operator = await desk.staff(Role.OPERATOR)
    inside = (await desk.get(f"enquiries/{case_id}", operator)).json()
    assert [step["inner_note"] for step in inside["steps"]] == ["", "", "Звонил дважды"]


async def test_lists_page_by_page_and_narrowed(desk):
    complaint = {"kind": "complaint", "about": "staff", "text": "Не дозвониться"}
    for number in range(5):
        desk.kabinet.clock.later(seconds=1)
        await desk.file(QUESTION if number % 2 else complaint)
    first = (await desk.get("cases?limit=3")).json()
    rest = (await desk.get(f"cases?limit=3&cursor={first['next']}")).json()
    numbers = [case["number"] for case in first["items"] + rest["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 5
    only = (await desk.get("enquiries?kind=complaint&is_open=true")).json()["items"]
    assert {case["kind"] for case in only} == {"complaint"}
    assert (await desk.get("claims")).json() == {"items": [], "next": None}
    assert len((await desk.get("cases?case_state=closed")).json()["items"]) == 0


async def test_drafts_are_kept_for_who_wrote_them_until_sent(desk):
    case_id = new_id()
    path = f"drafts/{case_id}"
    assert (await desk.put(path, {"question": "Поч"})).status_code == 200
    assert (await desk.put(path, {"question": "Почему"})).json()["content"] == {"question": "Почему"}
    assert [one["case_id"] for one in (await desk.get("drafts")).json()["items"]] == [str(case_id)]
    refused(await desk.get(path, await desk.staff(Role.OPERATOR)), 404, "draft-not-found")
    refused(await desk.put(path, {"x": "я" * 40_000}), 422, "draft-too-large")
    await desk.file(QUESTION, case_id=case_id)
    refused(await desk.get(path), 404, "draft-not-found")
    refused(await desk.put(path, {}), 409, "case-id-taken")


async def test_kinds_say_what_they_take(desk):
    kinds = {one["kind"]: one for one in (await desk.kinds()).json()}
    complaint = kinds["complaint"]
    assert (complaint["family"], complaint["title"]) == ("enquiries", "Жалоба")
    assert complaint["form"]["$defs"]["Complaint"]["required"] == ["kind", "text"]
    words = {one["ground"]: one["words"] for one in complaint["deadlines"]}
    assert words["quality"] == "В течение 3 рабочих дней"
    assert [paper["is_required"] for paper in complaint["papers"]] == [False]


async def test_the_number_the_deadline_and_each_public_step_are_told_once(desk):
    case = (await desk.file(QUESTION)).json()
    await desk.note(case["id"], "между нами")
    await desk.ask(case["id"], "Какой у вас прибор?")
    await desk.post(f"enquiries/{case['id']}/replies", {"words": "Однотарифный"})
    await desk.decide(case["id"], "satisfied", "Всё было верно", grant={"kind": "consultation"})
    told = await desk.told()
    assert [(words.kind, words.case_number) for words in told] == [
        ("case-registered", case["number"]),
        ("case-step", case["number"]),
        ("case-step", case["number"]),
    ]
    assert str(told[0].due_on) == case["due_on"]
    assert [(words.verb, words.note) for words in told[1:]] == [
        ("ask", "Какой у вас прибор?"),
        ("decide", "Всё было верно"),
    ]
    assert await desk.told() == told
