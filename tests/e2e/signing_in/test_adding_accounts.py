"""An account is added to one's own by its last bill."""

from uuid import UUID, uuid4

from infra.clock import now
from tests.small_kabinet import problem


async def a_billed_account(pool, owner, number: str) -> UUID:
    """An account with one October charge of 1 234,56 ₽ on the bill 2026-10-777."""
    account_id, part, supplier = uuid4(), uuid4(), uuid4()
    await owner.execute(
        "INSERT INTO suppliers (supplier_id, inn, name) VALUES ($1, '6600000000', 'П')", supplier
    )
    await pool.execute(
        """INSERT INTO accounts (account_id, number, kind, address, holder_name, opened_at)
        VALUES ($1, $2, 'unified', 'а', 'б', $3)""",
        account_id,
        number,
        now(),
    )
    await pool.execute("INSERT INTO account_numbers (number, account_id) VALUES ($1, $2)", number, account_id)
    await pool.execute(
        """INSERT INTO supplier_accounts (account_id, supplier_account_id, supplier_id, number)
        VALUES ($1, $2, $3, '1')""",
        account_id,
        part,
        supplier,
    )
    await pool.execute(
        """INSERT INTO charges (account_id, charge_id, supplier_account_id, service_code, period, bill_number,
          unit, amount_kopecks, recalculation_kopecks, penalty_kopecks, paid_kopecks, penalty_paid_kopecks,
          revision, posted_at)
        VALUES ($1, $2, $3, 'el', '2026-10', '2026-10-777', 'kWh', 123456, 0, 0, 0, 0, 1, $4)""",
        account_id,
        uuid4(),
        part,
        now(),
    )
    return account_id


async def test_an_account_is_added_by_its_bill(kabinet, pool, owner):
    account_id = await a_billed_account(pool, owner, "6600000001")
    token = (await kabinet.signed_in())["access_token"]
    by_number = {"number": "66 0000 0001", "proof": {"bill_number": "2026-10-777"}}
    by_sum = {"number": "6600000001", "proof": {"bill_amount": {"kopecks": 123456}}}
    async with kabinet.client(token=token) as mine:
        answers = [await mine.post("/accounts", json=body) for body in (by_number, by_sum, by_number)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert {answer.json()["account_id"] for answer in answers} == {str(account_id)}


async def test_a_failed_proof_does_not_tell_whether_the_account_exists(kabinet, pool, owner):
    await a_billed_account(pool, owner, "6600000001")
    token = (await kabinet.signed_in())["access_token"]
    async with kabinet.client(token=token) as mine:
        answers = [
            await mine.post("/accounts", json={"number": number, "proof": {"bill_number": "1"}})
            for number in ("6600000001", "6600000002")
        ]
        for answer in answers:
            problem(answer, 422, "account-proof-failed")
        assert answers[0].content == answers[1].content
        missing = await mine.post("/accounts", json={"number": "6600000001", "proof": {}})
        problem(missing, 422, "account-proof-missing")
        for number in range(3):
            await mine.post("/accounts", json={"number": f"{number}", "proof": {"bill_number": "1"}})
        right = {"number": "6600000001", "proof": {"bill_number": "2026-10-777"}}
        problem(await mine.post("/accounts", json=right), 429, "too-many-attempts")


async def test_staff_add_no_accounts_to_themselves(kabinet):
    token = (await kabinet.signed_in("+79000000011"))["access_token"]
    async with kabinet.client(token=token) as mine:
        answer = await mine.post("/accounts", json={"number": "1", "proof": {"bill_number": "1"}})
    problem(answer, 403, "wrong-kind-of-actor")
