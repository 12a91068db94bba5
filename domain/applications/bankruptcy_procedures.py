"""How a debtor was released from debts: by a court, or out of court by a multifunctional centre.

Source: law 127-FZ, art. 5, 213.28, 223.1-223.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from domain.cases.file import AccountFile
from domain.cases.forms import Objection
from domain.kernel.calendar import months_after
from domain.kernel.fields import Choice, told
from domain.kernel.money import ZERO, Money


class WrongAct(Objection):
    code = "write-off-wrong-act"
    text = "The ruling that declares a person bankrupt does not discharge debts"
    remedy = "Attach the ruling on completion of the procedure and release from obligations (art. 213.28)"


class NotListed(Objection):
    code = "write-off-not-listed"
    text = "Out of court only debts to the creditors listed in the application are discharged"
    remedy = "Check the list of creditors that was given to the multifunctional centre"


class DatesMixed(Objection):
    code = "write-off-dates-mixed"
    text = "The procedure cannot have been completed before it began"
    remedy = "Correct the dates"


class OutOfCourtTooSoon(Objection):
    code = "write-off-too-soon"
    text = "Out of court the procedure takes six months from the day the notice was published"
    remedy = "File again when the notice of completion has entered the register (art. 223.6)"


class ListedSumNeeded(Objection):
    code = "write-off-listed-sum-needed"
    text = "Out of court debts are discharged by the sums that the list of creditors gives"
    remedy = "Give the sum owed to us, and all debts together, as the application to the centre has them"


class ListedSumOutside(Objection):
    code = "write-off-listed-sum-outside"
    text = "Out of court debts of {least} to {most} in all are discharged (127-FZ, art. 223.2)"
    remedy = "Check the sum of all debts in the application to the centre"


class Act(Choice):
    """What the attached ruling says."""

    COMPLETION = "completion", "The procedure is completed, the debtor is released from obligations"
    DECLARED_BANKRUPT = "declared-bankrupt", "The debtor is declared bankrupt, the procedure is begun"


class Procedure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="procedure"):
    """How the debtor was released. What ended before `cut_off` is discharged; from `stands_still` on it bears
    no penalty; `bound` is what is discharged of our debts at most, where there is a bound."""

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
    introduced_on: Annotated[
        date | None,
        told("Day the procedure was introduced", "Of the restructuring of debts, or of the sale of property"),
    ] = None
    completed_on: Annotated[date, told("Day the procedure was completed")]
    act: Annotated[Act, told("What the ruling says")] = Act.COMPLETION
    financial_manager: Annotated[str, Meta(max_length=200), told("The financial manager")] = ""

    @property
    def cut_off(self) -> date:
        return self.accepted_on

    @property
    def stands_still(self) -> date:
        """127-FZ, art. 213.11 p. 2, 213.25: penalties stop when a procedure is introduced."""
        return self.introduced_on or self.accepted_on

    @property
    def bound(self) -> Money | None:
        return None

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        if self.act is not Act.COMPLETION:
            yield WrongAct(field="form.how.act")
        if not self.cut_off <= self.completed_on <= file.today:
            yield DatesMixed(field="form.how.completed_on")
        elif not self.accepted_on <= self.stands_still <= self.completed_on:
            yield DatesMixed(field="form.how.introduced_on")


class OutOfCourt(Procedure, frozen=True, kw_only=True, tag="out-of-court"):
    """`published_on`: the notice entered the register of bankruptcy (ЕФРСБ). `listed` and `all_debts` as the
    debtor gave them to the centre; None of an application from before they were asked for: no bound."""

    title: ClassVar[str] = "Out of court, by a multifunctional centre"

    message_number: Annotated[
        str, Meta(min_length=1, max_length=50), told("Number of the message in the register of bankruptcy")
    ]
    published_on: Annotated[date, told("Day the notice entered the register")]
    completed_on: Annotated[date, told("Day the procedure was completed")]
    is_listed: Annotated[bool, told("We stand in the list of creditors that you gave")]
    listed: Annotated[Money | None, told("Debt to us in that list", "No more than that is written off")]
    all_debts: Annotated[Money | None, told("All debts in that list together")]

    @property
    def cut_off(self) -> date:
        return self.published_on

    @property
    def stands_still(self) -> date:
        """127-FZ, art. 223.4: from the notice on."""
        return self.published_on

    @property
    def bound(self) -> Money | None:
        return self.listed

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        terms = file.out_of_court
        if not self.is_listed:
            yield NotListed(field="form.how.is_listed")
        elif self.listed is None or self.all_debts is None or not ZERO < self.listed <= self.all_debts:
            yield ListedSumNeeded(field="form.how.listed")
        elif not terms.least <= self.all_debts <= terms.most:
            yield ListedSumOutside(field="form.how.all_debts", least=terms.least, most=terms.most)
        if not self.published_on <= self.completed_on <= file.today:
            yield DatesMixed(field="form.how.completed_on")
        elif self.completed_on < months_after(self.published_on, terms.months):
            yield OutOfCourtTooSoon(field="form.how.completed_on")
