"""A complaint about the supplier's acts or about the quality of the service (decree 354, section XIII; order
of the standard of service: complaints are registered and counted)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.cases.forms import Form, Grant, Paper
from domain.kernel.fields import Choice, told


class ComplaintAbout(Choice):
    QUALITY = "quality", "Quality of supply: voltage, interruptions"
    """Decree 354 wants the answer within three working days."""

    CHARGES = "charges", "Charges and bills"
    PAYMENTS = "payments", "Payments"
    METERS = "meters", "Meters and readings"
    STAFF = "staff", "How our people behaved"
    WAITING = "waiting", "Waiting in an office or on the phone"
    CABINET = "cabinet", "The cabinet or the app"
    OTHER = "other", "Something else"


class Upheld(Grant, frozen=True, kw_only=True, tag="complaint"):
    """The complaint is right. `remedy` says what is done so that it does not happen again."""

    remedy: Annotated[str, Meta(max_length=2000), told("What is done so that it does not happen again")] = ""


class Complaint(Form, frozen=True, kw_only=True, tag="complaint"):
    title: ClassVar[str] = "Complaint"
    explanation: ClassVar[str] = "Complain about the quality of supply, the service or our decisions"
    papers: ClassVar[tuple[Paper, ...]] = (
        Paper(code="evidence", text="Photos, letters or other evidence", is_required=False),
    )
    grant: ClassVar[type[Grant]] = Upheld

    about: Annotated[ComplaintAbout, told("What the complaint is about")] = ComplaintAbout.OTHER
    text: Annotated[str, Meta(min_length=3, max_length=4000), told("What happened")]
    happened_on: Annotated[date | None, told("On which day")] = None

    @property
    def ground(self) -> str | None:
        return self.about
