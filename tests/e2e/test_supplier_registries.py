"""Suppliers are told what was collected: their registries together are the ledger's own movement."""

from random import Random

from domain.accounts.proofs.seals import SealDays
from domain.payments.supplier_registries.files import MakeSupplierRegistries, rows_of
from domain.people.staff import Role
from tests.actors import staff_token
from tests.registries import loaded, paid


async def administrator(kabinet) -> None:
    token = await staff_token(kabinet.container, Role.ADMINISTRATOR)
    kabinet.http.headers["Authorization"] = f"Bearer {token}"


async def seal(kabinet) -> None:
    kabinet.clock.later(days=1)
    await kabinet.container.of_proofs.day_sealing.seal_days(SealDays())
    await kabinet.container.of_telling_suppliers.supplier_telling.work(MakeSupplierRegistries())


async def cleared(pool) -> dict[str, int]:
    """By INN, what money has moved the supplier's books by the ledger alone."""
    rows = await pool.fetch(
        """
        SELECT s.inn, sum(CASE WHEN split_part(t.credit_book, ':', 2) = sa.supplier_account_id::text
                          THEN t.amount_kopecks ELSE -t.amount_kopecks END)::bigint AS kopecks
        FROM transfers t JOIN supplier_accounts sa ON sa.account_id = t.account_id
            AND (t.credit_book ~ ('^(receivable|advance):' || sa.supplier_account_id)
                 OR t.debit_book ~ ('^(receivable|advance):' || sa.supplier_account_id))
        JOIN suppliers s ON s.supplier_id = sa.supplier_id
        WHERE t.cause_kind IN ('payment', 'refund', 'move') GROUP BY s.inn
        """
    )
    return {row["inn"]: row["kopecks"] for row in rows}


async def told(kabinet) -> dict[str, int]:
    found = {}
    for supplier in await kabinet.container.of_telling_suppliers.supplier_telling.suppliers():
        answer = await kabinet.http.get(
            f"/api/v1/suppliers/{supplier.inn}/registries",
            params={"since": "2026-01-01", "until": "2027-12-31"},
        )
        assert answer.status_code == 200, answer.text
        found[supplier.inn] = answer.json()["sum"]["kopecks"]
    return {inn: kopecks for inn, kopecks in found.items() if kopecks}


async def test_all_registries_of_a_supplier_are_what_the_ledger_moved(kabinet) -> None:
    home = await kabinet.household()
    random = Random(7)
    number = 0
    for _ in range(3):
        rows = []
        for _ in range(8):
            number += 1
            service = random.choice(["", "-el"])
            rows.append(paid(number, f"{home.number}{service}", random.randint(1, 200_000)))
        await loaded(kabinet, rows)
        await seal(kabinet)
    await administrator(kabinet)
    assert await told(kabinet) == await cleared(kabinet.container.pool)


async def test_a_registry_is_made_once_and_its_lines_are_told_by_cursor(kabinet) -> None:
    home = await kabinet.household()
    day = kabinet.clock().date()
    await loaded(kabinet, [paid(no, f"{home.number}-el", 1_000 + no) for no in range(1, 6)])
    await administrator(kabinet)
    inn = await kabinet.container.pool.fetchval(
        "SELECT inn FROM suppliers s JOIN supplier_accounts a USING (supplier_id) WHERE a.number = $1",
        f"{home.number}-el",
    )
    early = await kabinet.http.put(f"/api/v1/suppliers/{inn}/registries/{day}")
    assert (early.status_code, early.json()["code"]) == (409, "day-not-sealed")
    await seal(kabinet)
    await administrator(kabinet)
    made = await kabinet.http.put(f"/api/v1/suppliers/{inn}/registries/{day}")
    assert made.status_code == 200, made.text
    assert (made.json()["rows"], made.json()["sum"]) == (5, {"kopecks": 5_015})
    file = await kabinet.http.get(f"/api/v1/suppliers/{inn}/registries/{day}/file")
    *rows, trailer = rows_of(file.content)
    assert (len(rows), trailer[:2]) == (5, ["=5", "50,15"])
    await loaded(kabinet, [paid(9, f"{home.number}-el", 77)])
    again = await kabinet.http.put(f"/api/v1/suppliers/{inn}/registries/{day}")
    assert again.json() == made.json()
    book = await kabinet.http.get(f"/api/v1/suppliers/{inn}/registries/{day}/workbook")
    assert book.content.startswith(b"PK")
    lines, after = [], None
    for _ in range(4):
        where = {"supplier": inn, "limit": 2} | ({"after": after} if after else {})
        page = (await kabinet.http.get("/api/v1/collected", params=where)).json()
        lines += page["items"]
        after = page["next"] or after
    assert [one["sum"]["kopecks"] for one in lines] == [1_001, 1_002, 1_003, 1_004, 1_005]
    assert {one["supplier_account"] for one in lines} == {f"{home.number}-el"}
    table = await kabinet.http.get("/api/v1/collected", params={"supplier": inn, "format": "csv"})
    assert table.text.count("\r\n") == 6
