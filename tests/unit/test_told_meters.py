"""What billing tells of meters, laid upon what is known: replacement, correction, seals, values."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from domain.accounts.import_cells import Cells
from domain.accounts.import_columns import ImportKind
from domain.accounts.import_rows import read
from domain.kernel.ids import AccountId, MeterId, SupplierAccountId
from domain.readings.billed import Values, billed
from domain.readings.meters import ByHand, Direction, Meter, Register
from domain.readings.past import Kept
from domain.readings.readings import ReadingSource, ReadingState, Reason
from domain.readings.told import Directory, Hanging, outcome, told

ACCOUNT = AccountId(UUID(int=1))
SUPPLIER_ACCOUNT = SupplierAccountId(UUID(int=2))
INN = "7203100010"
DIRECTORY = Directory(supplier_accounts={(INN, "Э1"): SUPPLIER_ACCOUNT}, units={"electricity": "кВт·ч"})
TODAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 7, tzinfo=UTC)
EMPTY = Hanging(account_id=ACCOUNT)
NOTHING = Values(new=set(), corrected=set())


def a_meter(**more) -> Meter:
    fields = {
        "id": MeterId(UUID(int=7)),
        "account_id": ACCOUNT,
        "supplier_account_id": SUPPLIER_ACCOUNT,
        "service_code": "electricity",
        "unit": "кВт·ч",
        "serial": "123",
        "installed_on": date(2024, 1, 1),
        "registers": (Register(zone="single", opening_value=Decimal(0)),),
    }
    return Meter(**fields | more)


def rows(*cells):
    made = []
    for each in cells:
        given = {
            "unified_account": "7200000001",
            "supplier_inn": INN,
            "supplier_account": "Э1",
            "service": "electricity",
            "serial": "123",
            "installed_on": "2024-01-01",
            **each,
        }
        one = Cells(2, given, TODAY)
        made.append(read(ImportKind.METERS, one))
        assert not one.faults
    return sorted(made, key=lambda row: row.subject)


def lay(before, *cells):
    return told(before, rows(*cells), DIRECTORY, TODAY).hanging


def only(hanging):
    [meter] = hanging.meters.values()
    return meter


def test_a_new_meter_takes_what_is_usual_for_what_nobody_told():
    meter = only(lay(EMPTY, {}))
    assert (meter.digit_count, meter.fraction_digit_count, meter.transformation_ratio) == (6, 0, 1)
    assert (meter.unit, meter.model, meter.is_automatic, meter.seals) == ("кВт·ч", "", False, ())
    assert meter.registers == (Register(zone="single"),)


def test_the_same_again_gives_the_same():
    cells = {"zone": "day", "seals": "1 корпус 2024-01-01", "delivery_point": "ТП-1", "billed_value": "5"}
    cells |= {"billed_on": "2026-10-25", "opening_value": "0", "ratio": "20"}
    once = lay(EMPTY, cells, cells | {"zone": "night"})
    assert lay(once, cells, cells | {"zone": "night"}) == once
    assert len(only(once).registers) == 2


def test_what_a_file_does_not_tell_stays():
    before = lay(EMPTY, {"digits": "5", "place": "щит", "verified_until": "2030-01-01", "automatic": "да"})
    meter = only(lay(before, {"place": "подъезд"}))
    assert (meter.digit_count, meter.place, meter.is_automatic) == (5, "подъезд", True)
    assert meter.verified_until == date(2030, 1, 1)


def test_a_replacement_keeps_both_meters():
    old = lay(EMPTY, {"opening_value": "10", "billed_value": "400", "billed_on": "2026-05-25"})
    after = lay(
        old,
        {"removed_on": "2026-06-11", "closing_value": "450"},
        {"serial": "456", "installed_on": "2026-06-11", "replaces": "123", "opening_value": "3"},
    )
    was = only(old)
    first, second = sorted(after.meters.values(), key=lambda meter: meter.installed_on)
    assert (first.id, first.removed_on) == (was.id, date(2026, 6, 11))
    assert first.registers == (
        Register(
            zone="single",
            opening_value=Decimal(10),
            closing_value=Decimal(450),
            billed_value=Decimal(400),
            billed_on=date(2026, 5, 25),
        ),
    )
    assert (second.replaces, second.registers[0].opening_value) == (first.id, Decimal(3))
    day = date(2026, 6, 11)
    assert first.is_installed_on(day) and second.is_installed_on(day)
    assert first.closed_to_hand(day) is None
    assert first.closed_to_hand(date(2026, 6, 12)) is ByHand.REMOVED
    assert second.closed_to_hand(date(2026, 6, 10)) is ByHand.NOT_YET


def test_taken_down_and_hung_again_it_is_another_meter():
    before = lay(EMPTY, {"removed_on": "2026-03-01", "closing_value": "50"})
    after = lay(before, {"installed_on": "2026-04-01", "replaces": "123", "opening_value": "50"})
    first, second = sorted(after.meters.values(), key=lambda meter: meter.installed_on)
    assert first == only(before)
    assert second.id != first.id
    assert second.replaces == first.id


def test_a_day_of_installing_that_is_corrected_leaves_the_meter_its_id():
    before = lay(EMPTY, {"model": "М1"})
    meter = only(lay(before, {"installed_on": "2024-02-01", "model": "М1"}))
    assert (meter.id, meter.installed_on) == (only(before).id, date(2024, 2, 1))


def test_a_model_may_be_told_later():
    before = lay(EMPTY, {})
    meter = only(lay(before, {"model": "М1"}))
    assert (meter.id, meter.model) == (only(before).id, "М1")
    assert only(lay(lay(before, {"model": "М1"}), {})).model == "М1"


def test_the_last_value_of_billing_wins_whatever_the_order_of_files():
    before = lay(EMPTY, {"billed_value": "100", "billed_on": "2026-10-25"})
    assert (
        only(lay(before, {"billed_value": "80", "billed_on": "2026-09-25"})).registers[0].billed_value == 100
    )
    assert (
        only(lay(before, {"billed_value": "101", "billed_on": "2026-10-25"})).registers[0].billed_value == 101
    )


def test_a_seal_that_is_not_told_any_more_was_taken_off():
    before = lay(EMPTY, {"seals": "1 корпус 2024-01-01; 2"})
    meter = only(lay(before, {"seals": "2; 3 крышка 2026-05-01"}))
    assert {seal.number: seal.removed_on for seal in meter.seals} == {"1": TODAY, "2": None, "3": None}
    assert only(lay(lay(before, {"seals": "2"}), {})).seals == only(lay(before, {"seals": "2"})).seals


def test_a_delivery_point_is_known_by_its_code():
    before = lay(EMPTY, {"delivery_point": "ТП-1", "delivery_point_name": "Склад"})
    after = lay(before, {"delivery_point": "ТП-1", "delivery_point_address": "ул. Мира, 1"})
    [point] = after.points.values()
    assert (point.code, point.name, point.address) == ("ТП-1", "Склад", "ул. Мира, 1")
    assert only(after).delivery_point_id == point.id


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, "unchanged"),
        ({"place": "щит"}, "corrected"),
        ({"opening_value": "5"}, "corrected"),
        ({"zone": "night"}, "added"),
        ({"delivery_point": "1"}, "corrected"),
        ({"serial": "9"}, "added"),
    ],
)
def test_what_becomes_of_a_row(cells, expected):
    before = lay(EMPTY, {})
    mine = rows(cells)
    after = told(before, mine, DIRECTORY, TODAY)
    assert outcome(mine[0], after.meter_of[0], before, after.hanging, NOTHING) == expected


A_PLUS = Direction.A_PLUS
OCTOBER, NOVEMBER = date(2026, 10, 25), date(2026, 11, 25)


def kept_of(done):
    return [
        Kept(
            reading_id=reading.id,
            meter_id=reading.meter_id,
            taken_on=reading.taken_on,
            received_at=reading.received_at,
            source=reading.source,
            value=value,
        )
        for reading in done.readings
        for value in reading.values
    ]


def test_billings_values_become_readings_of_their_own():
    meter = a_meter(transformation_ratio=Decimal(20))
    done = billed(
        meter, {(OCTOBER, "single", A_PLUS): Decimal(30), (NOVEMBER, "single", A_PLUS): Decimal(45)}, [], AT
    )
    first, second = done.readings
    assert {reading.source for reading in done.readings} == {ReadingSource.BILLING}
    assert (first.taken_on, first.values[0].previous, first.values[0].consumption) == (OCTOBER, 0, 600)
    assert first.values[0].state is ReadingState.USED
    assert first.values[0].period == "2026-10"
    assert (second.values[0].previous_on, second.values[0].consumption) == (OCTOBER, 300)
    assert second.received_at > first.received_at


def test_the_same_values_again_are_nothing_new():
    meter = a_meter()
    values = {(OCTOBER, "single", A_PLUS): Decimal(30)}
    done = billed(meter, values, [], AT)
    assert billed(meter, values, kept_of(done), AT) == billed(meter, {}, [], AT)


def test_a_corrected_value_replaces_the_wrong_one_and_may_come_back():
    meter = a_meter()
    key = (OCTOBER, "single", A_PLUS)
    first = billed(meter, {key: Decimal(30)}, [], AT)
    second = billed(meter, {key: Decimal(33)}, kept_of(first), AT)
    [past] = second.replaced
    assert (past.after.state, past.after.reason) == (ReadingState.REPLACED, Reason.CORRECTED)
    assert past.after.replaced_by == second.readings[0].id
    third = billed(meter, {key: Decimal(30)}, kept_of(second), AT)
    assert len({done.readings[0].id for done in (first, second, third)}) == 3
    values = Values(new=set(), corrected=set())
    values.note(second)
    assert (values.new, values.corrected) == (set(), {(meter.id, key)})


def test_what_a_customer_has_sent_is_not_kept_twice():
    meter = a_meter()
    key = (OCTOBER, "single", A_PLUS)
    [sent] = kept_of(billed(meter, {key: Decimal(30)}, [], AT))
    sent = msgspec.structs.replace(sent, source=ReadingSource.CABINET)
    assert billed(meter, {key: Decimal(30)}, [sent], AT).readings == ()
    assert len(billed(meter, {key: Decimal(31)}, [sent], AT).readings) == 1


def test_a_lower_value_of_billing_has_passed_zero():
    meter = a_meter(digit_count=3, registers=(Register(zone="single", opening_value=Decimal(990)),))
    [reading] = billed(meter, {(OCTOBER, "single", A_PLUS): Decimal(15)}, [], AT).readings
    assert reading.values[0].consumption == 25
