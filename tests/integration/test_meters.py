"""Files of meters and prices to the tables and back, and what reads them."""

import asyncio
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from adapters.postgres.imports.store import ImportTransactions
from adapters.postgres.readings.meters import PostgresMeters
from adapters.postgres.readings.prices import PostgresPrices
from domain.accounts.accounts import AccountKind
from domain.accounts.import_cells import Cells, Code
from domain.accounts.import_columns import ImportKind
from domain.accounts.import_rows import read
from domain.accounts.imports import ImportState, Tally
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.readings.meters import MeterNotFound
from infra.clock import new_id, now
from infra.demo import files
from infra.demo.households import METERS_ACCOUNT
from tests.households import NOON, lay_household
from tests.meters import DAY, cells_of, imported, imported_file, inn_of, written

OLD = {"serial": "0001", "model": "СО-1", "installed_on": "2010-01-01", "opening_value": "0", "digits": "5"}
GONE = OLD | {"removed_on": "2026-06-11", "closing_value": "450"}
NEW = {"serial": "0002", "model": "М-2", "installed_on": "2026-06-11", "replaces": "0001", "digits": "6"}
DAY_T1 = NEW | {"zone": "день", "label": "T1", "opening_value": "1.5"}
NIGHT_T2 = NEW | {"zone": "night", "label": "T2", "opening_value": "0"}


@pytest.fixture
async def home(pool):
    return await lay_household(pool, services=("electricity", "water"))


def access_of(home, *, user_id=None, scope=Scope.SEE):
    actor = Actor(kind=ActorKind.CUSTOMER, id=user_id or home.user_id, name="Иванов И. И.")
    return Access(actor=actor, account_id=home.account_id, scope=scope, at=NOON)


async def test_a_replacement_is_kept_and_read_back(pool, home, tmp_path):
    done, _ = await imported(pool, tmp_path, OLD, home=home)
    assert done.tally == Tally(added=1)
    done, faults = await imported(pool, tmp_path, GONE, DAY_T1, NIGHT_T2, home=home)
    assert faults == []
    assert done.tally == Tally(added=2, corrected=1)

    old, new = await PostgresMeters(pool).of_account(access_of(home))
    assert (old.serial, old.removed_on, old.registers[0].closing_value) == ("0001", date(2026, 6, 11), 450)
    assert (new.replaces, new.digit_count, new.unit) == (old.id, 6, "ед.")
    assert [(one.zone, one.label, one.opening_value) for one in new.registers] == [
        ("day", "T1", Decimal("1.5")),
        ("night", "T2", Decimal(0)),
    ]
    again, _ = await imported(pool, tmp_path, GONE, DAY_T1, NIGHT_T2, home=home)
    assert (again.state, again.tally) == (ImportState.POSTED, Tally(unchanged=3))
    assert await PostgresMeters(pool).of_account(access_of(home)) == [old, new]


async def test_only_who_may_see_sees_meters(pool, home, tmp_path):
    await imported(pool, tmp_path, OLD | {"delivery_point": "ТП-1"}, home=home)
    meters = PostgresMeters(pool)
    [meter] = await meters.of_account(access_of(home))
    assert await meters.of(access_of(home), meter.id) == meter
    assert [point.code for point in await meters.delivery_points(access_of(home))] == ["ТП-1"]
    stranger = access_of(home, user_id=new_id())
    assert await meters.of_account(stranger) == []
    assert await meters.delivery_points(stranger) == []
    with pytest.raises(MeterNotFound):
        await meters.of(stranger, meter.id)
    with pytest.raises(MeterNotFound):
        await meters.of(access_of(home), new_id())


async def test_meters_of_many_accounts_at_once(pool, home, tmp_path):
    other = await lay_household(pool, number="6600000002", services=("electricity", "water"))
    await imported(pool, tmp_path, OLD | {"seals": "1 корпус"}, home=home)
    meters = PostgresMeters(pool)
    found = await meters.in_accounts([home.account_id, other.account_id])
    assert found == {
        home.account_id: await meters.of_account(access_of(home)),
        other.account_id: [],
    }
    [meter] = found[home.account_id]
    assert [one.serial for one in await meters.locked(home.account_id, [meter.id, new_id()])] == ["0001"]
    assert await meters.account_of_serial("0001") == [home.account_id]
    assert list(await meters.zones()) == ["single", "day", "night", "peak", "half_peak", "total"]


