"""Staff over HTTP: who lets whom in, what needs two people, and rights that end at once."""

import asyncio
from dataclasses import dataclass

import httpx
import pytest_asyncio

from domain.people.staff import Role
from tests import kabinets
from tests.kabinets import PASSWORD, Kabinet

WHY = {"reason": "for a reason"}
STAFF = {
    "+79000000019": Role.ADMINISTRATOR,
    "+79000000018": Role.ADMINISTRATOR,
    "+79000000011": Role.OPERATOR,
}


@dataclass
class Person:
    """One of the staff at a browser of their own."""

    id: str
    http: httpx.AsyncClient

    async def get(self, path):
        return await self.http.get(f"/api/v1{path}")

    async def post(self, path, body=WHY):
        return await self.http.post(f"/api/v1{path}", json=body)

    async def give_role(self, other, role):
        return await self.http.put(f"/api/v1/staff/{other.id}/role", json={"role": role, **WHY})


@dataclass
class Office:
    kabinet: Kabinet
    zoe: Person
    yan: Person
    oleg: Person

    async def log(self):
        rows = await self.kabinet.container.pool.fetch("SELECT act, whom FROM staff_log ORDER BY entry_id")
        return [row["act"] for row in rows if row["act"] != "second-factor-set"]


@pytest_asyncio.fixture
async def office(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        people = []
        for phone, role in STAFF.items():
            member = await kabinet.container.enrolment_service.staff(phone, role.value, role, PASSWORD, None)
            await kabinet.sign_in_again(phone)
            transport = httpx.ASGITransport(kabinet.http._transport.app)
            headers = {"Authorization": kabinet.http.headers["Authorization"]}
            http = httpx.AsyncClient(transport=transport, base_url="http://kabinet", headers=headers)
            people.append(Person(str(member.id), http))
        yield Office(kabinet, *people)
        for person in people:
            await person.http.aclose()


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def role_of(office, person):
    rows = (await office.zoe.get("/staff")).json()
    return next(row["role"] for row in rows if row["id"] == person.id)


async def test_an_administrator_lets_somebody_in(office):
    new = {"login": "8 900 000-00-21", "name": "Орлова Ирина", "role": "quality", "email": "o@example.test"}
    added = await office.zoe.post("/staff", new)
    assert (added.status_code, added.headers["cache-control"]) == (201, "no-store")
    assert added.json()["login"] == "+79000000021"
    refused(await office.zoe.post("/staff", new), 409, "staff-login-taken")

    await office.kabinet.sign_in_again("+79000000021", added.json()["password"])
    me = (await office.kabinet.http.get("/api/v1/me")).json()
    assert (me["role"], me["must_set_second_factor"]) == ("quality", False)
    listed = {row["login"]: row for row in (await office.zoe.get("/staff")).json()}
    assert listed["+79000000021"]["has_second_factor"] is True
    assert "password" not in listed["+79000000021"]


async def test_only_administrators_administer(office):
    for answer in (
        await office.oleg.get("/staff"),
        await office.oleg.get("/staff-log"),
        await office.oleg.post("/staff", {"login": "x", "name": "X", "role": "operator"}),
        await office.oleg.give_role(office.oleg, "administrator"),
        await office.oleg.post(f"/staff/{office.zoe.id}/disable"),
    ):
        refused(answer, 403, "scope-missing")
    assert (await office.oleg.get("/approvals")).json() == []


async def test_a_changed_role_ends_every_session_at_once(office):
    assert (await office.oleg.get("/me")).status_code == 200
    changed = await office.zoe.give_role(office.oleg, "senior_operator")
    assert (changed.status_code, changed.json()["role"]) == (200, "senior_operator")
    refused(await office.oleg.get("/me"), 401, "token-refused")
    assert await office.log() == ["role-changed"]
    # Repeated: nothing more is done.
    assert (await office.zoe.give_role(office.oleg, "senior_operator")).status_code == 200
    assert await office.log() == ["role-changed"]


async def test_who_is_shut_out_is_out_at_once_also_between_the_two_steps(office):
    challenge = await office.kabinet.http.post(
        "/api/v1/sessions", json={"phone": "+79000000011", "password": PASSWORD}
    )
    assert (await office.zoe.post(f"/staff/{office.oleg.id}/disable")).status_code == 200
    refused(await office.oleg.get("/me"), 401, "token-refused")
    step = {"challenge": challenge.json()["challenge"], "code": "000000"}
    refused(
        await office.kabinet.http.post("/api/v1/sessions/second-factor", json=step), 401, "challenge-refused"
    )
    again = await office.kabinet.http.post(
        "/api/v1/sessions", json={"phone": "+79000000011", "password": PASSWORD}
    )
    refused(again, 401, "sign-in-failed")
    assert (await office.zoe.post(f"/staff/{office.oleg.id}/enable")).status_code == 200
    office.kabinet.clock.later(minutes=1)
    await office.kabinet.sign_in_again("+79000000011")
    assert await office.log() == ["disabled", "enabled"]


async def test_nobody_makes_an_administrator_alone(office):
    alone = {"login": "new", "name": "New", "role": "administrator"}
    refused(await office.zoe.post("/staff", alone), 409, "staff-administrator-by-two")
    asked = await office.zoe.give_role(office.oleg, "administrator")
    assert (asked.status_code, asked.json()["state"]) == (202, "asked")
    assert asked.json()["action"] == {
        "kind": "staff.change-role",
        "staff_id": office.oleg.id,
        "role": "administrator",
    }
    approval = f"/approvals/{asked.json()['id']}"
    assert await role_of(office, office.oleg) == "operator"
    refused(await office.zoe.post(f"{approval}/approve"), 403, "approval-of-oneself")
    refused(await office.oleg.post(f"{approval}/approve"), 403, "scope-missing")
    assert [one["id"] for one in (await office.yan.get("/approvals")).json()] == [asked.json()["id"]]

    given = await office.yan.post(f"{approval}/approve")
    assert (given.status_code, given.json()["state"]) == (200, "approved")
    assert await role_of(office, office.oleg) == "administrator"
    refused(await office.oleg.get("/me"), 401, "token-refused")
    refused(await office.yan.post(f"{approval}/approve"), 409, "approval-decided")
    assert await office.log() == ["approval-asked", "approval-given", "role-changed"]


async def test_an_approval_is_given_once_however_many_press_at_once(office):
    asked = (await office.zoe.give_role(office.oleg, "administrator")).json()["id"]
    answers = await asyncio.gather(*(office.yan.post(f"/approvals/{asked}/approve") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert (await office.log()).count("role-changed") == 1


async def test_an_approval_may_be_refused_taken_back_and_forgotten(office):
    first, second, third = [
        (await office.zoe.give_role(office.oleg, "administrator")).json()["id"] for _ in range(3)
    ]
    assert (await office.yan.post(f"/approvals/{first}/refuse")).json()["state"] == "refused"
    assert (await office.zoe.post(f"/approvals/{second}/refuse")).json()["state"] == "refused"
    refused(await office.yan.post(f"/approvals/{first}/approve"), 409, "approval-decided")
    office.kabinet.clock.later(days=3)
    await office.kabinet.sign_in_again("+79000000018")
    late = await office.kabinet.http.post(f"/api/v1/approvals/{third}/approve", json=WHY)
    refused(late, 409, "approval-expired")
    nowhere = await office.kabinet.http.post(f"/api/v1/approvals/{office.oleg.id}/approve", json=WHY)
    refused(nowhere, 404, "approval-not-found")
    assert (
        await office.kabinet.container.pool.fetchval("SELECT role FROM staff WHERE login = '+79000000011'")
        == "operator"
    )


async def test_what_was_asked_by_one_who_lost_the_right_is_not_done(office):
    asked = (await office.zoe.give_role(office.oleg, "administrator")).json()["id"]
    assert (await office.yan.give_role(office.zoe, "operator")).status_code == 200
    refused(await office.yan.post(f"/approvals/{asked}/approve"), 409, "approval-asker-may-not")


async def test_a_lost_second_factor_is_reset(office):
    assert (await office.zoe.post(f"/staff/{office.oleg.id}/reset-second-factor")).status_code == 200
    refused(await office.oleg.get("/me"), 401, "token-refused")
    answer = await office.kabinet.http.post(
        "/api/v1/sessions", json={"phone": "+79000000011", "password": PASSWORD}
    )
    assert answer.status_code == 201
    office.kabinet.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    refused(await office.kabinet.http.get("/api/v1/approvals"), 403, "second-factor-missing")


async def test_that_of_an_administrator_only_by_two_and_never_by_themselves(office):
    asked = await office.zoe.post(f"/staff/{office.yan.id}/reset-second-factor")
    assert asked.status_code == 202
    approval = f"/approvals/{asked.json()['id']}"
    refused(await office.yan.post(f"{approval}/approve"), 403, "staff-not-oneself")
    assert (await office.yan.get("/me")).status_code == 200
    rows = (await office.yan.get("/approvals")).json()
    assert rows[0]["state"] == "asked"


async def test_nobody_changes_themselves_and_an_administrator_stays(office):
    for answer in (
        await office.zoe.give_role(office.zoe, "operator"),
        await office.zoe.post(f"/staff/{office.zoe.id}/disable"),
        await office.zoe.post(f"/staff/{office.zoe.id}/reset-second-factor"),
    ):
        refused(answer, 403, "staff-not-oneself")


async def test_two_administrators_who_shut_each_other_out_leave_one(office):
    answers = await asyncio.gather(
        office.zoe.post(f"/staff/{office.yan.id}/disable"), office.yan.post(f"/staff/{office.zoe.id}/disable")
    )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert sorted(answer.status_code for answer in answers)[1] in (401, 403)
    left = await office.kabinet.container.pool.fetchval(
        "SELECT count(*) FROM staff WHERE role = 'administrator' AND disabled_at IS NULL"
    )
    assert left == 1


async def test_a_disabled_administrator_comes_back_in_a_lesser_role_only(office):
    assert (await office.zoe.post(f"/staff/{office.yan.id}/disable")).status_code == 200
    refused(await office.zoe.post(f"/staff/{office.yan.id}/enable"), 409, "staff-administrator-by-two")
    assert (await office.zoe.give_role(office.yan, "operator")).status_code == 200
    assert (await office.zoe.post(f"/staff/{office.yan.id}/enable")).status_code == 200


async def test_the_log_says_who_did_what_to_whom_when_and_why(office):
    await office.zoe.give_role(office.oleg, "quality")
    for _ in range(2):
        await office.zoe.post(f"/staff/{office.oleg.id}/disable")
        await office.zoe.post(f"/staff/{office.oleg.id}/enable")

    seen, cursor = [], ""
    while cursor is not None:
        page = (await office.zoe.get(f"/staff-log?limit=2{cursor}")).json()
        seen += page["items"]
        cursor = f"&cursor={page['next']}" if page["next"] else None

    acts = [line["act"] for line in seen]
    assert acts == ["enabled", "disabled"] * 2 + ["role-changed"] + ["second-factor-set"] * 3
    line = seen[4]
    assert (line["who"], line["who_name"]) == (office.zoe.id, "administrator")
    assert (line["whom"], line["reason"]) == (office.oleg.id, "for a reason")
    assert line["details"] == {"role": "quality", "former_role": "operator"}


async def test_unknown_staff_and_misshapen_bodies(office):
    nobody = "01a20000-0000-7000-8000-000000000001"
    refused(await office.zoe.post(f"/staff/{nobody}/disable"), 404, "staff-not-found")
    for body in ({}, {"reason": ""}, {"reason": "x", "more": 1}):
        refused(await office.zoe.post(f"/staff/{office.oleg.id}/disable", body), 422, "invalid")
    refused(await office.zoe.give_role(office.oleg, "king"), 422, "invalid")


CHOSEN = "три слова подряд"


async def choose(office, reset, password=CHOSEN):
    body = {"reset": reset, "password": password}
    return await office.kabinet.http.post("/api/v1/staff-password-resets/confirm", json=body)


async def first_step(office, password):
    body = {"login": "+79000000011", "password": password}
    return await office.kabinet.http.post("/api/v1/staff-sessions", json=body)


async def test_a_password_is_reset_by_an_administrator_and_chosen_by_its_owner(office):
    given = await office.zoe.post(f"/staff/{office.oleg.id}/reset-password")
    assert (given.status_code, given.headers["cache-control"]) == (200, "no-store")
    refused(await office.oleg.get("/me"), 401, "token-refused")
    for former in (PASSWORD, "", "nobody's"):
        body = {"login": "+79000000011", "password": former or " "}
        answer = await office.kabinet.http.post("/api/v1/staff-sessions", json=body)
        refused(answer, 401, "sign-in-failed")

    reset = given.json()["reset"]
    for wrong in (reset[:-1] + "!", reset.partition(".")[0], "x", "0" * 32 + ".x"):
        refused(await choose(office, wrong), 422, "staff-reset-refused")
    refused(await choose(office, reset, "12345678"), 422, "password-too-common")
    both = await asyncio.gather(choose(office, reset), choose(office, reset))
    assert sorted(answer.status_code for answer in both) == [204, 422]
    refused(await choose(office, reset), 422, "staff-reset-refused")
    refused(await first_step(office, CHOSEN), 401, "second-factor-required")
    assert await office.log() == ["password-reset", "password-set"]


async def test_a_reset_ends_by_its_time_by_the_next_and_with_its_owner(office):
    first, second = [
        (await office.zoe.post(f"/staff/{office.oleg.id}/reset-password")).json()["reset"] for _ in range(2)
    ]
    refused(await choose(office, first), 422, "staff-reset-refused")
    office.kabinet.clock.later(days=1)
    refused(await choose(office, second), 422, "staff-reset-refused")
    await office.kabinet.sign_in_again("+79000000019")
    office.zoe.http.headers["Authorization"] = office.kabinet.http.headers["Authorization"]
    third = (await office.zoe.post(f"/staff/{office.oleg.id}/reset-password")).json()["reset"]
    assert (await office.zoe.post(f"/staff/{office.oleg.id}/disable")).status_code == 200
    refused(await choose(office, third), 422, "staff-reset-refused")


async def test_an_administrators_password_is_reset_by_two(office):
    refused(await office.zoe.post(f"/staff/{office.zoe.id}/reset-password"), 403, "staff-not-oneself")
    asked = await office.zoe.post(f"/staff/{office.yan.id}/reset-password")
    assert asked.status_code == 202
    reset, approval = asked.json()["reset"], asked.json()["id"]
    assert asked.json()["action"] == {"kind": "staff.reset-password", "staff_id": office.yan.id}
    refused(await choose(office, reset), 422, "staff-reset-refused")
    assert (await office.yan.get("/me")).status_code == 200
    refused(await office.zoe.post(f"/approvals/{approval}/approve"), 403, "approval-of-oneself")
    # Nor the one whom it concerns.
    refused(await office.yan.post(f"/approvals/{approval}/approve"), 403, "staff-not-oneself")
    assert (await office.zoe.give_role(office.oleg, "administrator")).status_code == 202
    [made] = [one for one in (await office.yan.get("/approvals")).json() if "role" in one["action"]]
    assert (await office.yan.post(f"/approvals/{made['id']}/approve")).status_code == 200
    await office.kabinet.sign_in_again("+79000000011")
    office.oleg.http.headers["Authorization"] = office.kabinet.http.headers["Authorization"]
    assert (await office.oleg.post(f"/approvals/{approval}/approve")).status_code == 200
    refused(await office.yan.get("/me"), 401, "token-refused")
    assert (await choose(office, reset)).status_code == 204
