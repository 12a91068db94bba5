"""A complaint about the supplier's acts or about the quality of the service (decree 354, section XIII; order
of the standard of service: complaints are registered and counted)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.cases.forms import Form, Grant, Paper


class ComplaintAbout(StrEnum):
    QUALITY = "quality"
    """Voltage, interruptions: decree 354 wants the answer within three working days."""

    CHARGES = "charges"
    PAYMENTS = "payments"
    METERS = "meters"
    STAFF = "staff"
    WAITING = "waiting"
    CABINET = "cabinet"
    OTHER = "other"


class Upheld(Grant, frozen=True, kw_only=True, tag="complaint"):
    """The complaint is right. `remedy` says what is done so that it does not happen again."""

    remedy: Annotated[str, Meta(max_length=2000)] = ""


class Complaint(Form, frozen=True, kw_only=True, tag="complaint"):
    title: ClassVar[str] = "Complaint"
    explanation: ClassVar[str] = "Complain about the quality of supply, the service or our decisions"
    papers: ClassVar[tuple[Paper, ...]] = (
        Paper(code="evidence", text="Photos, letters or other evidence", is_required=False),
    )
    grant: ClassVar[type[Grant]] = Upheld

    about: ComplaintAbout = ComplaintAbout.OTHER
    text: Annotated[str, Meta(min_length=3, max_length=4000)]
    happened_on: date | None = None

    @property
    def ground(self) -> str | None:
        return self.about