async def test_what_billing_counted_from_is_history(pool, home, tmp_path):
    values = [
        OLD | {"billed_value": value, "billed_on": day}
        for value, day in (("100", "2026-08-25"), ("150", "2026-09-25"), ("190", "2026-10-25"))
    ]
    done, _ = await imported(pool, tmp_path, *values, home=home)
    assert done.tally == Tally(added=3)
    values[2]["billed_value"] = "195"
    done, _ = await imported(pool, tmp_path, *values, home=home)
    assert done.tally == Tally(corrected=1, unchanged=2)
    rows = await pool.fetch(
        "SELECT taken_on, value, consumption, state FROM register_readings WHERE account_id = $1"
        " AND source = 'billing' ORDER BY taken_on, state",
        home.account_id,
    )
    assert [tuple(row.values())[1:] for row in rows] == [
        (100, 100, "used"),
        (150, 50, "used"),
        (190, 40, "replaced"),
        (195, 45, "used"),
    ]
    [meter] = await PostgresMeters(pool).of_account(access_of(home))
    assert (meter.registers[0].billed_value, meter.registers[0].billed_on) == (195, date(2026, 10, 25))


async def test_what_only_the_whole_file_can_tell(pool, home, tmp_path):
    _, faults = await imported(
        pool,
        tmp_path,
        OLD,
        OLD,  # 3: the same register
        NEW | {"serial": "3", "replaces": "77"},  # 4: replaces what was never there
        NEW | {"serial": "4"},  # 5: replaces one that still hangs
        DAY_T1 | {"serial": "5", "replaces": "", "place": "щит"},
        NIGHT_T2 | {"serial": "5", "replaces": "", "place": "подъезд"},  # 7: says otherwise
        {"serial": "6", "model": "М", "installed_on": "2026-01-01"},
        {"serial": "6", "model": "М", "installed_on": "2026-02-01"},  # 9: the same meter in two places
        {"serial": "7", "installed_on": "2026-01-01", "supplier_account": "нет"},
        {"serial": "8", "installed_on": "2026-01-01", "unified_account": "нет"},
        {"serial": "9", "installed_on": "2026-01-01", "zone": "T1"},
        {"serial": "10", "installed_on": "2026-01-01", "service": "gas"},
        {"serial": "11", "installed_on": "2026-01-01", "zone": "day", "removed_on": "2026-02-01"},
        {"serial": "11", "installed_on": "2026-01-01", "zone": "night"},
        home=home,
    )
    assert sorted(faults) == [
        (2, "", Code.DUPLICATE),
        (3, "", Code.DUPLICATE),
        (4, "replaces", Code.UNKNOWN_METER),
        (5, "replaces", Code.METER_NOT_REMOVED),
        (7, "", Code.CONTRADICTS),
        (8, "serial", Code.CONTRADICTS),
        (9, "serial", Code.CONTRADICTS),
        (10, "supplier_account", Code.UNKNOWN_SUPPLIER_ACCOUNT),
        (11, "unified_account", Code.UNKNOWN_ACCOUNT),
        (12, "zone", Code.UNKNOWN_ZONE),
        (13, "service", Code.UNKNOWN_SERVICE),
        (14, "removed_on", Code.CONTRADICTS),
    ]
    assert await pool.fetchval("SELECT count(*) FROM meters") == 0


async def test_a_meter_hangs_in_one_place(pool, home, tmp_path):
    other = await lay_household(pool, number="6600000002", services=("electricity", "water"))
    await imported(pool, tmp_path, OLD, home=home)
    elsewhere = OLD | {"installed_on": "2026-07-01"}
    _, faults = await imported(pool, tmp_path, elsewhere, home=other)
    assert faults == [(2, "serial", Code.METER_ELSEWHERE)]
    # Whose model nobody told may be another meter of the same number.
    done, _ = await imported(pool, tmp_path, {"serial": "0001", "installed_on": "2026-07-01"}, home=other)
    assert done.tally.added == 1
    # Told in one file that it moved, whatever the order of the rows.
    done, faults = await imported(pool, tmp_path, cells_of(other, **elsewhere), cells_of(home, **GONE))
    assert (done.state, faults) == (ImportState.POSTED, [])
    assert await PostgresMeters(pool).account_of_serial("0001") == [other.account_id]
    [meter] = await PostgresMeters(pool).of_account(access_of(other))
    assert meter.model == "СО-1"


