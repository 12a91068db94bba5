"""A visit to a meter in the browser: once we have promised to come, the customer chooses the hour."""

from uuid import uuid4

import httpx
import pytest_asyncio

from tests.web.products import PASSWORD

RESIDENT, SENIOR = "+79000000001", "+79000000012"


@pytest_asyncio.fixture(loop_scope="session")
async def promised(product):
    """The path of a case of sealing that an operator has satisfied."""
    async with httpx.AsyncClient(base_url=product.address, timeout=20) as http:

        async def call(method, path, token, body):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answer = await http.request(method, f"/api/v1/{path}", headers=headers, json=body)
            assert answer.is_success or "challenge" in answer.json(), answer.text
            return answer.json()

        who = await call("POST", "sessions", None, {"phone": RESIDENT, "password": PASSWORD})
        mine = who["access_token"]
        [account] = (await call("GET", "accounts", mine, None))["items"]
        meters = await call("GET", f"accounts/{account['id']}/meters", mine, None)
        electric = next(
            one for one in meters["items"] if one["service"] == "electricity" and not one["removed_on"]
        )
        case = f"accounts/{account['id']}/cases/{(case_id := uuid4())}"
        form = {
            "kind": "meter-sealing",
            "what": "sealing",
            "reason": "seal-broken",
            "premises": "apartment",
            "meter_id": electric["id"],
            "contact": {"name": "Иванова Мария", "phone": RESIDENT},
        }
        await call("PUT", f"accounts/{account['id']}/applications/{case_id}", mine, {"form": form})
        asked = await call("POST", "staff-sessions", None, {"login": SENIOR, "password": PASSWORD})
        proof = {"challenge": asked["challenge"], "code": product.code(SENIOR)}
        staff = (await call("POST", "sessions/second-factor", None, proof))["access_token"]
        decision = {
            "outcome": "satisfied",
            "rule": "ПП РФ 354, п. 81",
            "answer": "Приедем и опломбируем прибор",
            "grant": {"kind": "meter-sealing"},
        }
        await call("POST", f"{case}/decision", staff, decision)
        yield f"/{case}"


async def test_an_hour_is_booked_moved_and_called_off(visitor, promised):
    page = visitor.page
    await visitor.sign_in(RESIDENT, promised)
    await page.get_by_label("Когда к вам прийти?").select_option(index=1)
    await visitor.check_page()
    await page.get_by_label("Что важно знать").fill("Код 17")
    await page.get_by_role("button", name="Записаться").click()
    booked = page.locator("#visit .note")
    await booked.filter(has_text="Код 17").wait_for()
    first = await booked.text_content()
    await page.get_by_text("Перенести", exact=True).click()
    await page.get_by_label("Новое время").select_option(index=3)
    await visitor.check_page()
    await page.get_by_role("button", name="Перенести визит").click()
    await page.get_by_text("Прежние визиты").wait_for()
    assert await booked.text_content() != first
    await page.get_by_text("Отменить визит").click()
    await page.get_by_role("button", name="Отменить", exact=True).click()
    await page.get_by_role("button", name="Записаться").wait_for()
    await visitor.check_page()
