"""A question, by whatever channel it came."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from domain.cases.forms import Form, Grant
from domain.kernel.fields import Choice, told


class ConsultationTopic(Choice):
    CHARGES = "charges", "Charges and bills"
    PAYMENTS = "payments", "Payments"
    METERS = "meters", "Meters"
    READINGS = "readings", "Meter readings"
    TARIFFS = "tariffs", "Tariffs and benefits"
    CONTRACT = "contract", "The contract"
    CUTTING_OFF = "cutting-off", "Cutting off and switching on"
    CABINET = "cabinet", "The cabinet or the app"
    OTHER = "other", "Something else"


class Explained(Grant, frozen=True, kw_only=True, tag="consultation"):
    """The question was answered; the words are the decision's own."""


class Consultation(Form, frozen=True, kw_only=True, tag="consultation"):
    title: ClassVar[str] = "Consultation"
    explanation: ClassVar[str] = "Ask about charges, payments, meters, tariffs or your contract"
    grant: ClassVar[type[Grant]] = Explained

    topic: Annotated[ConsultationTopic, told("Topic")] = ConsultationTopic.OTHER
    question: Annotated[str, Meta(min_length=3, max_length=4000), told("Your question")]

    @property
    def ground(self) -> str | None:
        return self.topic
