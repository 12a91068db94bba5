"""One's own data over HTTP: a copy to take along, who looked at it, and having it erased."""

import json
from uuid import uuid4

import pytest

from adapters.tables.workbooks import AT_ONCE
from domain.kernel.access import Scope
from domain.people.staff import Role
from services.people import export
from tests.actors import add_customer, customer_token, staff_token
from tests.authenticators import Authenticator
from tests.e2e.test_passkeys import make
from tests.households import lay_household
from tests.kabinets import DEBTS, PASSWORD, TO_PAY
from tests.my_data import bearer, erase, let_in, read, rows, workbook_of


async def test_the_copy_in_json_agrees_with_the_account(kabinet, home):
    copy = await read(kabinet, "/me/export.json")
    account = await read(kabinet, f"/accounts/{home.account_id}")
    assert copy["profile"]["phone"] == "+79000000001"
    assert copy["profile"]["email"] == "resident@example.test"
    assert "password_hash" not in json.dumps(copy)
    assert copy["accounts"][0]["balance"] == account["balance"]
    assert copy["memberships"][0]["role"] == "owner"
    assert {one["purpose"] for one in copy["consents"]} == {"rules", "personal-data"}
    assert len(copy["sessions"]) == 1
    assert copy["incomplete"] == []

    charged = sum(one["charge"]["amount"]["kopecks"] for one in copy["charges"])
    paid = sum(one["charge"]["paid"]["kopecks"] for one in copy["charges"])
    assert (charged, paid) == (TO_PAY, 200000)
    [payment] = copy["payments"]
    assert payment["state"] == "paid"
    assert sum(part["amount"]["kopecks"] for part in payment["parts"]) == 200000
    assert payment["words"][0].startswith("Сначала сумма идёт")
    moved = sum(one["line"]["change"]["kopecks"] for one in copy["statement"])
    assert moved == account["balance"]["to_pay"]["kopecks"] == TO_PAY - 200000
    assert [one["what"] for one in copy["views"]] == ["Начисления"]
    [notice] = copy["notices"]
    assert (notice["kind"], notice["address"]) == ("payment-done", "resident@example.test")
    assert copy["notice_preferences"][0]["switches"] == []


async def test_the_copy_as_a_workbook_agrees_with_the_account(kabinet, home):
    book = await workbook_of(kabinet)
    to_pay = (await read(kabinet, f"/accounts/{home.account_id}"))["balance"]["to_pay"]["kopecks"] / 100
    [account] = rows(book, "Лицевые счета")
    assert account["К оплате, руб."] == to_pay
    charges = rows(book, "Начисления")
    assert round(sum(row["Начислено, руб."] for row in charges) * 100) == TO_PAY
    assert round(sum(row["Начислено, руб."] - row["Оплачено, руб."] for row in charges), 2) == to_pay
    statement = rows(book, "Выписка")
    assert round(sum(row["Изменение суммы к оплате, руб."] for row in statement), 2) == to_pay
    [payment] = rows(book, "Платежи")
    assert payment["Сумма, руб."] == 2000
    assert len(rows(book, "Почему так")) > 3
    assert rows(book, "Кто смотрел мои данные")[0]["Что смотрел"] == "Начисления"
    # Noon in UTC is 17:00 in Yekaterinburg.
    assert rows(book, "Согласия")[0]["Дано"].hour == 17
    assert rows(book, "Уведомления")[0]["Уведомление"] == "Платёж зачислен"
    assert rows(book, "Что вошло не полностью") == []


