"""Codes instead of passwords: once, in time, not to be guessed, few."""

import asyncio

from tests.town import ANNA, HOME, OFFICE, PASSWORD, another, opened, problem


async def test_one_signs_in_by_a_code_once(town, client):
    await town.customer()
    await client.post("/sign-in-codes", json={"phone": ANNA})
    body = {"phone": ANNA, "code": town.post.code(ANNA)}
    answer = await client.post("/sessions/by-code", json=body)
    assert answer.status_code == 201
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (await client.get("/me")).json()["phone"] == ANNA
    problem(await client.post("/sessions/by-code", json=body), 422, "code-wrong")


async def test_of_equal_codes_at_once_one_goes_through(town):
    await town.customer()
    async with town.client() as client:
        await client.post("/sign-in-codes", json={"phone": ANNA})
        body = {"phone": ANNA, "code": town.post.code(ANNA)}
        answers = await asyncio.gather(*(client.post("/sessions/by-code", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]


async def test_of_wishes_at_once_one_is_sent(town, client):
    answers = await asyncio.gather(*(client.post("/sign-ups", json={"phone": ANNA}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 429, 429, 429, 429]
    assert len(town.post.sent) == 1


async def test_the_next_code_comes_after_a_while_and_replaces_the_first(town, client):
    await town.customer()
    await client.post("/sign-in-codes", json={"phone": ANNA})
    first = town.post.code(ANNA)
    town.clock.later(seconds=20)
    soon = await client.post("/sign-in-codes", json={"phone": ANNA})
    problem(soon, 429, "code-too-soon")
    assert soon.headers["retry-after"] == "40"
    town.clock.later(seconds=40)
    await client.post("/sign-in-codes", json={"phone": ANNA})
    second = town.post.code(ANNA)
    if first != second:
        answer = await client.post("/sessions/by-code", json={"phone": ANNA, "code": first})
        problem(answer, 422, "code-wrong")
    answer = await client.post("/sessions/by-code", json={"phone": ANNA, "code": second})
    assert answer.status_code == 201


async def test_a_code_dies_of_old_age_and_serves_its_purpose_only(town, client):
    await town.customer()
    await client.post("/sign-in-codes", json={"phone": ANNA})
    code = town.post.code(ANNA)
    reset = {"phone": ANNA, "code": code, "password": PASSWORD}
    problem(await client.post("/password-resets/confirm", json=reset), 422, "code-wrong")
    town.clock.later(minutes=10)
    answer = await client.post("/sessions/by-code", json={"phone": ANNA, "code": code})
    problem(answer, 422, "code-wrong")


async def test_a_code_cannot_be_guessed(town, client, pool):
    await town.customer()
    await client.post("/sign-in-codes", json={"phone": ANNA})
    right = {"phone": ANNA, "code": town.post.code(ANNA)}
    wrong = right | {"code": another(right["code"])}
    for _ in range(5):
        problem(await client.post("/sessions/by-code", json=wrong), 422, "code-wrong")
    locked = await client.post("/sessions/by-code", json=right)
    problem(locked, 429, "too-many-attempts")
    assert int(locked.headers["retry-after"]) == 60

    # Another process, another network: the code has three more tries, and then none.
    with opened(pool) as again:
        again.clock = town.clock
        async with again.client() as client:
            problem(await client.post("/sessions/by-code", json=right), 429, "too-many-attempts")
        async with again.client(OFFICE) as elsewhere:
            for _ in range(3):
                problem(await elsewhere.post("/sessions/by-code", json=wrong), 422, "code-wrong")
            problem(await elsewhere.post("/sessions/by-code", json=right), 422, "code-wrong")


async def test_a_guesser_does_not_lock_the_owner_out(town):
    await town.customer()
    async with town.client(HOME) as owner, town.client(OFFICE) as guesser:
        await owner.post("/sign-in-codes", json={"phone": ANNA})
        right = {"phone": ANNA, "code": town.post.code(ANNA)}
        wrong = right | {"code": another(right["code"])}
        statuses = [(await guesser.post("/sessions/by-code", json=wrong)).status_code for _ in range(50)]
        assert (statuses.count(422), statuses.count(429)) == (5, 45)
        assert (await owner.post("/sessions/by-code", json=right)).status_code == 201


async def test_where_the_owner_is_known_strangers_disturb_nothing(town):
    await town.customer()
    async with town.signed_in(ip=HOME) as owner:
        await owner.post("/sign-in-codes", json={"phone": ANNA})
        right = {"phone": ANNA, "code": town.post.code(ANNA)}
        wrong = right | {"code": another(right["code"])}
        for number in range(30):  # asks for codes of its own and guesses, from everywhere
            async with town.client(f"198.51.100.{number}") as stranger:
                await stranger.post("/sign-in-codes", json={"phone": ANNA})
                await stranger.post("/sessions/by-code", json=wrong)
        assert (await owner.post("/sessions/by-code", json=right)).status_code == 201
        town.clock.later(seconds=60)
        assert (await owner.post("/sign-in-codes", json={"phone": ANNA})).status_code == 202


async def test_messages_to_one_phone_are_few(town):
    statuses = []
    for number in range(20):
        async with town.client(f"198.51.100.{number}") as client:
            statuses.append((await client.post("/sign-ups", json={"phone": ANNA})).status_code)
        town.clock.later(seconds=61)
    assert statuses.count(202) <= 2 * 8
    assert statuses[:8] == [202] * 8
    assert statuses[8] == 429


async def test_neither_the_code_nor_the_address_is_kept_with_it(town, client, pool):
    await town.customer()
    await client.post("/sign-in-codes", json={"phone": ANNA})
    [row] = await pool.fetch("SELECT * FROM one_time_codes")
    text = repr(dict(row))
    assert town.post.code(ANNA) not in text
    assert ANNA not in text
    assert await pool.fetchval("SELECT count(*) FROM local_jobs") == 0
