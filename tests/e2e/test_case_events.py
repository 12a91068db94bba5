"""A timeline as it goes on, and the answer on paper."""

import asyncio
import signal

import httpx
import pytest
import pytest_asyncio

from adapters.postgres.pool import create_pool
from domain.people.staff import Role
from infra.app import create
from infra.clock import new_id, now
from infra.packing import Packed
from infra.stopping import close_streams
from services.cases.following import MOST_OF_ONE
from tests import kabinets
from tests.cases import QUESTION, Desk
from tests.notices import caught
from tests.programs import Program, Programs, answers
from tests.streams import listening


@pytest_asyncio.fixture
async def desk(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        home = await kabinet.household()
        kabinet.container.of_cases.case_following.look_seconds = 0.05
        yield Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})


@pytest.fixture
def app(desk):
    return Packed(create(desk.kabinet.container))


def events(desk, case):
    return f"/api/v1/accounts/{desk.home.account_id}/cases/{case['id']}/events"


async def test_steps_come_as_they_are_taken(desk, app):
    case = (await desk.file(QUESTION)).json()
    asking = {**desk.owner, "Accept-Encoding": "gzip", "Last-Event-ID": "1"}
    async with listening(app, events(desk, case), asking) as stream:
        number, name, step = await stream.next()
        assert (number, name, step["verb"]) == (2, "step", "register")
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in stream.headers
        await desk.note(case["id"], "Между нами")
        await desk.ask(case["id"], "Какой прибор?")
        number, name, step = await stream.next()
        assert (number, step["public_note"]) == (4, "Какой прибор?")
        assert step == (await desk.get(f"enquiries/{case['id']}")).json()["steps"][-1]
    assert not desk.kabinet.container.of_cases.case_following._followers


async def test_staff_see_inner_notes_and_their_look_is_logged(desk, app):
    case = (await desk.file(QUESTION)).json()
    await desk.note(case["id"], "Между нами")
    operator = await desk.staff(Role.OPERATOR)
    async with listening(app, events(desk, case) + "?after=2", operator) as stream:
        number, _, step = await stream.next()
        assert (number, step["inner_note"]) == (3, "Между нами")
    seen = await desk.kabinet.container.pool.fetchval("SELECT count(*) FROM account_views")
    assert seen == 1


async def test_a_stream_ends_with_the_session_and_with_the_right(desk, app):
    case = (await desk.file(QUESTION)).json()
    other = await desk.kabinet.sign_in("+79000000002")
    granted = "INSERT INTO account_members (account_id, user_id, scopes, role, added_at)"
    granted += " VALUES ($1, $2, '{see}', 'family', $3)"
    pool = desk.kabinet.container.pool
    await pool.execute(granted, desk.home.account_id, other, desk.kabinet.clock())
    family = {"Authorization": desk.kabinet.http.headers.pop("Authorization")}
    path = events(desk, case) + "?after=2"
    async with listening(app, path, desk.owner) as own, listening(app, path, family) as theirs:
        await asyncio.sleep(0.2)
        await pool.execute("DELETE FROM account_members WHERE user_id = $1", other)
        assert await theirs.next() == (None, "end", {"reason": "not-admitted"})
        await asyncio.wait_for(theirs.is_over.wait(), 1)
        await desk.kabinet.http.delete("/api/v1/sessions/current", headers=desk.owner)
        assert await own.next() == (None, "end", {"reason": "not-admitted"})


async def test_so_many_at_once_and_none_after_the_stop(desk, app):
    case = (await desk.file(QUESTION)).json()
    path, following = events(desk, case) + "?after=2", desk.kabinet.container.of_cases.case_following
    following.heartbeat_seconds = 0.05
    several = [listening(app, path, desk.owner) for _ in range(MOST_OF_ONE)]
    streams = [await one.__aenter__() for one in several]
    for stream in streams:
        assert await stream.next() == (None, "", None)  # the line stands
    async with listening(app, path, desk.owner) as refused:
        await asyncio.wait_for(refused.is_over.wait(), 2)
        assert refused.status == 429
    close_streams(create(desk.kabinet.container))
    for stream in streams:
        await asyncio.wait_for(stream.is_over.wait(), 2)
    for one in several:
        await one.__aexit__(None, None, None)
    async with listening(app, path, desk.owner) as late:
        await asyncio.wait_for(late.is_over.wait(), 2)


