"""Staff find a customer by what they say of themselves, and each look is kept."""

import pytest
import pytest_asyncio

from adapters.postgres.account_search import PostgresAccountSearch
from domain.accounts.accounts import AccountKind
from domain.accounts.searching import TooLittleToSearchBy, Wanted, masked
from domain.people.staff import Role
from infra.clock import new_id
from tests import kabinets
from tests.actors import staff_token
from tests.households import NOON

PEOPLE = (
    ("7200000001", "Тарасова Алла Викторовна", "г. Новолесье, ул. Тихая, д. 89, кв. 105", "+79220000001"),
    ("7200000002", "Фёдорова Надежда Олеговна", "г.Новолесье,ул.Тихая,д.13/2", "+79220000002"),
    ("7200000003", "Ким Ли", "г. Берёзовка, пр-т Мира, д. 89", None),
)


async def lay(pool, number, name, address, phone, kind="unified"):
    account_id = new_id()
    await pool.execute(
        "INSERT INTO accounts (account_id, number, kind, address, holder_name, phone, opened_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        account_id,
        number,
        kind,
        address,
        name,
        phone,
        NOON,
    )
    await pool.execute("INSERT INTO account_numbers VALUES ($1, $2)", number, account_id)
    return account_id


@pytest_asyncio.fixture
async def office(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        for person in PEOPLE:
            await lay(pool, *person)
        await lay(pool, "РЕЕСТР-1", "Реестр Новолесье", "Новолесье", None, kind="registry")
        yield kabinet


async def find(kabinet, text, role=Role.OPERATOR):
    token = await staff_token(kabinet.container, role)
    return await kabinet.http.post(
        "/api/v1/office/accounts/search",
        json={"text": text},
        headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
    )


@pytest.mark.parametrize(
    ("text", "numbers", "way"),
    [
        ("7200000001", ["7200000001"], "number"),
        (" 7200 000 001 ", ["7200000001"], "number"),
        ("8 922 000-00-02", ["7200000002"], "phone"),
        ("тарасова", ["7200000001"], "words"),
        ("ТАРАС новолес", ["7200000001"], "words"),
        ("федорова", ["7200000002"], "words"),
        ("Новолесье улица Тихая", ["7200000001", "7200000002"], "words"),
        ("тихая 89", ["7200000001"], "words"),
        ("тихая дом 13", ["7200000002"], "words"),
        ("берёзовка мира 89", ["7200000003"], "words"),
        ("тихая 8", [], "words"),
        ("89 105", [], "words"),
        ("реестр", [], "words"),
        ("' | a:* & !b", [], "words"),
    ],
)
async def test_an_account_is_found(office, text, numbers, way):
    answer = await find(office, text)
    assert answer.status_code == 200, answer.text
    assert [one["number"] for one in answer.json()] == numbers
    assert {one["found_by"] for one in answer.json()} <= {way}


async def test_a_customer_who_signed_up_is_found_by_their_own_phone(office):
    home = await office.household()
    del office.http.headers["Authorization"]
    [found] = (await find(office, "+7 900 000-00-01")).json()
    assert (found["number"], found["found_by"]) == (home.number, "phone")
    [found] = (await find(office, f"{home.number}-el")).json()
    assert (found["number"], found["found_by"]) == (home.number, "supplier-number")


async def test_what_is_shown_is_little_and_on_record(office, pool):
    [found] = (await find(office, "тарасова")).json()
    assert found["holder"] == "Тарасова А. В."
    assert not {"phone", "email", "balance"} & set(found)
    [look] = await pool.fetch("SELECT account_id, what FROM account_views")
    assert (str(look["account_id"]), look["what"]) == (found["id"], "office/accounts/search")


async def test_only_those_who_work_on_cases_may_search(office):
    assert (await find(office, "тарасова", Role.QUALITY)).status_code == 403
    await office.sign_in()
    answer = await office.http.post("/api/v1/office/accounts/search", json={"text": "тарасова"})
    assert answer.status_code == 403
    assert "7200000001" not in answer.text


async def test_too_little_is_refused(office):
    answer = await find(office, "ул")
    assert (answer.status_code, answer.json()["code"]) == (422, "search-too-little")


async def test_the_index_serves_the_search_by_words(office, pool):
    plan = []

    class Explained:
        async def fetch(self, sql, *values):
            if "to_tsquery" in sql:
                async with pool.acquire() as connection, connection.transaction():
                    await connection.execute("SET LOCAL enable_seqscan = off")
                    plan.extend(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *values))
            return []

        async def fetchval(self, sql, *values):
            return None

    await PostgresAccountSearch(Explained()).found(Wanted.of("тихая 89"), limit=20)
    assert "accounts_words_ix" in "\n".join(plan)


def test_names_are_shown_as_far_as_needed():
    assert masked("Иванов Иван Иванович", AccountKind.UNIFIED) == "Иванов И. И."
    assert masked("ООО «Ромашка и К»", AccountKind.CONTRACT) == "ООО «Ромашка и К»"
    assert masked("", AccountKind.UNIFIED) == ""
    with pytest.raises(TooLittleToSearchBy):
        Wanted.of(" д ")
