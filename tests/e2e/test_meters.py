"""Meters over HTTP: what hangs where, by which zones it counts, whether its readings are taken by hand,
and what a reading would cost."""

from uuid import UUID, uuid4

from domain.accounts.import_columns import ImportKind
from domain.people.staff import Role
from tests.kabinets import PASSWORD
from tests.meters import imported, inn_of

OLD = {
    "serial": "0001",
    "model": "СО-1",
    "installed_on": "2010-01-01",
    "removed_on": "2026-06-11",
    "opening_value": "0",
    "closing_value": "450",
}
NEW = {
    "serial": "0002",
    "model": "М-206",
    "installed_on": "2026-06-11",
    "replaces": "0001",
    "unit": "кВт·ч",
    "fraction_digits": "2",
    "verified_until": "2026-10-31",
    "place": "щит на площадке",
    "seals": "00112 корпус 2026-06-11",
    "tariff_region": "72",
    "tariff_group": "gas-stove",
    "billed_on": "2026-10-22",
}
DAY = NEW | {"zone": "день", "label": "T1", "opening_value": "1.5", "billed_value": "100"}
NIGHT = NEW | {"zone": "ночь", "label": "T2", "opening_value": "0", "billed_value": "50"}
SMART = {"serial": "0003", "model": "ИСУ", "installed_on": "2025-01-01", "automatic": "да"}


