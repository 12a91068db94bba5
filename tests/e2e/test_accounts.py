"""Accounts over HTTP: what is owed now and then, charges, the statement, the codes, who looked."""

import asyncio
from datetime import timedelta

import pytest
import zxingcpp
from PIL import Image

from domain.payments.paycodes import parse
from domain.people.staff import Role
from tests.households import charge, lay_household
from tests.kabinets import DEBTS, PASSWORD, TO_PAY


async def read(kabinet, path):
    answer = await kabinet.http.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def sign_in_staff(kabinet, role=Role.OPERATOR):
    await kabinet.container.enrolment_service.staff("+79000000011", "Оператор", role, PASSWORD, None)
    await kabinet.sign_in_again("+79000000011")


async def test_three_figures_are_kept_apart(kabinet):
    home = await kabinet.household()
    await charge(kabinet.container.pool, home, {"heat": 1000}, period="2026-09", penalties={"heat": 77})
    await charge(kabinet.container.pool, home, {"waste": -40000}, period="2026-09")

    shown = await read(kabinet, f"/accounts/{home.account_id}")

    # The credit of the waste supplier pays its own charge of 310.17 and leaves 89.83 ahead.
    assert shown["balance"] == {
        "debt": {"kopecks": TO_PAY + 1000 - 31017},
        "overpayment": {"kopecks": 40000 - 31017},
        "penalty": {"kopecks": 77},
        "to_pay": {"kopecks": TO_PAY + 1000 + 77 - 31017},
    }
    waste = next(one for one in shown["supplier_accounts"] if one["services"] == ["waste"])
    assert waste["balance"]["overpayment"] == {"kopecks": 40000 - 31017}
    assert waste["balance"]["to_pay"] == {"kopecks": 0}


async def test_the_balance_at_a_past_moment(kabinet):
    home = await kabinet.household()
    before = kabinet.clock()
    kabinet.clock.later(minutes=1)
    await charge(kabinet.container.pool, home, {"heat": 5000}, period="2026-11", at=kabinet.clock())

    now = await read(kabinet, f"/accounts/{home.account_id}")
    then = await read(kabinet, f"/accounts/{home.account_id}?at={before:%Y-%m-%dT%H:%M:%SZ}")

    assert now["balance"]["debt"] == {"kopecks": TO_PAY + 5000}
    assert then["balance"]["debt"] == {"kopecks": TO_PAY}
    start = before - timedelta(days=60)
    nothing = await read(kabinet, f"/accounts/{home.account_id}?at={start:%Y-%m-%dT%H:%M:%SZ}")
    assert nothing["balance"]["debt"] == {"kopecks": 0}


@pytest.mark.parametrize("what", ["charges", "statement"])
async def test_lists_are_paged_whole_and_once(kabinet, what):
    home = await kabinet.household()
    for month in ("07", "08", "09"):
        await charge(kabinet.container.pool, home, DEBTS, period=f"2026-{month}")

    seen, cursor = [], ""
    while cursor is not None:
        page = await read(kabinet, f"/accounts/{home.account_id}/{what}?limit=7{cursor}")
        seen += [str(one.get("id") or one["entry_no"]) for one in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None

    assert len(seen) == len(set(seen)) == 20


async def test_a_cursor_from_elsewhere_is_refused(kabinet):
    home = await kabinet.household()

    answer = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/charges?cursor=nonsense")

    assert (answer.status_code, answer.json()["code"]) == (422, "cursor-invalid")


async def test_my_accounts_and_nobody_elses(kabinet):
    home = await kabinet.household()
    await lay_household(kabinet.container.pool, number="6600000002")

    mine = await read(kabinet, "/accounts")

    assert [one["id"] for one in mine["items"]] == [str(home.account_id)]
    assert mine["next"] is None


async def test_the_codes_say_what_is_owed(kabinet, tmp_path):
    home = await kabinet.household(direct=["heat"])
    heat = home.supplier_accounts["heat"]

    texts = []
    for path in ("", f"/supplier-accounts/{heat}"):
        answer = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}{path}/qr.png")
        assert answer.headers["content-type"] == "image/png"
        (tmp_path / "code.png").write_bytes(answer.content)
        [code] = zxingcpp.read_barcodes(Image.open(tmp_path / "code.png"))
        texts.append(parse(code.bytes))
        svg = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}{path}/qr.svg")
        assert svg.headers["content-type"] == "image/svg+xml"
        assert b"<script" not in svg.content

    whole, one = texts
    assert (whole["Sum"], whole["PersAcc"]) == (str(TO_PAY), home.number)
    assert (one["Sum"], one["PersAcc"]) == (str(DEBTS["heat"]), f"{home.number}-he")
    assert whole["PersonalAcc"] != one["PersonalAcc"]


async def test_staff_see_an_account_and_are_seen(kabinet):
    home = await kabinet.household()
    await sign_in_staff(kabinet)

    shown = await read(kabinet, f"/accounts/{home.account_id}")
    refused = await kabinet.pay(home)

    assert shown["balance"]["to_pay"] == {"kopecks": TO_PAY}
    assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
    views = await kabinet.container.pool.fetch("SELECT staff_name, what FROM account_views")
    assert [view["what"] for view in views] == ["GET /api/v1/accounts/{account_id}"]


async def test_texts_are_russian_or_english(kabinet):
    home = await kabinet.household()
    url = f"/api/v1/accounts/{home.account_id}/payment-previews"
    wish = {"amount": {"kopecks": 100001}}

    russian = (await kabinet.http.post(url, json=wish)).json()
    english = (await kabinet.http.post(url, json=wish, headers={"Accept-Language": "en"})).json()

    assert "пропорционально" in russian["explanation"]["words"][0]
    assert "proportion" in english["explanation"]["words"][0]
    assert russian["explanation"]["details"] == english["explanation"]["details"]


async def test_many_readers_at_once_are_answered(kabinet):
    home = await kabinet.household()

    answers = await asyncio.gather(*(read(kabinet, f"/accounts/{home.account_id}") for _ in range(40)))

    assert all(answer == answers[0] for answer in answers)
