"""Visits and the life of a meter in words."""

from api.texts import translated
from domain.cases.meter_timeline import MeterEvent, MeterEventKind
from domain.cases.on_site import VisitPurpose
from domain.cases.visits import VisitState

PURPOSES = {
    VisitPurpose.SEALING: "Sealing of a meter",
    VisitPurpose.INSPECTION: "Inspection of a meter",
    VisitPurpose.CONTROL_READING: "Control reading of a meter",
    VisitPurpose.REPLACEMENT: "Replacement of a meter",
    VisitPurpose.INSTALLATION: "Installation of a meter",
}
STATES = {
    VisitState.BOOKED: "Booked",
    VisitState.MOVED: "Moved to another time",
    VisitState.CANCELLED: "Called off",
    VisitState.MISSED: "Nobody was there",
    VisitState.DONE: "Made",
}
EVENTS = {
    MeterEventKind.INSTALLED: "The meter was installed, its first figures: {figures}",
    MeterEventKind.INSTEAD: "The meter was installed instead of {serial}, its first figures: {figures}",
    MeterEventKind.SEAL_SET: "The seal {number} was set",
    MeterEventKind.SEAL_REMOVED: "The seal {number} was taken off",
    MeterEventKind.VISIT_BOOKED: "A visit was booked for {when}",
    MeterEventKind.VISIT_MOVED: "The visit of {when} was moved",
    MeterEventKind.VISIT_CANCELLED: "The visit of {when} was called off",
    MeterEventKind.VISIT_MISSED: "Nobody let us in, act {number}",
    MeterEventKind.ADMITTED: "Admitted by act {number}: {words}",
    MeterEventKind.NOT_ADMITTED: "Not admitted by act {number}: {words}",
    MeterEventKind.UNACCOUNTED: "Consumption past the meter, act {number}: {words}",
    MeterEventKind.READING: "Reading: {figures}",
    MeterEventKind.CONTROL_READING: "Control reading: {figures}",
    MeterEventKind.VERIFIED_UNTIL: "The verification ends",
    MeterEventKind.REMOVED: "The meter was taken down",
    MeterEventKind.REPLACED: "The meter was replaced by {serial}",
}
_WITHOUT_FIGURES = {
    MeterEventKind.INSTALLED: "The meter was installed",
    MeterEventKind.INSTEAD: "The meter was installed instead of {serial}",
}


def event(one: MeterEvent, language: str) -> str:
    """What happened to the meter, as far as it is known."""
    text = EVENTS[one.kind]
    if one.fields.get("figures") == "":
        text = _WITHOUT_FIGURES[one.kind]
    return translated(language, text, **one.fields).strip(": ")