async def read(kabinet, path, **headers):
    answer = await kabinet.http.get(f"/api/v1{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_resident_sees_both_meters_of_a_replacement(kabinet, tmp_path):
    home = await kabinet.household()
    await imported(kabinet.container.pool, tmp_path, OLD, DAY, NIGHT, home=home)
    page = await read(kabinet, f"/accounts/{home.account_id}/meters")
    old, new = page["items"]
    assert page["next"] is None

    assert (old["serial"], old["replaced_by"], new["replaces"]) == ("0001", new["id"], old["id"])
    assert old["registers"][0]["closing_value"] == "450"
    assert old["by_hand"] == {
        "is_taken": False,
        "code": "meter-removed",
        "text": "Прибор снят 11.06.2026: показания принимаются по прибору, который стоит на его месте",
    }
    assert new["by_hand"] == {"is_taken": True, "code": None, "text": ""}
    assert [one["zone"] for one in new["registers"]] == [
        {"code": "day", "label": "День", "hours": "07–23", "is_control": False},
        {"code": "night", "label": "Ночь", "hours": "23–07", "is_control": False},
    ]
    assert new["registers"][0]["billed"] == {"value": "100", "on": "2026-10-22"}
    assert new["seals"] == [
        {"number": "00112", "place": "корпус", "set_on": "2026-06-11", "removed_on": None}
    ]
    assert (new["verification"]["until"], new["verification"]["has_expired"]) == ("2026-10-31", True)
    assert new["verification"]["text"].startswith("Срок поверки истёк 31.10.2026")
    assert await read(kabinet, f"/accounts/{home.account_id}/meters/{new['id']}") == new


async def test_an_automatic_meter_says_why_nothing_is_entered(kabinet, tmp_path):
    home = await kabinet.household()
    await imported(kabinet.container.pool, tmp_path, SMART, home=home)
    english = {"Accept-Language": "en"}
    [meter] = (await read(kabinet, f"/accounts/{home.account_id}/meters", **english))["items"]
    assert meter["by_hand"]["code"] == "meter-automatic"
    assert meter["by_hand"]["text"] == "The meter sends its readings itself: there is nothing to enter"
    assert meter["verification"] == {"until": None, "has_expired": False, "text": ""}


async def test_many_meters_come_page_by_page_and_by_point(kabinet, tmp_path):
    home = await kabinet.household()
    rows = [
        {"serial": f"{no:04d}", "installed_on": "2025-01-01", "delivery_point": f"ТП-{no % 2}"}
        | ({"removed_on": "2026-01-01"} if no == 6 else {})
        for no in range(7)
    ]
    await imported(kabinet.container.pool, tmp_path, *rows, home=home)
    path = f"/accounts/{home.account_id}/meters"
    seen, cursor = [], ""
    while cursor is not None:
        page = await read(kabinet, f"{path}?limit=3{cursor and f'&cursor={cursor}'}")
        seen += [one["serial"] for one in page["items"]]
        cursor = page["next"]
    assert seen == ["0000", "0002", "0004", "0006", "0001", "0003", "0005"]

    points = (await read(kabinet, f"/accounts/{home.account_id}/delivery-points"))["items"]
    assert [one["code"] for one in points] == ["ТП-0", "ТП-1"]
    of_point = await read(kabinet, f"{path}?delivery_point={points[0]['id']}&removed=false")
    assert [one["serial"] for one in of_point["items"]] == ["0000", "0002", "0004"]
    assert {one["delivery_point"]["code"] for one in of_point["items"]} == {"ТП-0"}
    assert [one["serial"] for one in (await read(kabinet, f"{path}?serial=0003"))["items"]] == ["0003"]


async def test_what_is_not_mine_is_not_there(kabinet, tmp_path):
    home = await kabinet.household()
    await imported(kabinet.container.pool, tmp_path, SMART, home=home)
    [meter] = (await read(kabinet, f"/accounts/{home.account_id}/meters"))["items"]
    gone = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/meters/{uuid4()}")
    assert (gone.status_code, gone.json()["code"]) == (404, "meter-not-found")
    await kabinet.sign_in("+79000000002")
    for path in ("meters", f"meters/{meter['id']}", "delivery-points"):
        answer = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/{path}")
        assert answer.status_code == 404, path


async def test_an_account_without_meters_has_an_empty_list_and_looks_of_staff_are_kept(kabinet):
    home = await kabinet.household()
    await kabinet.container.enrolment_service.staff("+79000000011", "Оператор", Role.OPERATOR, PASSWORD, None)
    await kabinet.sign_in_again("+79000000011")
    for what in ("meters", "delivery-points"):
        assert await read(kabinet, f"/accounts/{home.account_id}/{what}") == {"items": [], "next": None}
    looked = await kabinet.container.pool.fetch("SELECT what FROM account_views ORDER BY view_id")
    assert [row["what"].rsplit("/", 1)[1] for row in looked] == ["meters", "delivery-points"]


async def test_a_reading_says_what_it_would_cost(kabinet, tmp_path):
    home = await kabinet.household()
    pool = kabinet.container.pool
    prices = [
        {
            "supplier_inn": inn_of(home),
            "service": "electricity",
            "region": "72",
            "group": "gas-stove",
            "group_name": "Городское население",
            "zone": zone,
            "range": number,
            "from_volume": above,
            "to_volume": to,
            "price": price,
            "valid_from": "2026-07-01",
        }
        for zone, number, above, to, price in (
            ("day", "1", "0", "300", "6.20"),
            ("day", "2", "300", "", "9.00"),
            ("night", "1", "0", "300", "3.10"),
            ("night", "2", "300", "", "4.50"),
        )
    ]
    await imported(pool, tmp_path, *prices, kind=ImportKind.TARIFFS)
    await imported(pool, tmp_path, OLD, DAY, NIGHT, home=home)
    _, meter = (await read(kabinet, f"/accounts/{home.account_id}/meters"))["items"]
    path = f"/accounts/{home.account_id}/meters/{meter['id']}/readings/{UUID(int=uuid4().int)}"
    answer = await kabinet.http.put(
        f"/api/v1{path}",
        json={
            "taken_on": "2026-11-20",
            "values": [{"zone": "day", "value": "300"}, {"zone": "night", "value": "250"}],
        },
    )
    assert answer.status_code == 201, answer.text
    cost = answer.json()["cost"]
    # 200 by day and 200 by night: 300 of the 400 in the first range, shared equally.
    assert [(one["zone"], one["range"], one["volume"], one["cost"]["kopecks"]) for one in cost["lines"]] == [
        ("day", 1, "150", 93000),
        ("day", 2, "50", 45000),
        ("night", 1, "150", 46500),
        ("night", 2, "50", 22500),
    ]
    assert (cost["total"], cost["prices_from"]) == ({"kopecks": 207000}, "2026-07-01")
    assert cost["price_group"] == "Городское население"
    assert "Расход по этому показанию по ценам, действующим с 01.07.2026" in cost["included"]
    assert "Долги, пени, авансы, льготы и перерасчёты" in cost["not_included"]