async def test_a_replaced_meter_may_have_been_told_before(pool, home, tmp_path):
    await imported(pool, tmp_path, OLD, home=home)
    _, faults = await imported(pool, tmp_path, DAY_T1, home=home)
    assert faults == [(2, "replaces", Code.METER_NOT_REMOVED)]
    await imported(pool, tmp_path, GONE, home=home)
    done, _ = await imported(pool, tmp_path, DAY_T1, home=home)
    assert done.tally.added == 1


async def test_two_imports_at_once_leave_each_meter_once(pool, home, tmp_path):
    mine = [
        {"serial": f"{number:05d}", "model": "М", "installed_on": "2025-01-01", "billed_value": "7"}
        | {"billed_on": "2026-10-25", "seals": f"{number}"}
        for number in range(60)
    ]
    places = [tmp_path / "one", tmp_path / "two"]
    for place in places:
        place.mkdir()
    done = await asyncio.gather(
        imported(pool, places[0], *mine, home=home), imported(pool, places[1], *mine[::-1], home=home)
    )
    assert {one.state for one, _ in done} == {ImportState.POSTED}
    assert await pool.fetchval("SELECT count(*) FROM meters") == 60
    assert await pool.fetchval("SELECT count(*) FROM register_readings") == 60


async def test_cut_short_it_goes_on(pool, home, tmp_path):
    """What was saved before a kill is unchanged when the file comes again."""
    cells = [Cells(2, cells_of(home, **row), DAY) for row in (GONE, DAY_T1 | {"zone": "day"})]
    rows = [read(ImportKind.METERS, one) for one in cells]
    async with ImportTransactions(pool, now, new_id)() as store:
        await store.meter_book.meters_saved(rows, NOON, DAY)
    done, _ = await imported(pool, tmp_path, GONE, DAY_T1, NIGHT_T2, home=home)
    assert done.tally == Tally(added=1, unchanged=2)