async def test_the_copy_tells_every_way_of_signing_in(kabinet, home, pool):
    assert (await make(kabinet, Authenticator())).status_code == 201
    await pool.execute(
        "INSERT INTO user_identities (user_id, identity_id, provider, issuer, subject, name, linked_at)"
        " VALUES ($1, $2, 'company', 'https://id.example.test', '1001', 'Иванов', $3)",
        home.user_id,
        uuid4(),
        kabinet.clock(),
    )
    await kabinet.set_second_factor("+79000000001")
    copy = await read(kabinet, "/me/export.json")
    assert copy["profile"]["has_password"]
    assert copy["profile"]["second_factor_since"]
    assert [one["name"] for one in copy["passkeys"]] == ["Телефон"]
    assert [(one["provider"], one["subject"]) for one in copy["identities"]] == [("company", "1001")]
    assert "sealed" not in json.dumps(copy)
    book = await workbook_of(kabinet)
    assert rows(book, "Ключи доступа")[0]["Имя"] == "Телефон"
    assert rows(book, "Связанные учётные записи")[0]["Мой номер там"] == "1001"

    done = (await erase(kabinet, password=PASSWORD)).json()
    assert done["sessions_ended"] == 1
    for table in ("user_passkeys", "user_identities", "user_factors", "passkey_credentials"):
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_several_accounts_come_into_one_copy_in_ones_language(kabinet, home, pool):
    second = await lay_household(pool, number="6600000002", services=["heat"], user_id=home.user_id)
    book = await workbook_of(kabinet, "en")
    assert {row["Account"] for row in rows(book, "Accounts")} == {"6600000001", second.number}
    assert len(rows(book, "My rights to accounts")) == 2


async def test_a_payer_gets_nothing_of_the_account(kabinet, home):
    payer = await add_customer(kabinet.container)
    await let_in(kabinet, home, payer, Scope.PAY)
    copy = await read(kabinet, "/me/export.json", await customer_token(kabinet.container, payer))
    assert [one["scopes"] for one in copy["memberships"]] == [["pay"]]
    assert copy["accounts"] == copy["charges"] == copy["payments"] == copy["statement"] == copy["views"] == []
    assert "Иванов" not in json.dumps(copy, ensure_ascii=False)


async def test_a_long_copy_is_cut_and_says_so(kabinet, home, monkeypatch):
    monkeypatch.setattr(export, "PAGE_ROWS", 2)
    whole = await read(kabinet, "/me/export.json")
    assert len(whole["charges"]) == len(DEBTS)
    monkeypatch.setattr("api.my_data_sections.MOST_ROWS", 4)
    copy = await read(kabinet, "/me/export.json")
    assert len(copy["charges"]) == 4
    assert copy["charges"] == whole["charges"][:4]
    assert copy["incomplete"] == ["charges", "statement"]
    assert [row["Раздел"] for row in rows(await workbook_of(kabinet), "Что вошло не полностью")] == [
        "charges",
        "statement",
    ]


async def test_a_name_is_never_a_formula(kabinet, pool):
    await kabinet.household()
    evil = '=HYPERLINK("http://example.test")'
    await pool.execute("UPDATE accounts SET holder_name = $1, address = $2", evil, "+7\x01\x1b1")
    book = await workbook_of(kabinet)
    row = book["Лицевые счета"][2]
    holder = next(cell for cell in row if cell.value == evil)
    assert holder.data_type == "s"
    assert holder.quotePrefix
    assert "+71" in [cell.value for cell in row]


async def test_workbooks_are_made_two_at_once(kabinet, home):
    books = kabinet.container.personal_data.workbooks
    for _ in range(AT_ONCE):
        await books._free.acquire()
    answer = await kabinet.http.get("/api/v1/me/export.xlsx")
    assert (answer.status_code, answer.json()["code"]) == (503, "workbooks-busy")
    books._free.release()
    assert (await kabinet.http.get("/api/v1/me/export.xlsx")).status_code == 200


@pytest.mark.parametrize("path", ["/me/export.json", "/me/export.xlsx"])
async def test_staff_export_nothing(kabinet, path):
    token = await staff_token(kabinet.container, Role.ADMINISTRATOR)
    answer = await kabinet.http.get(f"/api/v1{path}", headers=bearer(token))
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong-kind-of-actor")
