"""Acting for a company by a power of attorney, over HTTP: presented, confirmed, used, ended."""

from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID, uuid4

import httpx
import pytest

from domain.people.staff import Role
from infra.container import wire
from infra.settings import load
from tests.actors import add_customer, customer_token, staff_token
from tests.applications import application
from tests.households import charge, lay_household
from tests.kabinets import DEBTS, Kabinet
from tests.registers import COMPANY_INN, PERSON_INN, RegisterInMemory
from tests.sandboxes import Clock

GUID = UUID("5c1fd0a4-9c4f-4d0a-8d5e-3b8f3f7c1d20")
NUMBER = "6600000003"
MACHINE = {
    "account_number": NUMBER,
    "kind": "machine",
    "number": str(GUID).upper(),
    "issuer_inn": COMPANY_INN,
    "representative_inn": PERSON_INN,
    "valid_from": "2026-01-01",
    "valid_until": "2027-12-31",
}
PAPER = MACHINE | {
    "kind": "paper",
    "number": "12-Д",
    "powers": ["KAB-PAY"],
    "document_sha256": "ab" * 32,
}
WISH = {"amount": {"kopecks": 10000}}


class Firm:
    """A company's contract account, its register, and people who come with their own tokens."""

    def __init__(self, pool):
        self.pool, self.clock, self.register = pool, Clock(), RegisterInMemory()
        self.container = wire(load({}), pool, None, self.clock, power_register=self.register)
        self.register.enter(GUID, "KAB-PAY")

    async def open(self):
        self.owner = await add_customer(self.container)
        self.home = await lay_household(self.pool, user_id=self.owner, number=NUMBER)
        await charge(self.pool, self.home, DEBTS)
        await self.pool.execute("UPDATE accounts SET kind = 'contract', holder_inn = $1", COMPANY_INN)
        self.agent = await add_customer(self.container)
        self.path = f"/accounts/{self.home.account_id}"
        return self

    @asynccontextmanager
    async def client(self, token):
        transport = httpx.ASGITransport(self.app)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://kabinet/api/v1", headers=headers
        ) as client:
            yield client

    async def as_customer(self, user_id, method, path, **more):
        async with self.client(await customer_token(self.container, user_id)) as client:
            return await client.request(method, path, **more)

    async def as_staff(self, method, path, role=Role.SENIOR_OPERATOR, **more):
        async with self.client(await staff_token(self.container, role)) as client:
            return await client.request(method, path, **more)

    async def present(self, body=MACHINE, user_id=None, **more):
        return await self.as_customer(user_id or self.agent, "POST", "/powers", json=body | more)

    async def confirm(self, power_id, **more):
        return await self.as_staff("POST", f"{self.path}/powers/{power_id}/confirmation", **more)

    async def acting(self, body=MACHINE):
        presented = await self.present(body)
        assert presented.status_code == 201, presented.text
        assert (await self.confirm(presented.json()["id"])).status_code == 200
        return presented.json()["id"]

    async def preview(self, user_id=None):
        return await self.as_customer(
            user_id or self.agent, "POST", f"{self.path}/payment-previews", json=WISH
        )

    async def status(self):
        listed = await self.as_staff("GET", f"{self.path}/powers")
        return [power["status"] for power in listed.json()]

    async def work(self):
        return await Kabinet(self.container, None, None, self.clock).work()


@pytest.fixture
async def firm(pool):
    firm = Firm(pool)
    with application(firm.container) as firm.app:
        yield await firm.open()


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_representative_acts_when_staff_have_confirmed_who_they_are(firm):
    answer = await firm.present(id=str(uuid4()))
    assert answer.status_code == 201, answer.text
    power = answer.json()
    assert (power["status"], power["powers"], power["number"]) == ("waiting", ["KAB-PAY"], str(GUID))
    again = await firm.present(id=power["id"])
    assert (again.status_code, again.json()["id"]) == (200, power["id"])
    refused(await firm.preview(), 404, "account-not-found")
    refused(await firm.present(), 409, "power-of-attorney-presented")

    refused(await firm.confirm(power["id"], role=Role.OPERATOR), 403, "scope-missing")
    assert (await firm.confirm(power["id"])).json()["status"] == "active"
    refused(await firm.confirm(power["id"]), 409, "power-of-attorney-decided")
    assert (await firm.preview()).status_code in (200, 201)
    mine = await firm.as_customer(firm.agent, "GET", f"{firm.path}/membership")
    assert (mine.json()["role"], mine.json()["scopes"]) == ("representative", ["pay", "see"])
    assert mine.json()["valid_until"].startswith("2027-12-31T19:00")
    # No right to let others act was given.
    people = await firm.as_customer(firm.agent, "GET", f"{firm.path}/members")
    assert people.status_code == 404


