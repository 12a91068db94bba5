"""A new password, phone or address, and one's own sessions."""

from uuid import UUID

from tests.town import ANNA, NOBODY, OFFICE, OLEG, PASSWORD, another, opened, problem


async def test_a_new_password_ends_every_session_there_was(town, client):
    await town.customer(email="anna@example.org")
    async with town.signed_in() as mine:
        assert (await mine.get("/me")).status_code == 200
        await client.post("/password-resets", json={"phone": ANNA})
        body = {"phone": ANNA, "code": town.post.code(ANNA), "password": "совсем другие слова"}
        weak = await client.post("/password-resets/confirm", json=body | {"password": "12345678"})
        assert problem(weak, 422, "password-too-common")["field"] == "password"
        answer = await client.post("/password-resets/confirm", json=body)
        assert answer.status_code == 201
        problem(await mine.get("/me"), 401, "token-refused")
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (await client.get("/me")).status_code == 200
    old = await client.post("/sessions", json={"phone": ANNA, "password": PASSWORD})
    problem(old, 401, "sign-in-failed")
    new = await client.post("/sessions", json={"phone": ANNA, "password": body["password"]})
    assert new.status_code == 201
    await town.work()
    assert "Пароль вашего личного кабинета изменён" in town.post.last("anna@example.org")


async def test_a_phone_is_changed_with_the_password(town, client):
    await town.customer()
    async with town.signed_in() as mine:
        new = {"phone": "+7 900 000-00-05", "password": "wrong wrong"}
        problem(await mine.put("/me/phone", json=new), 422, "password-wrong")
        assert (await mine.put("/me/phone", json=new | {"password": PASSWORD})).status_code == 202
        code = town.post.code("+79000000005")
        confirm = {"phone": new["phone"], "code": code}
        problem(
            await mine.post("/me/phone/confirm", json=confirm | {"code": another(code)}), 422, "code-wrong"
        )
        assert (await mine.post("/me/phone/confirm", json=confirm)).status_code == 204
        assert (await mine.get("/me")).json()["phone"] == "+79000000005"
        problem(await mine.post("/me/phone/confirm", json=confirm), 422, "code-wrong")
    await town.work()
    assert "перенесён" in town.post.last(ANNA)
    old = await client.post("/sessions", json={"phone": ANNA, "password": PASSWORD})
    problem(old, 401, "sign-in-failed")
    new_one = await client.post("/sessions", json={"phone": "+79000000005", "password": PASSWORD})
    assert new_one.status_code == 201
    await town.customer(ANNA)  # the former phone is free


async def test_a_phone_is_changed_with_a_code(town):
    await town.customer()
    async with town.signed_in() as mine:
        neither = await mine.put("/me/phone", json={"phone": OLEG})
        problem(neither, 422, "holder-proof-missing")
        both = {"phone": OLEG, "password": PASSWORD, "code": "123456"}
        problem(await mine.put("/me/phone", json=both), 422, "holder-proof-missing")
        problem(await mine.put("/me/phone", json={"phone": OLEG, "code": "000000"}), 422, "code-wrong")
        await mine.post("/sign-in-codes", json={"phone": ANNA})
        proved = {"phone": OLEG, "code": town.post.code(ANNA)}
        assert (await mine.put("/me/phone", json=proved)).status_code == 202
        confirm = {"phone": OLEG, "code": town.post.code(OLEG)}
        assert (await mine.post("/me/phone/confirm", json=confirm)).status_code == 204


async def test_a_code_for_a_new_phone_is_its_askers_only(town):
    await town.customer()
    await town.customer(OLEG)
    async with town.signed_in() as anna, town.signed_in(OLEG, ip=OFFICE) as oleg:
        await anna.put("/me/phone", json={"phone": NOBODY, "password": PASSWORD})
        confirm = {"phone": NOBODY, "code": town.post.code(NOBODY)}
        problem(await oleg.post("/me/phone/confirm", json=confirm), 422, "code-wrong")
        assert (await anna.post("/me/phone/confirm", json=confirm)).status_code == 204


