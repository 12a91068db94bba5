"""Who looked at the data, and what is past its term."""

from datetime import timedelta
from uuid import uuid4

from domain.people.retention import DeleteOutdated
from domain.people.staff import Role
from services.people import retention
from tests.actors import add_customer, customer_token, staff_token
from tests.households import lay_household
from tests.kabinets import PASSWORD
from tests.my_data import bearer, erase, read


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
