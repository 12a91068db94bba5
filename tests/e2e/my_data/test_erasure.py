"""Erasing oneself: what goes, what stays, who may."""

import asyncio

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.people.erasures import ERASED
from domain.kernel.access import Scope
from infra.audit import judged_batch
from infra.shard.tables import TABLES, Kind
from tests.actors import add_customer, agree
from tests.kabinets import PASSWORD
from tests.my_data import erase, let_in, read


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