async def test_a_revoked_power_ends_the_right_at_the_next_act(firm):
    await firm.acting()
    firm.register.revoke(GUID)
    asked = firm.register.asked
    assert (await firm.preview()).status_code in (200, 201)  # the register's word is fresh yet
    assert firm.register.asked == asked
    firm.clock.later(seconds=300)
    refused(await firm.preview(), 403, "power-of-attorney-not-valid")
    refused(await firm.preview(), 404, "account-not-found")
    assert (await firm.as_customer(firm.agent, "GET", "/accounts")).json()["items"] == []
    assert await firm.status() == ["revoked"]
    log = await firm.as_customer(firm.owner, "GET", f"{firm.path}/members/log")
    assert [(line["what"], line["role"]) for line in log.json()["items"]] == [
        ("ended", "representative"),
        ("joined", "representative"),
    ]
    # A new one may be presented, and the owner was never asked of any power.
    firm.register.enter(GUID, "KAB-SEE")
    assert (await firm.present()).status_code == 201
    asked = firm.register.asked
    assert (await firm.preview(firm.owner)).status_code in (200, 201)
    assert firm.register.asked == asked


async def test_a_silent_register_is_believed_for_a_while(firm):
    await firm.acting()
    firm.register.is_silent = True
    firm.clock.later(seconds=14399)
    assert (await firm.preview()).status_code in (200, 201)
    firm.clock.later(seconds=1)
    refused(await firm.preview(), 503, "power-of-attorney-unchecked")
    assert await firm.status() == ["active"]
    firm.register.is_silent = False
    assert (await firm.preview()).status_code in (200, 201)
    standings = await firm.pool.fetch("SELECT standing FROM power_checks ORDER BY check_id")
    assert [row["standing"] for row in standings] == [
        "active",
        "active",
        "unreachable",
        "unreachable",
        "active",
    ]


async def test_a_power_nobody_acts_by_is_checked_by_the_clock(firm):
    await firm.acting()
    await firm.work()
    firm.register.revoke(GUID)
    firm.clock.later(hours=1)
    await firm.work()
    assert await firm.status() == ["revoked"]
    seen = await firm.as_customer(firm.agent, "GET", firm.path)
    refused(seen, 404, "account-not-found")


async def test_the_right_follows_the_powers_that_are_left(firm):
    await firm.acting()
    firm.register.enter(GUID, "KAB-SEE", until=date(2027, 6, 30))
    firm.clock.later(seconds=300)
    refused(await firm.preview(), 404, "account-not-found")
    mine = await firm.as_customer(firm.agent, "GET", f"{firm.path}/membership")
    assert mine.json()["scopes"] == ["see"]
    assert mine.json()["valid_until"].startswith("2027-06-30")


async def test_a_power_on_paper_ends_with_its_last_day(firm):
    await firm.acting(PAPER | {"valid_until": str(firm.clock().date())})
    assert (await firm.preview()).status_code in (200, 201)
    assert firm.register.asked == 0
    firm.clock.later(days=1)
    refused(await firm.preview(), 403, "power-of-attorney-not-valid")
    assert await firm.status() == ["expired"]


async def test_a_power_is_refused_for_a_reason_and_ended_by_whom_it_concerns(firm):
    power_id = (await firm.present(PAPER)).json()["id"]
    path = f"{firm.path}/powers/{power_id}"
    answer = await firm.as_staff("POST", f"{path}/refusal", json={"reason": "Чужая подпись"})
    assert (answer.status_code, answer.json()["status"]) == (200, "refused")
    mine = await firm.as_customer(firm.agent, "GET", f"{firm.path}/powers")
    assert mine.json()[0]["reason"] == "Чужая подпись"
    stranger = await add_customer(firm.container)
    assert (await firm.as_customer(stranger, "GET", f"{firm.path}/powers")).json() == []

    second = f"{firm.path}/powers/{await firm.acting()}"
    refused(await firm.as_customer(stranger, "DELETE", second), 404, "power-of-attorney-not-found")
    assert (await firm.as_customer(firm.owner, "DELETE", second)).status_code == 204
    assert (await firm.as_customer(firm.owner, "DELETE", second)).status_code == 204
    refused(await firm.preview(), 404, "account-not-found")