async def test_what_is_over_ends_by_itself(desk, app):
    case = (await desk.file(QUESTION)).json()
    await desk.post(f"enquiries/{case['id']}/withdrawal", {"why": "Нашлось"})
    async with listening(app, events(desk, case), desk.owner) as stream:
        assert [(await stream.next())[1] for _ in range(4)] == ["step"] * 3 + ["end"]
        await asyncio.wait_for(stream.is_over.wait(), 1)
    async with listening(app, events(desk, case) + "?after=3", desk.owner) as stream:
        await asyncio.wait_for(stream.is_over.wait(), 1)
        assert stream.status == 204
    stranger = await desk.stranger()
    for path in (events(desk, case), events(desk, {"id": new_id()})):
        answer = await desk.kabinet.http.get(path, headers=stranger)
        assert answer.status_code == 404


async def test_the_answer_on_paper(desk):
    case = (await desk.file(QUESTION)).json()
    early = await desk.get(f"cases/{case['id']}/answer.pdf")
    assert (early.status_code, early.json()["code"]) == (409, "case-not-answered")
    await desk.decide(case["id"], "satisfied", "Счёт верный.\n\nВот почему.", {"kind": "consultation"})
    paper = await desk.get(f"cases/{case['id']}/answer.pdf")
    assert paper.status_code == 200, paper.text
    assert paper.content.startswith(b"%PDF-1.7")
    assert paper.headers["content-disposition"].startswith("attachment; ")
    assert (await desk.get(f"cases/{case['id']}/answer.pdf")).content == paper.content
    assert (await desk.get(f"cases/{case['id']}/answer.pdf", await desk.stranger())).status_code == 404
    operator = await desk.staff(Role.OPERATOR)
    assert (await desk.get(f"cases/{case['id']}/answer.pdf", operator)).status_code == 200


async def test_the_letter_of_the_answer_brings_the_paper(desk):
    letters = caught(desk.kabinet)
    address = "anna@example.test"
    await desk.kabinet.container.pool.execute("UPDATE users SET email = $1", address)
    case = (await desk.file(QUESTION)).json()
    await desk.kabinet.work()
    await desk.ask(case["id"], "Какой прибор?")
    await desk.decide(case["id"], "satisfied", "Счёт верный.", {"kind": "consultation"})
    for _ in range(5):  # told now, sent when the reader is awake
        await desk.kabinet.work()
        desk.kabinet.clock.later(hours=5, seconds=5)
    await desk.kabinet.work()
    by_news = {letter.subject.rpartition(": ")[2]: letter for letter in letters.to(address)}
    [paper] = by_news["удовлетворено"].attachments
    assert paper.content.startswith(b"%PDF")
    assert paper.name == f"Ответ {case['number']}.pdf"
    assert not any(letter.attachments for news, letter in by_news.items() if news != "удовлетворено")


@pytest.mark.slow
async def test_an_open_stream_does_not_hold_up_the_servers_stop(dsn, tmp_path):
    programs = Programs(tmp_path, dsn)
    env = programs.environment() | {"KABINET_STOP_SECONDS": "30"}
    api = Program("api", env, tmp_path / "api.log")
    async with await create_pool(dsn) as pool, kabinets.opened(pool, tmp_path) as kabinet:
        kabinet.clock.later(seconds=(now() - kabinet.clock()).total_seconds())
        home = await kabinet.household()
        desk = Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})
        case = (await desk.file(QUESTION)).json()
        await api.start()
        try:
            async with httpx.AsyncClient(base_url=programs.api_url, trust_env=False) as http:
                await answers(http, "/health/live", api)
                async with http.stream("GET", events(desk, case), headers=desk.owner, timeout=20) as stream:
                    lines = stream.aiter_lines()
                    assert "id: 1" in [await anext(lines) for _ in range(3)]
                    began = asyncio.get_running_loop().time()
                    assert api.process is not None
                    api.process.send_signal(signal.SIGTERM)
                    assert 'data: {"reason":"stopping"}' in [line async for line in lines]
                await asyncio.wait_for(api.process.wait(), 15)
                assert asyncio.get_running_loop().time() - began < 8
        finally:
            await api.kill()
