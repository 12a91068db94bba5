"""How a debtor was released from debts: by a court, or out of court by a multifunctional centre.

Source: law 127-FZ, art. 5, 213.28, 223.1-223.7.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from domain.kernel.fields import Choice, told


class Act(Choice):
    """What the attached ruling says."""

    COMPLETION = "completion", "The procedure is completed, the debtor is released from obligations"
    DECLARED_BANKRUPT = "declared-bankrupt", "The debtor is declared bankrupt, the procedure is begun"


class Procedure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="procedure"):
    """How the debtor was released."""

    title: ClassVar[str]


class Judicial(Procedure, frozen=True, kw_only=True, tag="judicial"):
    """`accepted_on`: the court took the petition; the cut-off between registry and current debts."""

    title: ClassVar[str] = "By a court"

    court: Annotated[str, Meta(min_length=3, max_length=200), told("The court")]
    case_number: Annotated[
        str,
        Meta(pattern=r"^[АA]\d{2}-\d{1,7}/\d{4}$", examples=["А70-12345/2026"]),
        told("Number of the case"),
    ]
    accepted_on: Annotated[date, told("Day the court accepted the petition")]
    completed_on: Annotated[date, told("Day the procedure was completed")]
    act: Annotated[Act, told("What the ruling says")] = Act.COMPLETION
    financial_manager: Annotated[str, Meta(max_length=200), told("The financial manager")] = ""

    @property
    def cut_off(self) -> date:
        return self.accepted_on


class OutOfCourt(Procedure, frozen=True, kw_only=True, tag="out-of-court"):
    """`published_on`: the notice entered the register of bankruptcy (ЕФРСБ)."""

    title: ClassVar[str] = "Out of court, by a multifunctional centre"

    message_number: Annotated[
        str, Meta(min_length=1, max_length=50), told("Number of the message in the register of bankruptcy")
    ]
    published_on: Annotated[date, told("Day the notice entered the register")]
    completed_on: Annotated[date, told("Day the procedure was completed")]
    is_listed: Annotated[bool, told("We stand in the list of creditors that you gave")]

    @property
    def cut_off(self) -> date:
        return self.published_on
