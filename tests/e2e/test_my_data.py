"""One's own data over HTTP: a copy to take along, who looked at it, and having it erased."""

import asyncio
import json
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
import pytest_asyncio
from openpyxl import load_workbook

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.people.erasures import ERASED
from adapters.tables.workbooks import AT_ONCE
from domain.kernel.access import Scope
from domain.people.memberships import MemberRole, Membership
from domain.people.retention import DeleteOutdated
from domain.people.staff import Role
from infra.audit import judged_batch
from infra.shard.tables import TABLES, Kind
from services.people import export, retention
from tests import kabinets
from tests.actors import add_customer, agree, customer_token, staff_token
from tests.authenticators import Authenticator
from tests.e2e.test_passkeys import make
from tests.households import lay_household
from tests.kabinets import DEBTS, PASSWORD, TO_PAY


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        yield kabinet


@pytest_asyncio.fixture
async def home(kabinet):
    """A household that has paid 2,000.00; an operator has looked at it."""
    home = await kabinet.household(email="resident@example.test")
    payment_id = (await kabinet.pay(home, amount={"kopecks": 200000})).json()["id"]
    await kabinet.play(home, payment_id)
    await kabinet.notices()
    await kabinet.tick()
    token = await staff_token(kabinet.container, Role.OPERATOR)
    await read(kabinet, f"/accounts/{home.account_id}/charges", token)
    return home


