"""Penalties over HTTP: how each is reckoned, for the customer and for staff; a case that lowers one."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest_asyncio

from domain.applications.recalculation import Recalculation, RecalculationGrant
from domain.applications.recalculation_grounds import Price
from domain.cases.corrections import LoweredLine
from domain.cases.deciding import Verdict
from domain.cases.filing import Filing
from domain.cases.states import CaseState
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.ids import CaseId
from domain.kernel.money import Money
from domain.people.staff import Role
from infra.clock import new_id
from tests.cases import operator_access, own_suppliers
from tests.households import charge
from tests.kabinets import PASSWORD

BILLED = datetime(2026, 8, 5, 7, tzinfo=UTC)


@pytest_asyncio.fixture
async def home(kabinet):
    """4500.00 of electricity for July, due on 17.08.2026; billing sent 27.50 of penalty for heat."""
    home = await kabinet.household()
    pool = kabinet.container.pool
    await charge(
        pool,
        home,
        {"electricity": 450_000, "heat": 90_000},
        period="2026-07",
        penalties={"heat": 2750},
        at=BILLED,
    )
    await pool.execute(
        "INSERT INTO supplier_penalties VALUES ($1, '2020-01-01', 'us')", home.suppliers["electricity"]
    )
    return home


async def shown(kabinet, home, **headers):
    answer = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/penalties", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def of(told, home, service):
    return next(
        one
        for one in told["supplier_accounts"]
        if one["supplier_account_id"] == str(home.supplier_accounts[service])
    )


async def test_a_penalty_explains_itself(kabinet, home):
    await kabinet.container.of_penalties.penalty_posting.post()
    told = await shown(kabinet, home)

    ours = of(told, home, "electricity")
    assert (ours["reckoned_by"], told["as_of"]) == ("us", kabinet.clock().date().isoformat())
    [penalty] = ours["penalties"]
    assert penalty["due_on"] == "2026-08-17" and penalty["debtor"] == "resident"
    assert "ЖК РФ, ст. 155 ч. 14" in penalty["rule"] and "17.08.2026" in penalty["rule"]
    days = sum(one["days"] for one in penalty["segments"])
    first = penalty["segments"][0]
    assert (first["since"], first["part_of"], first["rate_percent"]) == ("2026-09-17", 300, "9.5")
    assert first["words"].startswith(f"{first['days']} дн. × 4\u00a0500,00\u00a0₽ × 9,50 % / 300 = ")
    assert "ПП РФ 474" in first["capped_by"]
    assert days == (kabinet.clock().date() - date(2026, 9, 16)).days
    # As of 31.10: 45 days of 4500.00 at 9.5 % / 300.
    assert (penalty["posted"], penalty["posted_as_of"]) == ({"kopecks": 6413}, "2026-10-31")
    assert penalty["reckoned"]["kopecks"] > 6413

    theirs = of(told, home, "heat")
    assert theirs["reckoned_by"] == "billing"
    assert [(one["posted"]["kopecks"], one["segments"]) for one in theirs["penalties"]] == [(2750, [])]
    assert told["posted"] == {"kopecks": 6413 + 2750}

    english = await shown(kabinet, home, **{"Accept-Language": "en"})
    assert "Residents: " in of(english, home, "electricity")["penalties"][0]["rule"]


async def test_staff_see_the_same_and_strangers_nothing(kabinet, home):
    before = await shown(kabinet, home)
    await kabinet.container.enrolment_service.staff("+79000000011", "О", Role.OPERATOR, PASSWORD, None)
    await kabinet.sign_in_again("+79000000011")
    assert (await shown(kabinet, home))["supplier_accounts"] == before["supplier_accounts"]
    await kabinet.sign_in("+79000000002")
    answer = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/penalties")
    assert answer.status_code == 404


async def test_paid_penalties_are_told(kabinet, home):
    await kabinet.container.of_penalties.penalty_posting.post()
    own = str(home.supplier_accounts["electricity"])
    part = {"supplier_account_id": own, "amount": {"kopecks": 6413}, "penalty": {"kopecks": 6413}}
    answer = await kabinet.pay(home, parts=[part])
    assert answer.status_code == 201, answer.text
    await kabinet.play(home, answer.json()["id"])
    await kabinet.notices()
    await kabinet.work()
    [penalty] = of(await shown(kabinet, home), home, "electricity")["penalties"]
    assert penalty["paid"] == {"kopecks": 6413}


async def test_a_recalculation_lowers_the_penalty_by_itself(kabinet, home):
    """A third of the line was charged wrongly: the officer names the line, its penalty is reckoned anew."""
    container, pool = kabinet.container, kabinet.container.pool
    await container.of_penalties.penalty_posting.post()
    await own_suppliers(pool)
    line = await pool.fetchval(
        "SELECT charge_id FROM charges WHERE service_code = 'electricity' AND amount_kopecks = 450000"
    )
    case_id, at = CaseId(new_id()), kabinet.clock()
    owner = Actor(kind=ActorKind.CUSTOMER, id=home.user_id, name="Иванов И. И.")
    access = Access(actor=owner, account_id=home.account_id, scope=Scope.APPLICATIONS, at=at)
    form = Recalculation(why=Price(tariff_roubles=Decimal("4.10")), lines=(line,))
    await container.of_cases.case_filing.submit(access, case_id, Filing(form=form))
    grant = RecalculationGrant(lines=(LoweredLine(charge_id=line, principal=Money(150_000)),))
    verdict = Verdict(
        outcome=CaseState.SATISFIED,
        answer="Тариф указан неверно: снято с начисления",
        rule="ПП РФ 354, п. 61",
        grant=grant,
    )
    officer = operator_access(home.account_id, at)
    await container.of_cases.case_deciding.decide(officer, case_id, verdict)

    await container.of_penalties.penalty_posting.post()
    [penalty] = of(await shown(kabinet, home), home, "electricity")["penalties"]
    assert penalty["posted"] == {"kopecks": 4275}  # 45 days of 3000.00
