"""Consents over HTTP: one document at a time, by the hash of its text, taken back as easily as given."""

from hashlib import sha256
from uuid import uuid4

import asyncpg
import pytest

from domain.people.staff import Role
from tests import kabinets
from tests.actors import staff_token


async def read(kabinet, path, **more):
    answer = await kabinet.http.get(f"/api/v1{path}", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def documents(kabinet):
    return {one["purpose"]: one for one in await read(kabinet, "/documents")}


async def give(kabinet, document, **other):
    body = {"document_id": document["id"], "sha256": document["sha256"]} | other
    return await kabinet.http.post("/api/v1/me/consents", json=body, headers={"User-Agent": "Phone 7"})


async def publish(kabinet, document_id=None, **other):
    """A new version of the rules that holds from tomorrow on."""
    body = {"purpose": "rules", "title": "Правила, новые", "text": "Новый текст.", "valid_from": "2026-11-23"}
    token = await staff_token(kabinet.container, Role.ADMINISTRATOR)
    return await kabinet.http.put(
        f"/api/v1/documents/{document_id or uuid4()}",
        json=body | other,
        headers={"Authorization": f"Bearer {token}"},
    )


async def test_anybody_reads_the_documents(kabinet):
    shown = await documents(kabinet)
    assert set(shown) == {"rules", "personal-data", "e-mail-notices", "sms-notices", "marketing"}
    assert {purpose for purpose, one in shown.items() if one["is_needed"]} == {"rules", "personal-data"}
    for one in shown.values():
        text = (await read(kabinet, f"/documents/{one['id']}"))["text"]
        assert sha256(text.encode()).hexdigest() == one["sha256"]
    answer = await kabinet.http.get(f"/api/v1/documents/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "document-not-found")


async def test_a_consent_is_given_once_and_proved(kabinet, pool):
    user_id = await kabinet.sign_in(agrees=False)
    shown = await documents(kabinet)
    first = await give(kabinet, shown["rules"])
    again = await give(kabinet, shown["rules"])
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    row = await pool.fetchrow("SELECT * FROM user_consents WHERE user_id = $1", user_id)
    assert (row["sha256"].hex(), row["channel"], row["ip"], row["device"]) == (
        shown["rules"]["sha256"],
        "cabinet",
        "127.0.0.1",
        "Phone 7",
    )
    assert row["given_at"] == kabinet.clock()


async def test_the_cabinet_asks_for_two_and_offers_three(kabinet):
    await kabinet.sign_in(agrees=False)
    shown = await documents(kabinet)
    before = await read(kabinet, "/me/consents")
    assert not before["may_use_cabinet"]
    assert len(before["unanswered"]) == 5
    await give(kabinet, shown["rules"])
    assert not (await read(kabinet, "/me/consents"))["may_use_cabinet"]
    await give(kabinet, shown["personal-data"])
    after = await read(kabinet, "/me/consents")
    assert after["may_use_cabinet"]
    assert {one["purpose"] for one in after["unanswered"]} == {"e-mail-notices", "sms-notices", "marketing"}


async def test_another_text_is_not_agreed_to(kabinet):
    await kabinet.sign_in(agrees=False)
    shown = await documents(kabinet)
    answer = await give(kabinet, shown["rules"], sha256=shown["marketing"]["sha256"])
    assert (answer.status_code, answer.json()["code"]) == (409, "document-text-differs")
    answer = await give(kabinet, shown["rules"], document_id=str(uuid4()))
    assert answer.json()["code"] == "document-not-found"
    answer = await give(kabinet, shown["rules"], sha256="yes")
    assert answer.status_code == 422
    assert (await read(kabinet, "/me/consents"))["consents"] == []


async def test_a_withdrawal_says_what_follows(kabinet):
    await kabinet.sign_in(agrees=False)
    shown = await documents(kabinet)
    given = (await give(kabinet, shown["marketing"])).json()
    kabinet.clock.later(minutes=1)
    path = f"/api/v1/me/consents/{given['id']}"
    first = await kabinet.http.delete(path)
    kabinet.clock.later(minutes=1)
    again = await kabinet.http.delete(path, headers={"Accept-Language": "en"})
    assert first.status_code == again.status_code == 200
    assert first.json()["consent"] == again.json()["consent"]
    assert first.json()["consent"]["withdrawn_at"] > given["given_at"]
    assert first.json()["follows"] == "Предложения и реклама вам больше не приходят, с этой минуты"
    assert again.json()["follows"] == "No more offers are sent to you, from this moment"
    anew = await give(kabinet, shown["marketing"])
    assert anew.status_code == 201
    assert anew.json()["id"] != given["id"]
    assert len((await read(kabinet, "/me/consents"))["consents"]) == 2


async def test_nobody_withdraws_anothers_consent(kabinet):
    await kabinet.sign_in(agrees=False)
    given = (await give(kabinet, (await documents(kabinet))["rules"])).json()
    await kabinet.sign_in("+79000000002")
    answer = await kabinet.http.delete(f"/api/v1/me/consents/{given['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "consent-not-found")


async def test_a_new_version_asks_again_from_its_day(kabinet):
    await kabinet.sign_in(agrees=False)
    old = (await documents(kabinet))["rules"]
    await give(kabinet, old)
    made = await publish(kabinet)
    assert made.status_code == 201, made.text
    assert made.json()["version"] == 2
    assert (await documents(kabinet))["rules"] == old
    early = await give(kabinet, made.json())
    assert (early.status_code, early.json()["code"]) == (409, "document-not-in-force")

    kabinet.clock.later(days=1)
    await kabinet.sign_in_again()
    assert "rules" in {one["purpose"] for one in (await read(kabinet, "/me/consents"))["unanswered"]}
    late = await give(kabinet, old)
    assert late.json()["code"] == "document-not-in-force"
    second = (await give(kabinet, (await documents(kabinet))["rules"])).json()
    await kabinet.http.delete(f"/api/v1/me/consents/{second['id']}")
    left = (await read(kabinet, "/me/consents"))["consents"]
    assert len(left) == 2
    assert all(one["withdrawn_at"] for one in left)


async def test_a_document_is_published_once(kabinet):
    document_id = uuid4()
    first, again = await publish(kabinet, document_id), await publish(kabinet, document_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    for other, status, code in (
        ({"text": "Другой"}, 409, "document-id-taken"),
        ({"valid_from": "2026-11-24"}, 409, "document-id-taken"),
    ):
        answer = await publish(kabinet, document_id, **other)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    for day in ("2026-11-21", "2026-11-22"):  # before today; before the version that waits
        answer = await publish(kabinet, valid_from=day)
        assert (answer.status_code, answer.json()["code"]) == (422, "document-too-early")


async def test_customers_publish_nothing(kabinet):
    await kabinet.sign_in()
    body = {"purpose": "rules", "title": "Мои", "text": "Мои правила.", "valid_from": "2026-11-23"}
    answer = await kabinet.http.put(f"/api/v1/documents/{uuid4()}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")


async def test_what_was_agreed_to_cannot_be_changed(kabinet, pool):
    await kabinet.sign_in(agrees=False)
    await give(kabinet, (await documents(kabinet))["rules"])
    for statement in (
        "UPDATE user_consents SET given_at = given_at - interval '1 day'",
        "UPDATE user_consents SET ip = '203.0.113.1'",
        "UPDATE user_consents SET withdrawn_at = given_at - interval '1 day'",
        "DELETE FROM user_consents",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await pool.execute(statement)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute("UPDATE documents SET text = 'Иное'")


async def test_who_took_back_the_wish_for_letters_gets_none(kabinet, monkeypatch):
    sent = []

    async def send(letter):
        sent.append(letter)

    monkeypatch.setattr(type(kabinet.container.mail), "send", lambda self, letter: send(letter))
    home = await kabinet.household(email="resident@example.test")
    given = (await give(kabinet, (await documents(kabinet))["e-mail-notices"])).json()
    for expected in (1, 1):
        payment_id = (await kabinet.pay(home, confirm_duplicate=True)).json()["id"]
        await kabinet.play(home, payment_id)
        await kabinet.notices()
        await kabinet.work()
        assert len(sent) == expected
        await kabinet.http.delete(f"/api/v1/me/consents/{given['id']}")


async def test_without_the_needed_consents_the_cabinet_is_closed(kabinet):
    home = await kabinet.household()
    given = (await read(kabinet, "/me/consents"))["consents"]
    assert len((await read(kabinet, "/accounts"))["items"]) == 1
    rules = next(one for one in given if one["purpose"] == "rules")
    assert (await kabinet.http.delete(f"/api/v1/me/consents/{rules['id']}")).status_code == 200

    # At once in the process that heard it, although nothing but memory was asked a moment ago.
    shown = (await documents(kabinet))["rules"]
    for method, path in (
        ("GET", "/accounts"),
        ("GET", f"/accounts/{home.account_id}"),
        ("POST", f"/accounts/{home.account_id}/payment-previews"),
        ("GET", "/sessions"),
    ):
        answer = await kabinet.http.request(method, f"/api/v1{path}", headers={"Accept-Language": "en"})
        assert (answer.status_code, answer.json()["code"]) == (403, "consent-needed")
        assert answer.json()["documents"] == [shown["id"]]
        assert answer.json()["detail"].endswith(shown["title"])
        assert "POST /me/consents" in answer.json()["remedy"]
    for path in ("/me", "/me/consents", "/me/export.json", "/documents"):
        await read(kabinet, path)

    await give(kabinet, shown)
    assert len((await read(kabinet, "/accounts"))["items"]) == 1
    assert (await kabinet.http.delete("/api/v1/sessions/current")).status_code == 204


async def test_without_consents_one_may_still_be_erased(kabinet):
    await kabinet.sign_in(agrees=False)
    assert (await kabinet.http.get("/api/v1/accounts")).json()["code"] == "consent-needed"
    answer = await kabinet.http.request("DELETE", "/api/v1/me", json={"password": kabinets.PASSWORD})
    assert answer.status_code == 200


async def test_another_process_hears_of_a_withdrawal_within_seconds(kabinet, pool, tmp_path):
    await kabinet.sign_in()
    async with kabinets.opened(pool, tmp_path / "other") as other:
        other.http.headers["Authorization"] = kabinet.http.headers["Authorization"]
        await read(other, "/accounts")
        for one in (await read(kabinet, "/me/consents"))["consents"]:
            await kabinet.http.delete(f"/api/v1/me/consents/{one['id']}")
        other.clock.later(seconds=3)
        answer = await other.http.get("/api/v1/accounts")
        assert (answer.json()["code"], len(answer.json()["documents"])) == ("consent-needed", 2)
        for document in (await documents(kabinet)).values():
            await give(kabinet, document)
        await read(other, "/accounts")  # a refusal is never from memory


async def test_whoever_agreed_costs_no_query_more(kabinet, monkeypatch):
    await kabinet.sign_in()
    await read(kabinet, "/accounts")
    service = type(kabinet.container.personal_data.consent_service)
    monkeypatch.delattr(service, "answers")
    monkeypatch.setattr(asyncpg.Pool, "fetchrow", None)  # what the check of a token would ask
    await read(kabinet, "/accounts")


async def test_a_new_version_of_the_rules_closes_the_cabinet_until_it_is_answered(kabinet):
    await kabinet.sign_in()
    made = (await publish(kabinet)).json()
    await read(kabinet, "/accounts")
    kabinet.clock.later(days=1)
    await kabinet.sign_in_again()
    answer = await kabinet.http.get("/api/v1/accounts")
    assert (answer.json()["code"], answer.json()["documents"]) == ("consent-needed", [made["id"]])
    await give(kabinet, made)
    await read(kabinet, "/accounts")
    today = (await publish(kabinet, valid_from="2026-11-23", text="Новее.")).json()
    assert (await kabinet.http.get("/api/v1/accounts")).json()["documents"] == [today["id"]]