def bearer(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


async def read(kabinet, path, token=None):
    answer = await kabinet.http.get(f"/api/v1{path}", headers=bearer(token))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def erase(kabinet, **body):
    return await kabinet.http.request("DELETE", "/api/v1/me", json=body)


async def let_in(kabinet, home, user_id, scope):
    async with kabinet.container.transaction() as store:
        await store.memberships.add(
            Membership(
                account_id=home.account_id,
                user_id=user_id,
                scopes=frozenset({scope}),
                role=MemberRole.FAMILY,
                added_at=kabinet.clock(),
            )
        )


def rows(workbook, title):
    """The rows of a sheet as dicts by heading."""
    headings, *found = workbook[title].iter_rows(values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in found]


async def workbook_of(kabinet, language="ru"):
    answer = await kabinet.http.get("/api/v1/me/export.xlsx", headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="kabinet-2026-11-22.xlsx"'
    assert answer.headers["cache-control"] == "no-store"
    return load_workbook(BytesIO(answer.content))


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


async def test_erasure_takes_the_person_and_leaves_the_books(kabinet, home, pool):
    guest = await add_customer(kabinet.container)
    await let_in(kabinet, home, guest, Scope.SEE)
    answer = await erase(kabinet, password=PASSWORD)
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert (done["accounts_left"], done["sessions_ended"], done["consents_withdrawn"]) == (1, 1, 2)
    stays = {one["what"]: one for one in done["stays"]}
    payments = stays["Платежи и распределение каждого, без вашего имени и контактов"]
    assert payments["until"] == "2032-01-01"
    assert "402-ФЗ" in payments["basis"]

    assert (await kabinet.http.get("/api/v1/me")).status_code == 401
    person = await pool.fetchrow("SELECT * FROM users WHERE user_id = $1", home.user_id)
    assert (person["phone"], person["name"], person["email"], person["password_hash"]) == ("", "", None, None)
    for table in ("user_sessions", "user_accounts", "user_logins"):
        assert await pool.fetchval(f"SELECT count(*) FROM {table} WHERE user_id = $1", home.user_id) == 0
    consent = await pool.fetchrow("SELECT * FROM user_consents WHERE user_id = $1", home.user_id)
    assert consent["withdrawn_at"] == kabinet.clock()
    assert (consent["ip"], consent["device"]) == ("", "")
    # The last owner has left: those whom the owner let in leave too.
    assert await pool.fetchval("SELECT count(*) FROM account_members") == 0
    assert await pool.fetchval("SELECT count(*) FROM payments WHERE payer_id = $1", home.user_id) == 1
    async with pool.acquire() as connection:
        assert (await judged_batch(PostgresAudit(connection), [home.account_id])).findings == []


async def test_the_phone_is_free_and_the_newcomer_sees_nothing(kabinet, home):
    await erase(kabinet, password=PASSWORD)
    assert await kabinet.sign_in(agrees=False) != home.user_id
    assert (await read(kabinet, "/me/consents"))["consents"] == []
    await agree(kabinet.container, (await read(kabinet, "/me"))["id"])
    assert (await read(kabinet, "/accounts"))["items"] == []


async def test_erasure_wants_a_proof(kabinet, home):
    wrong = await erase(kabinet, password="wrong")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "password-wrong")
    kabinet.clock.later(minutes=6)
    stale = await erase(kabinet)
    assert (stale.status_code, stale.json()["code"]) == (403, "erasure-unproved")
    await kabinet.sign_in_again()
    assert (await erase(kabinet)).status_code == 200


async def test_guesses_at_the_password_are_counted(kabinet, home):
    answers = [await erase(kabinet, password=f"guess {number}") for number in range(6)]
    assert [answer.status_code for answer in answers][-1] == 429


async def test_erasing_twice_gives_the_first_answer(kabinet, home):
    service = kabinet.container.personal_data.erasure_service
    token = kabinet.http.headers["Authorization"].removeprefix("Bearer ")
    actor = await kabinet.container.session_service.actor_of(token)
    first = await service.erase(actor, PASSWORD)
    kabinet.clock.later(days=40)
    assert await service.erase(actor, "anything") == first


async def test_two_erasures_at_once_are_one(kabinet, home, pool):
    answers = await asyncio.gather(*(erase(kabinet, password=PASSWORD) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 401}
    done = [answer.json() for answer in answers if answer.status_code == 200]
    assert done
    assert all(one == done[0] for one in done)
    assert await pool.fetchval("SELECT count(*) FROM erasures") == 1


def test_erasure_knows_every_table_of_people():
    assert set(ERASED) == {name for name, group in TABLES.items() if group.kind is Kind.USER}


async def test_the_holder_sees_who_looked(kabinet, home):
    kabinet.clock.later(minutes=1)
    senior = await staff_token(kabinet.container, Role.SENIOR_OPERATOR)
    await read(kabinet, f"/accounts/{home.account_id}", senior)
    path = f"/accounts/{home.account_id}/views"
    page = await read(kabinet, f"{path}?limit=1")
    assert [(one["staff_name"], one["what"]) for one in page["items"]] == [
        ("senior_operator", "Лицевой счёт и его баланс")
    ]
    page = await read(kabinet, f"{path}?limit=1&cursor={page['next']}")
    assert [one["what"] for one in page["items"]] == ["Начисления"]
    assert page["items"][0]["route"].endswith("/charges")
    page = await read(kabinet, f"{path}?limit=1&cursor={page['next']}")
    assert page == {"items": [], "next": None}

    stranger = await customer_token(kabinet.container, await add_customer(kabinet.container))
    answer = await kabinet.http.get(f"/api/v1{path}", headers=bearer(stranger))
    assert (answer.status_code, answer.json()["code"]) == (404, "account-not-found")
    answer = await kabinet.http.get(f"/api/v1{path}", headers=bearer(senior))
    assert answer.status_code == 403


async def test_the_data_officer_sees_every_look(kabinet, home, pool):
    other = await lay_household(pool, number="6600000002", services=["heat"])
    for minutes in range(3):
        kabinet.clock.later(minutes=1 + minutes)
        senior = await staff_token(kabinet.container, Role.SENIOR_OPERATOR)
        await read(kabinet, f"/accounts/{other.account_id}", senior)
    officer = await staff_token(kabinet.container, Role.ADMINISTRATOR)

    async def asked(**question):
        query = "&".join(f"{key}={value}" for key, value in question.items())
        return (await read(kabinet, f"/account-views?{query}", officer))["items"]

    everything = await asked()
    assert len(everything) == 4
    assert [one["at"] for one in everything] == sorted((one["at"] for one in everything), reverse=True)
    assert len(await asked(account_id=other.account_id)) == 3
    assert await asked(account_id=other.account_id, staff_id=everything[1]["staff_id"]) == [everything[1]]
    assert await asked(staff_id=everything[3]["staff_id"]) == [everything[3]]
    assert await asked(since=everything[1]["at"]) == everything[:2]
    assert await asked(until=everything[1]["at"]) == everything[2:]

    paged, path = [], "/account-views?limit=3"
    page = await read(kabinet, path, officer)
    paged += page["items"]
    page = await read(kabinet, f"{path}&cursor={page['next']}", officer)
    assert paged + page["items"] == everything
    assert page["next"] is None

    answer = await kabinet.http.get("/api/v1/account-views", headers=bearer(senior))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")


async def test_what_is_past_its_term_goes_batch_by_batch(kabinet, home, pool, monkeypatch):
    monkeypatch.setattr(retention, "BATCH_ROWS", 2)
    monkeypatch.setattr(retention, "MOST_BATCHES", 2)
    for number in range(7):
        await pool.execute(
            "INSERT INTO account_views VALUES ($1, $2, $1, 'Оператор', 'GET /', $3)",
            home.account_id,
            (await add_customer(kabinet.container)),
            kabinet.clock() - timedelta(days=2000, minutes=number),
        )
    service = kabinet.container.personal_data.retention_service
    await service.delete_outdated(DeleteOutdated())
    # Two batches of two; what is left is promised at once, and done by the jobs that follow.
    assert await pool.fetchval("SELECT count(*) FROM account_views") == 1 + 3
    await kabinet.work()
    assert await pool.fetchval("SELECT count(*) FROM account_views") == 1


async def test_sessions_consents_and_erasures_end_with_their_terms(kabinet, home, pool):
    service = kabinet.container.personal_data.retention_service
    await erase(kabinet, password=PASSWORD)
    await customer_token(kabinet.container, await add_customer(kabinet.container, agrees=False))

    async def left():
        return [
            await pool.fetchval(f"SELECT count(*) FROM {table}")
            for table in ("user_sessions", "staff_sessions", "user_consents", "erasures", "account_views")
        ]

    assert await left() == [1, 1, 2, 1, 1]
    kabinet.clock.later(days=89)
    await service.delete_outdated(DeleteOutdated())
    assert await left() == [1, 1, 2, 1, 1]
    kabinet.clock.later(days=40)
    await service.delete_outdated(DeleteOutdated())
    # A customer's session lives 30 days without a refresh and is kept 90 more.
    assert await left() == [0, 0, 2, 1, 1]
    kabinet.clock.later(days=1000)
    await service.delete_outdated(DeleteOutdated())
    assert await left() == [0, 0, 0, 0, 0]


async def test_what_staff_decided_and_invitations_end_with_their_terms(kabinet, home, pool):
    service, at = kabinet.container.personal_data.retention_service, kabinet.clock()
    await pool.execute(
        "INSERT INTO staff_log VALUES ($1, $2, 'staff', $1, 'x', 'added', $1, '', '{}')", uuid4(), at
    )
    await pool.execute(
        "INSERT INTO approvals VALUES ($1, 'x', '{}', '', $1, 'x', NULL, $2, $2, NULL, NULL, NULL, false)",
        uuid4(),
        at,
    )
    body = {"phone": "+79000000005", "role": "family", "scopes": ["pay"]}
    made = await kabinet.http.post(f"/api/v1/accounts/{home.account_id}/invitations", json=body)
    assert made.status_code == 201, made.text
    await kabinet.work()

    async def left():
        tables = ("staff_log", "approvals", "invitations", "invitation_codes")
        return [await pool.fetchval(f"SELECT count(*) FROM {table}") for table in tables]

    assert await left() == [1, 1, 1, 1]
    kabinet.clock.later(days=379)  # an invitation waits 14 days and is kept 366 more
    await service.delete_outdated(DeleteOutdated())
    assert await left() == [1, 1, 1, 1]
    kabinet.clock.later(days=2)
    await service.delete_outdated(DeleteOutdated())
    assert await left() == [1, 1, 0, 0]
    kabinet.clock.later(days=1445)
    await service.delete_outdated(DeleteOutdated())
    assert await left() == [1, 1, 0, 0]
    kabinet.clock.later(days=2)
    await service.delete_outdated(DeleteOutdated())
    assert await left() == [0, 0, 0, 0]


@pytest.mark.parametrize("path", ["/me/export.json", "/me/export.xlsx"])
async def test_staff_export_nothing(kabinet, path):
    token = await staff_token(kabinet.container, Role.ADMINISTRATOR)
    answer = await kabinet.http.get(f"/api/v1{path}", headers=bearer(token))
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong-kind-of-actor")
