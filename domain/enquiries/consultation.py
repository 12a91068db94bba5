"""A question, by whatever channel it came."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.cases.forms import Form, Grant


class ConsultationTopic(StrEnum):
    CHARGES = "charges"
    PAYMENTS = "payments"
    METERS = "meters"
    READINGS = "readings"
    TARIFFS = "tariffs"
    CONTRACT = "contract"
    CUTTING_OFF = "cutting-off"
    CABINET = "cabinet"
    OTHER = "other"


class Explained(Grant, frozen=True, kw_only=True, tag="consultation"):
    """The question was answered; the words are the decision's own."""


class Consultation(Form, frozen=True, kw_only=True, tag="consultation"):
    title: ClassVar[str] = "Consultation"
    explanation: ClassVar[str] = "Ask about charges, payments, meters, tariffs or your contract"
    grant: ClassVar[type[Grant]] = Explained

    topic: ConsultationTopic = ConsultationTopic.OTHER
    question: Annotated[str, Meta(min_length=3, max_length=4000)]

    @property
    def ground(self) -> str | None:
        return self.topic