async def test_killed_in_the_middle_the_same_command_goes_on(pool, home, dsn, tmp_path):
    """Some thousand rows are saved at a time: what is in when the process dies stays, and nothing twice."""
    mine = [
        {"serial": f"{number:06d}", "model": "М", "installed_on": "2025-01-01", "opening_value": "1"}
        | {"billed_value": "7", "billed_on": "2026-10-25"}
        for number in range(6_000)
    ]
    file = written(tmp_path, [cells_of(home, **row) for row in mine])
    command = [sys.executable, "-m", "infra.cli", "import", "meters", str(file)]
    environment = os.environ | {"DATABASE_URL": dsn, "KABINET_DATA": str(tmp_path)}
    with (tmp_path / "import.log").open("w") as log:
        child = await asyncio.to_thread(subprocess.Popen, command, env=environment, stdout=log, stderr=log)
        try:
            while child.poll() is None and not await pool.fetchval("SELECT count(*) FROM meters"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        finally:
            child.kill()
            await asyncio.to_thread(child.wait)
    before = await pool.fetchval("SELECT count(*) FROM meters")
    assert 0 < before < 6_000, (tmp_path / "import.log").read_text()

    done, _ = await imported_file(pool, file)
    assert (done.state, done.done, done.tally) == (
        ImportState.POSTED,
        6_000,
        Tally(added=6_000 - before, unchanged=before),
    )
    assert await pool.fetchval("SELECT count(*) FROM meter_serials") == 6_000
    assert await pool.fetchval("SELECT count(*) FROM register_readings") == 6_000


async def test_a_workbook_with_russian_columns(pool, home, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(
        [
            *("Единый лицевой счёт", "ИНН поставщика", "Счёт у поставщика", "Услуга", "Заводской № ПУ"),
            *("Дата установки", "Зона/тариф", "Предыдущие показания", "Дата предыдущих", "Поверен до"),
        ]
    )
    book.active.append(
        [
            *(home.number, inn_of(home), f"{home.number}-el", "electricity", "007"),
            *(date(2025, 3, 4), "ночь", 12.5, date(2026, 10, 25), date(2030, 1, 1)),
        ]
    )
    book.save(tmp_path / "meters.xlsx")
    done, faults = await imported_file(pool, tmp_path / "meters.xlsx")
    assert (done.state, faults) == (ImportState.POSTED, [])
    [meter] = await PostgresMeters(pool).of_account(access_of(home))
    assert (meter.serial, meter.installed_on, meter.registers[0].zone) == ("007", date(2025, 3, 4), "night")
    assert meter.registers[0].billed_value == Decimal("12.5")


def price_row(home, **cells):
    return {
        "supplier_inn": inn_of(home),
        "service": "electricity",
        "region": "72",
        "group": "gas-stove",
        "price": "5.43",
        "valid_from": "2026-01-01",
        **cells,
    }


async def test_prices_hold_from_their_day_as_a_whole(pool, home, tmp_path):
    ranges = [
        price_row(home, range="1", from_volume="0", to_volume="3900"),
        price_row(home, range="2", from_volume="3900", to_volume="", price="7.05"),
    ]
    later = price_row(home, price="5.90", valid_from="2026-10-01", group_name="Город")
    done, _ = await imported(pool, tmp_path, *ranges, later, kind=ImportKind.TARIFFS)
    assert done.tally == Tally(added=3)
    later["price"] = "5.91"
    done, _ = await imported(pool, tmp_path, *ranges, later, kind=ImportKind.TARIFFS)
    assert done.tally == Tally(corrected=1, unchanged=2)

    group = {"tariff_region": "72", "tariff_group": "gas-stove"}
    await imported(pool, tmp_path, OLD | group, home=home)
    [meter] = await PostgresMeters(pool).of_account(access_of(home))
    prices, access = PostgresPrices(pool), access_of(home)
    before = await prices.basis(access, meter, date(2026, 9, 30), "2026-09")
    assert (before.kind, [one.price for one in before.prices.prices]) == (
        AccountKind.UNIFIED,
        [Decimal("5.43"), Decimal("7.05")],
    )
    after = await prices.basis(access, meter, date(2026, 10, 1), "2026-10")
    assert [(one.price, one.to_volume) for one in after.prices.prices] == [(Decimal("5.91"), None)]
    assert after.prices.group_name == "Город"
    none = await prices.basis(access, meter, date(2025, 12, 31), "2025-12")
    assert none.prices is None
    # The supplier's one price of the service does where there are none for the group.
    await pool.execute(
        "INSERT INTO tariffs VALUES ($1, 'electricity', '2025-01-01', 4.5, 'ед.')",
        home.suppliers["electricity"],
    )
    flat = await prices.basis(access, meter, date(2025, 12, 31), "2025-12")
    assert [(one.zone, one.price) for one in flat.prices.prices] == [("", Decimal("4.5"))]


async def test_other_meters_of_the_month_are_counted_once(pool, home, tmp_path):
    first = {"serial": "1", "installed_on": "2025-01-01", "opening_value": "0"}
    other = {"serial": "2", "installed_on": "2025-01-01", "opening_value": "0"}
    await imported(
        pool,
        tmp_path,
        first | {"billed_value": "40", "billed_on": "2026-10-25"},
        other | {"zone": "day", "billed_value": "30", "billed_on": "2026-10-25"},
        other | {"zone": "night", "billed_value": "20", "billed_on": "2026-10-25"},
        other | {"zone": "total", "billed_value": "50", "billed_on": "2026-10-25"},
        other | {"zone": "day", "direction": "R+", "billed_value": "9", "billed_on": "2026-10-25"},
        home=home,
    )
    meter, _ = await PostgresMeters(pool).of_account(access_of(home))
    assert meter.serial == "1"
    basis = await PostgresPrices(pool).basis(access_of(home), meter, DAY, "2026-10")
    assert basis.used_before == 50


async def test_the_demo_has_a_contract_with_forty_meters(pool, tmp_path):
    files.write(tmp_path, accounts=METERS_ACCOUNT, seed=1)
    for kind in (ImportKind.SUPPLIERS, ImportKind.TARIFFS, ImportKind.ACCOUNTS, ImportKind.METERS):
        done, faults = await imported_file(pool, tmp_path / f"{kind}.csv", kind)
        assert (done.state, faults) == (ImportState.POSTED, []), kind
    account_id = await pool.fetchval("SELECT account_id FROM account_numbers WHERE number LIKE 'Д-72%'")
    [meters] = (await PostgresMeters(pool).in_accounts([account_id])).values()
    assert len(meters) == 40
    assert await pool.fetchval("SELECT count(*) FROM delivery_points") == 6
    assert {len({one.zone for one in meter.registers}) for meter in meters} == {1, 2, 3}
    assert sum(meter.is_automatic for meter in meters) == 1
    assert any(meter.transformation_ratio > 1 for meter in meters)
    assert any(not meter.is_verified_on(DAY) for meter in meters)
    assert any(meter.serial.startswith("00") for meter in meters)
    assert await pool.fetchval("SELECT count(*) FROM meters WHERE replaces IS NOT NULL") == 1
