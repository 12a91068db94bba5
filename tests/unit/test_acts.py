"""What an act makes of meters, what a control reading settles, hours taken and given back, a meter's life."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cases.meter_timeline import MeterEventKind, timeline
from domain.cases.on_site import VisitOrder, VisitPurpose
from domain.cases.slots import REGION, Slot, SlotFull, SlotPast, SlotTaken, SlotTimesWrong
from domain.cases.visits import (
    MeterNotOrdered,
    Visit,
    VisitBegun,
    VisitEnded,
    VisitNotBegun,
    VisitState,
    is_whole,
)
from domain.kernel.ids import AccountId, CaseId, DeliveryPointId, MeterId, SupplierAccountId, VisitId
from domain.readings.acts import (
    ActEntry,
    ActOutcome,
    MeterGone,
    NewMeter,
    RegisterMissing,
    RegisterUnknown,
    SealSet,
    SealUnknown,
    ValueTooLong,
    VisitAct,
    hung,
    looked_at,
    taken_down,
)
from domain.readings.meters import ByHand, Meter, Register, Seal
from domain.readings.submissions import ValueGiven
from tests.case_files import BY

ACCOUNT, OURS = AccountId(UUID(int=1)), SupplierAccountId(UUID(int=2))
METER, POINT = MeterId(UUID(int=3)), DeliveryPointId(UUID(int=4))
DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 7, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Yekaterinburg")


def meter(**more):
    fields = {
        "id": METER,
        "account_id": ACCOUNT,
        "supplier_account_id": OURS,
        "service_code": "electricity",
        "unit": "кВт·ч",
        "serial": "0001",
        "digit_count": 5,
        "installed_on": date(2020, 1, 1),
        "registers": (Register(zone="day", label="T1"), Register(zone="night", label="T2")),
        "seals": (Seal(number="А-1", set_on=date(2020, 1, 1)), Seal(number="А-0", removed_on=DAY)),
        "tariff_group": "gas-stove",
    }
    return Meter(**fields | more)


def shown(**by_zone):
    return tuple(ValueGiven(zone=zone, value=Decimal(value)) for zone, value in by_zone.items())


def act(*entries, outcome=ActOutcome.ADMITTED, **more):
    entries = entries or ((ActEntry(meter_id=METER),) if outcome is not ActOutcome.NO_ACCESS else ())
    return VisitAct(**{"number": "17", "drawn_on": DAY, "outcome": outcome, "entries": entries} | more)


def test_seals_are_set_and_taken_off():
    entry = ActEntry(
        meter_id=METER, seals_set=(SealSet(number="Б-2", place="зажимы"),), seals_removed=("А-1",)
    )
    after = looked_at(meter(), entry, act(entry))
    assert [(one.number, one.set_on, one.removed_on) for one in after.seals] == [
        ("А-0", None, DAY),
        ("А-1", date(2020, 1, 1), DAY),
        ("Б-2", DAY, None),
    ]
    with pytest.raises(SealUnknown):
        looked_at(after, entry, act(entry))


def test_readings_stop_until_the_meter_is_admitted():
    entry = ActEntry(meter_id=METER)
    faulty = looked_at(meter(), entry, act(outcome=ActOutcome.NOT_ADMITTED))
    assert faulty.closed_to_hand(DAY) is ByHand.NOT_ADMITTED
    assert faulty.closed_to_hand(DAY - timedelta(days=1)) is None
    again = looked_at(faulty, entry, act(outcome=ActOutcome.NOT_ADMITTED, drawn_on=DAY + timedelta(days=9)))
    assert again.not_admitted_since == DAY
    assert looked_at(again, entry, act()).closed_to_hand(DAY) is None
    unaccounted = act(outcome=ActOutcome.UNACCOUNTED, words="Прибор зашунтирован")
    assert looked_at(meter(), entry, unaccounted).closed_to_hand(DAY) is ByHand.NOT_ADMITTED
    with pytest.raises(ValueError, match="how it was found out"):
        act(outcome=ActOutcome.UNACCOUNTED, words=" ")


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        (shown(peak="1"), RegisterUnknown),
        (shown(day="100000"), ValueTooLong),
        (shown(day="-1"), ValueTooLong),
        (shown(day="1") * 2, RegisterUnknown),
    ],
)
def test_figures_are_those_of_the_meters_registers(values, refusal):
    with pytest.raises(refusal):
        looked_at(meter(), ActEntry(meter_id=METER, values=values), act())


def test_a_replaced_meter_goes_with_its_last_figures_and_the_new_one_takes_its_place():
    new = NewMeter(serial="0002", model="М-206", values=shown(day="3", night="2"))
    entry = ActEntry(meter_id=METER, values=shown(day="41", night="12"), new_meter=new, verified_until=DAY)
    one = act(entry)
    before = meter()
    old = taken_down(before, entry, DAY)
    assert (old.removed_on, old.closed_to_hand(DAY + timedelta(days=1))) == (DAY, ByHand.REMOVED)
    assert [register.closing_value for register in old.registers] == [41, 12]
    assert all(seal.removed_on for seal in old.seals)
    after = hung(entry, one, account_id=ACCOUNT, supplier_account_id=OURS, instead=before)
    assert (after.replaces, after.installed_on, after.tariff_group) == (METER, DAY, "gas-stove")
    assert [(register.label, register.opening_value) for register in after.registers] == [
        ("T1", 3),
        ("T2", 2),
    ]
    assert after == hung(entry, one, account_id=ACCOUNT, supplier_account_id=OURS, instead=before)
    with pytest.raises(MeterGone):
        taken_down(old, entry, DAY)
    with pytest.raises(RegisterMissing):
        taken_down(before, ActEntry(meter_id=METER, values=shown(day="41")), DAY)


def test_an_act_names_meters_unless_nobody_was_there():
    with pytest.raises(ValueError, match="names the meters"):
        act(entries=())
    with pytest.raises(ValueError, match="names the meters"):
        act(ActEntry(meter_id=METER), outcome=ActOutcome.NO_ACCESS)
    with pytest.raises(ValueError, match="twice"):
        act(ActEntry(meter_id=METER), ActEntry(meter_id=METER))


SLOT = Slot.offered(REGION, NOON, NOON + timedelta(hours=2), 2)


def test_hours_on_offer():
    assert Slot.offered(REGION, NOON, NOON + timedelta(hours=2), 5).id == SLOT.id
    one = SLOT.taken(NOON - timedelta(hours=1))
    two = one.taken(NOON - timedelta(hours=1))
    with pytest.raises(SlotFull):
        two.taken(NOON - timedelta(hours=1))
    with pytest.raises(SlotPast):
        one.taken(NOON)
    with pytest.raises(SlotTaken):
        two.with_capacity(1)
    assert two.given_back() == one
    for hours in (-1, 0, 25):
        with pytest.raises(SlotTimesWrong):
            Slot.offered(REGION, NOON, NOON + timedelta(hours=hours), 1)


@given(st.lists(st.booleans(), max_size=30))
def test_places_are_never_fewer_than_none_nor_more_than_there_are(takes):
    slot = SLOT
    for take in takes:
        try:
            slot = slot.taken(NOON - timedelta(hours=1)) if take else slot
        except SlotFull:
            slot = slot.given_back()
        assert 0 <= slot.free_count <= slot.capacity


def visit(**more):
    fields = {
        "id": VisitId(UUID(int=9)),
        "account_id": ACCOUNT,
        "case_id": CaseId(UUID(int=5)),
        "decision_no": 1,
        "purpose": VisitPurpose.SEALING,
        "slot_id": SLOT.id,
        "starts_at": SLOT.starts_at,
        "ends_at": SLOT.ends_at,
        "state": VisitState.BOOKED,
        "by": BY,
        "booked_at": NOON - timedelta(days=2),
        "meter_ids": (METER,),
    }
    return Visit(**fields | more)


ORDER = VisitOrder(purpose=VisitPurpose.SEALING, meter_ids=(METER,))


def test_a_visit_is_called_off_before_it_begins_and_acted_after():
    assert visit().cancelled(NOON - timedelta(minutes=1), "").state is VisitState.CANCELLED
    with pytest.raises(VisitBegun):
        visit().cancelled(NOON, "")
    with pytest.raises(VisitNotBegun):
        visit().carried_out(act(), BY, ORDER, NOON - timedelta(days=1), ZONE)
    with pytest.raises(VisitNotBegun):
        visit().carried_out(act(drawn_on=DAY + timedelta(days=1)), BY, ORDER, NOON, ZONE)
    done = visit().carried_out(act(), BY, ORDER, NOON, ZONE)
    assert (done.state, is_whole(ORDER, [done])) == (VisitState.DONE, True)
    with pytest.raises(VisitEnded):
        done.cancelled(NOON - timedelta(days=1), "")
    missed = visit().carried_out(act(outcome=ActOutcome.NO_ACCESS), BY, ORDER, NOON, ZONE)
    assert (missed.state, is_whole(ORDER, [missed])) == (VisitState.MISSED, False)


def test_an_act_keeps_to_what_was_ordered():
    both = VisitOrder(purpose=VisitPurpose.REPLACEMENT, meter_ids=(METER, MeterId(UUID(int=8))))
    half = visit().carried_out(act(), BY, both, NOON, ZONE)
    assert not is_whole(both, [half])
    other = ActEntry(meter_id=MeterId(UUID(int=7)))
    new = NewMeter(serial="0002", model="М-206", values=shown(single="3"))
    points = VisitOrder(purpose=VisitPurpose.INSTALLATION, point_ids=(POINT,), supplier_account_id=OURS)
    for entry, order in [(other, ORDER), (ActEntry(), ORDER), (ActEntry(new_meter=new), points)]:
        with pytest.raises(MeterNotOrdered):
            visit().carried_out(act(entry), BY, order, NOON, ZONE)
    done = visit().carried_out(act(ActEntry(point_id=POINT, new_meter=new)), BY, points, NOON, ZONE)
    assert is_whole(points, [done])


def test_the_life_of_a_meter_is_told_the_latest_first():
    after = meter(id=MeterId(UUID(int=6)), serial="0002", installed_on=DAY, replaces=METER, seals=())
    old = meter(removed_on=DAY)
    done = visit().carried_out(act(), BY, ORDER, NOON, ZONE)
    events = timeline(old, [old, after], [done], [], ZONE)
    assert [event.kind for event in events] == [
        MeterEventKind.REPLACED,
        MeterEventKind.ADMITTED,
        MeterEventKind.SEAL_REMOVED,
        MeterEventKind.VISIT_BOOKED,
        MeterEventKind.SEAL_SET,
        MeterEventKind.INSTALLED,
    ]
    assert events[0].meter_id == after.id
    [_, first] = timeline(after, [old, after], [visit(state=VisitState.BOOKED)], [], ZONE)
    assert (first.kind, first.fields) == (MeterEventKind.VISIT_BOOKED, {"when": "23.11.2026 12:00"})
