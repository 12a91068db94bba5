"""Who reckons penalties: set by two, obeyed by imports and by the next run."""

from datetime import UTC, datetime

import pytest_asyncio

from domain.accounts.import_cells import Code
from domain.accounts.imports import ImportState
from domain.people.staff import Role
from infra.clock import new_id
from tests import kabinets
from tests.households import charge
from tests.imported_files import CHARGES, faults, imported
from tests.kabinets import PASSWORD

HEADER = (
    "period;unified_account;supplier_inn;supplier_account;service;volume;unit;tariff;amount;recalculation;"
    "penalty;bill_number"
)


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        yield kabinet


async def administrator(kabinet, no):
    phone = f"+7900000004{no}"
    await kabinet.container.enrolment_service.staff(phone, f"А{no}", Role.ADMINISTRATOR, PASSWORD, None)
    return phone


async def set_by_two(kabinet, path, body):
    first, second = await administrator(kabinet, 1), await administrator(kabinet, 2)
    await kabinet.sign_in_again(first)
    asked = await kabinet.http.put(f"/api/v1/office/{path}", json=body)
    assert asked.status_code == 202, asked.text
    again = await kabinet.http.put(f"/api/v1/office/{path}", json=body)
    assert again.json()["id"] == asked.json()["id"]
    approve = f"/api/v1/approvals/{asked.json()['id']}/approve"
    alone = await kabinet.http.post(approve, json={"reason": "Да"})
    assert (alone.status_code, alone.json()["code"]) == (403, "approval-of-oneself")
    await kabinet.sign_in_again(second)
    done = await kabinet.http.post(approve, json={"reason": "Да"})
    assert done.status_code == 200, done.text


async def numbers(pool, home):
    """By service: the supplier's INN and the number of its account."""
    rows = await pool.fetch(
        "SELECT s.inn, a.number, a.supplier_account_id FROM supplier_accounts a"
        " JOIN suppliers s USING (supplier_id) WHERE a.account_id = $1",
        home.account_id,
    )
    by_id = {row["supplier_account_id"]: (row["inn"], row["number"]) for row in rows}
    return {name: by_id[one] for name, one in home.supplier_accounts.items()}


async def charges(pool, folder, home, rows):
    named, lines = await numbers(pool, home), [HEADER]
    for period, service, penalty in rows:
        inn, number = named[service]
        lines.append(f"{period};{home.number};{inn};{number};{service};;;;100.00;0.00;{penalty};Б-1")
    file = folder / "charges.csv"
    file.write_text("\n".join(lines) + "\n")
    return await imported(pool, CHARGES, file)


async def test_a_penalty_that_is_ours_is_refused_in_charges(kabinet, tmp_path):
    home = await kabinet.household(services=("electricity", "heat"))
    pool, supplier_id = kabinet.container.pool, home.suppliers["electricity"]
    ours = {"valid_from": "2026-10-01", "reckoned_by": "us"}
    await set_by_two(kabinet, f"penalty-settings/{supplier_id}", ours | {"reason": "Считаем сами"})
    shown = (await kabinet.http.get("/api/v1/office/penalty-settings")).json()
    assert [one["since"] for one in shown if one["supplier_id"] == str(supplier_id)] == [[ours]]

    # August is due on 15.09: billing's still. September is due on 15.10: ours.
    rows = [
        ("2026-08", "electricity", "1.00"),
        ("2026-09", "electricity", "2.50"),
        ("2026-09", "heat", "3.00"),
    ]
    done = await charges(pool, tmp_path, home, rows)
    assert done.state is ImportState.REFUSED
    assert await faults(pool, done) == [(3, "penalty", Code.PENALTY_IS_OURS)]

    rows[1] = ("2026-09", "electricity", "0.00")
    done = await charges(pool, tmp_path, home, rows)
    assert done.state is ImportState.POSTED, await faults(pool, done)


async def test_another_sort_of_debtor_is_reckoned_anew(kabinet):
    home = await kabinet.household(services=("electricity",))
    container, pool = kabinet.container, kabinet.container.pool
    due = datetime(2026, 8, 5, 7, tzinfo=UTC)
    await charge(pool, home, {"electricity": 450_000}, period="2026-07", at=due)
    await pool.execute(
        "INSERT INTO supplier_penalties VALUES ($1, '2020-01-01', 'us')", home.suppliers["electricity"]
    )
    await container.of_penalties.penalty_posting.post()
    resident = await penalty(pool, home)

    buyer = {"valid_from": "2026-08-01", "debtor": "buyer"}
    await set_by_two(kabinet, f"accounts/{home.account_id}/debtors", buyer | {"reason": "Предприниматель"})
    listed = await kabinet.http.get(f"/api/v1/office/accounts/{home.account_id}/debtors")
    assert listed.json() == [buyer]
    await container.of_penalties.penalty_posting.post()
    assert await penalty(pool, home) > resident > 0
    log = await container.of_staff.staff_administration.log(None, 1)
    assert (log[0].act, log[0].details["value"]) == ("penalties-set", "buyer")


async def penalty(pool, home):
    return await pool.fetchval(
        "SELECT sum(penalty_kopecks)::bigint FROM charges WHERE account_id = $1", home.account_id
    )


async def test_what_is_not_there_is_not_asked_for(kabinet):
    await kabinet.sign_in_again(await administrator(kabinet, 1))
    body = {"valid_from": "2026-01-01", "reason": "x"}
    of_supplier = await kabinet.http.put(
        f"/api/v1/office/penalty-settings/{new_id()}", json=body | {"reckoned_by": "us"}
    )
    of_account = await kabinet.http.put(
        f"/api/v1/office/accounts/{new_id()}/debtors", json=body | {"debtor": "buyer"}
    )
    assert (of_supplier.status_code, of_account.status_code) == (404, 404)