async def test_a_taken_phone_is_refused_without_a_word(town):
    await town.customer()
    await town.customer(OLEG)
    async with town.signed_in() as mine:
        answers = []
        for phone in (OLEG, NOBODY):
            asked = await mine.put("/me/phone", json={"phone": phone, "password": PASSWORD})
            tried = await mine.post("/me/phone/confirm", json={"phone": phone, "code": "000000"})
            answers.append([(one.status_code, one.content) for one in (asked, tried)])
        assert answers[0] == answers[1]
        assert "уже есть личный кабинет" in town.post.last(OLEG)

        # Free when the code was sent, another's when it is shown.
        await town.customer(NOBODY)
        confirm = {"phone": NOBODY, "code": town.post.code(NOBODY)}
        problem(await mine.post("/me/phone/confirm", json=confirm), 422, "code-wrong")
        assert (await mine.get("/me")).json()["phone"] == ANNA


async def test_an_email_is_changed_and_the_former_one_is_told(town):
    await town.customer(email="old@example.org")
    async with town.signed_in() as mine:
        new = {"email": "new@Example.org", "password": PASSWORD}
        problem(await mine.put("/me/email", json=new | {"email": "a@b"}), 422, "email-invalid")
        assert (await mine.put("/me/email", json=new)).status_code == 202
        confirm = {"email": "new@example.org", "code": town.post.code("new@example.org")}
        assert (await mine.post("/me/email/confirm", json=confirm)).status_code == 204
        assert (await mine.get("/me")).json()["email"] == "new@example.org"
    await town.work()
    assert "задан другой" in town.post.last("old@example.org")


async def test_a_changed_password_ends_the_other_sessions(town):
    await town.customer()
    async with town.signed_in() as mine, town.signed_in(ip=OFFICE) as other:
        body = {"current_password": PASSWORD, "password": "совсем другие слова"}
        for weak, code in (("1234567", "password-too-short"), (ANNA, "password-too-common")):
            problem(await mine.put("/me/password", json=body | {"password": weak}), 422, code)
        wrong = await mine.put("/me/password", json=body | {"current_password": "wrong"})
        assert problem(wrong, 422, "password-wrong")["field"] == "current_password"
        assert (await mine.put("/me/password", json=body)).status_code == 204
        assert (await mine.get("/me")).status_code == 200
        problem(await other.get("/me"), 401, "token-refused")


async def test_the_present_password_cannot_be_guessed(town):
    await town.customer()
    async with town.signed_in() as mine:
        body = {"current_password": "wrong", "password": "совсем другие слова"}
        for _ in range(5):
            problem(await mine.put("/me/password", json=body), 422, "password-wrong")
        right = body | {"current_password": PASSWORD}
        problem(await mine.put("/me/password", json=right), 429, "too-many-attempts")


async def test_own_sessions_are_seen_and_ended(town):
    await town.customer()
    await town.customer(OLEG)
    async with town.signed_in() as mine, town.signed_in(ip=OFFICE) as phone, town.signed_in(OLEG) as oleg:
        items = (await mine.get("/sessions")).json()["items"]
        assert [(one["ip"], one["is_current"]) for one in items] == [
            ("198.51.100.x", False),
            ("203.0.113.x", True),
        ]
        assert items[0]["device"].startswith("python-httpx")
        path = f"/sessions/{items[0]['id']}"
        problem(await oleg.delete(path), 404, "session-not-found")
        assert (await phone.get("/me")).status_code == 200
        assert [(await mine.delete(path)).status_code for _ in range(2)] == [204, 204]
        problem(await phone.get("/me"), 401, "token-refused")
        assert len((await mine.get("/sessions")).json()["items"]) == 1

        async with town.signed_in(ip=OFFICE) as tablet:
            assert (await mine.delete("/sessions")).status_code == 204
            problem(await tablet.get("/me"), 401, "token-refused")
        assert (await mine.get("/me")).status_code == 200
        assert (await oleg.get("/me")).status_code == 200


async def test_a_session_ended_elsewhere_is_dead_within_five_seconds(town, pool):
    await town.customer()
    with opened(pool) as other_process:
        other_process.clock = town.clock
        async with town.signed_in() as mine:
            session_id = UUID((await mine.get("/sessions")).json()["items"][0]["id"])
            async with other_process.client(token=mine.headers["Authorization"].split()[1]) as elsewhere:
                await elsewhere.delete(f"/sessions/{session_id}")
            town.clock.later(seconds=5)
            problem(await mine.get("/me"), 401, "token-refused")