async def test_nothing_is_told_of_accounts(firm):
    code = "power-of-attorney-not-accepted"
    unknown = await firm.present(account_number="6600000099")
    refused(unknown, 422, code)
    other = "7736050003"
    wrong_inn = await firm.present(PAPER, issuer_inn=other, user_id=await add_customer(firm.container))
    refused(wrong_inn, 422, code)
    told = ("code", "title", "detail", "remedy", "field")
    assert [unknown.json()[name] for name in told] == [wrong_inn.json()[name] for name in told]
    await firm.pool.execute("UPDATE accounts SET kind = 'unified'")
    refused(await firm.present(user_id=await add_customer(firm.container)), 422, code)
    answers = [await firm.present(account_number="6600000098") for _ in range(12)]
    refused(answers[-1], 429, "too-many-attempts")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (MACHINE | {"number": "12-Д"}, 422, "power-of-attorney-incomplete"),
        (PAPER | {"powers": []}, 422, "power-of-attorney-incomplete"),
        (PAPER | {"document_sha256": None}, 422, "power-of-attorney-incomplete"),
        (PAPER | {"powers": ["OTHER"]}, 422, "power-of-attorney-covers-nothing"),
        (PAPER | {"valid_until": "2026-01-02"}, 422, "power-of-attorney-dates"),
        (MACHINE | {"issuer_inn": "7707083890"}, 422, "inn-invalid"),
        (MACHINE | {"representative_inn": "500100732250"}, 422, "inn-invalid"),
        (MACHINE | {"number": str(uuid4())}, 403, "power-of-attorney-not-valid"),
    ],
)
async def test_what_is_not_accepted(firm, body, status, code):
    refused(await firm.present(body), status, code)


async def test_no_machine_power_is_accepted_while_the_register_is_silent(firm):
    power_id = (await firm.present()).json()["id"]
    firm.register.is_silent = True
    refused(await firm.confirm(power_id), 503, "power-of-attorney-unchecked")
    other = await add_customer(firm.container)
    refused(await firm.present(user_id=other), 503, "power-of-attorney-unchecked")
    firm.register.is_silent = False
    firm.register.revoke(GUID)
    refused(await firm.confirm(power_id), 403, "power-of-attorney-not-valid")
    assert await firm.status() == ["revoked"]


async def test_an_administrator_by_power_invites_and_a_companys_last_one_stays(firm):
    firm.register.enter(GUID, "KAB-ADMIN", until=date(2027, 12, 31))
    await firm.acting()
    grant = {"role": "accountant", "scopes": ["see", "pay"], "valid_until": "2027-01-01T00:00:00Z"}
    invited = await firm.as_customer(
        firm.agent, "POST", f"{firm.path}/invitations", json=grant | {"phone": "+79000000005"}
    )
    assert invited.status_code == 201, invited.text
    admin = await add_customer(firm.container)
    await firm.pool.execute("DELETE FROM account_members")
    await firm.pool.execute(
        "INSERT INTO account_members (account_id, user_id, scopes, role, added_at)"
        " VALUES ($1, $2, '{see,manage}', 'company-admin', $3)",
        firm.home.account_id,
        admin,
        firm.clock(),
    )
    left = await firm.as_customer(admin, "DELETE", f"{firm.path}/membership")
    refused(left, 409, "last-company-administrator")


async def test_the_copy_of_ones_data_has_ones_powers(firm):
    power_id = await firm.acting()
    copy = (await firm.as_customer(firm.agent, "GET", "/me/export.json")).json()
    [power] = copy["powers"]
    assert (power["id"], power["number"], power["status"]) == (power_id, str(GUID), "active")
    assert "decided_by" not in power
    assert (await firm.as_customer(firm.owner, "GET", "/me/export.json")).json()["powers"] == []
    assert (await firm.as_customer(firm.agent, "GET", "/me/export.xlsx")).status_code == 200


async def test_with_the_person_their_powers_end(firm):
    active, waiting = await firm.acting(), await add_customer(firm.container)
    waits = (await firm.present(user_id=waiting)).json()["id"]
    for who in (firm.agent, waiting):
        erased = await firm.as_customer(who, "DELETE", "/me", json={})
        assert erased.status_code == 200, erased.text
    rows = await firm.pool.fetch("SELECT power_id, status FROM powers_of_attorney ORDER BY power_id")
    assert {str(row["power_id"]): row["status"] for row in rows} == {active: "revoked", waits: "revoked"}
    assert (await firm.confirm(waits)).json()["code"] == "power-of-attorney-decided"


async def test_senior_staff_find_what_waits_for_them(firm):
    presented = (await firm.present()).json()
    [waits] = (await firm.as_staff("GET", "/powers")).json()
    assert (waits["id"], waits["account_id"]) == (presented["id"], str(firm.home.account_id))
    assert set(waits) == {"id", "account_id", "kind", "entered_at"}
    refused = await firm.as_staff("GET", "/powers", role=Role.OPERATOR)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
    await firm.confirm(presented["id"])
    assert (await firm.as_staff("GET", "/powers")).json() == []
