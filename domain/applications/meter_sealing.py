"""Sealing, inspection or a control reading of a meter of electricity.

Source: decree 354, p. 81-81(14) (admission and sealing, and who pays for it), 34 (g), 82-85 (inspections);
decree 442, p. 152-154, 170-174. Who comes is decided by where the meter hangs: see domain/cases/on_site.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from domain.cases.cases import Case
from domain.cases.effects import Effect
from domain.cases.file import AccountFile, FileWish
from domain.cases.forms import Form, Grant, Lacking, Objection, Paper, Proposal, ProposalWords
from domain.cases.on_site import (
    Contact,
    MeterUnnamed,
    NotYourSupplierAccount,
    Premises,
    VisitOrder,
    VisitPurpose,
    hanging,
    meter_of,
    who_comes,
    whose,
)
from domain.cases.visits import CallOffVisit, OfferVisit
from domain.kernel.calendar import months_after
from domain.kernel.fields import Choice, told
from domain.kernel.ids import MeterId, SupplierAccountId
from domain.readings.readings import STANDING, Nature

Short = Annotated[str, Meta(max_length=100)]

FIRST_FREE = "The first sealing is free of charge (decree 354, p. 81(14))"
AGAIN_FREE = (
    "Sealing again is free of charge, unless you or others have broken the seal (decree 354, p. 81(14))"
)
BROKEN_PAID = (
    "A seal that you or others have broken is set again at your cost; "
    "one that broke without anybody's fault, free of charge (decree 354, p. 81(14))"
)
LOOK_FREE = "The visit is free of charge"
SOON_AGAIN = (
    "The figures of this meter were checked on {last}. Within {months} months, that is until {until}, "
    "another check of them may be refused (decree 354, p. 34 (g))"
)
_OF_METER = ("place", "installed_by", "reading", "verified_until")
_OF_VISIT = ("wished_on", "wished_hours")
"""What an application for taking a meter into use says besides its number and model (decree 354, p. 81)."""


class CommissioningLacks(Objection):
    code = "sealing-commissioning-lacks"
    text = (
        "An application to take a meter into use says where it hangs, who installed it, what it shows, "
        "when its next verification is, and a day and hours that suit you"
    )
    remedy = "Fill this in, as the passport of the meter or the act of its installation has it"


class WishPast(Objection):
    code = "sealing-wish-past"
    text = "The day you wish for is over"
    remedy = "Name a later day, or leave it out: you choose the time when we have decided"


class MeterWork(Choice):
    SEALING = "sealing", "Seal the meter"
    INSPECTION = "inspection", "Look at the meter"
    CONTROL_READING = "control-reading", "Take a control reading"


class SealingReason(Choice):
    INSTALLED = "installed", "The meter was installed or replaced"
    VERIFIED = "verified", "The meter was verified"
    SEAL_BROKEN = "seal-broken", "A seal is broken"
    WORKS_WRONGLY = "works-wrongly", "The meter works wrongly"
    OTHER = "other", "Another reason"


class MeterNew(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A meter that we do not know yet, as its passport says."""

    supplier_account_id: Annotated[
        SupplierAccountId, told("Account on which it will be counted", widget="supplier-account")
    ]
    serial: Annotated[str, Meta(min_length=1, max_length=40), told("Serial number of the meter")]
    model: Annotated[str, Meta(min_length=1, max_length=100), told("Model of the meter")]
    place: Annotated[Short, told("Where it hangs")] = ""
    installed_on: Annotated[date | None, told("Day it was installed")] = None
    installed_by: Annotated[Short, told("Who installed it")] = ""
    reading: Annotated[Short, told("What it shows", "Of each zone, if there are several")] = ""
    verified_until: Annotated[date | None, told("Day of the next verification")] = None


class MeterSealingGrant(Grant, frozen=True, kw_only=True, tag="meter-sealing"):
    """We come: a time can be chosen from now on."""


class MeterSealing(Form, frozen=True, kw_only=True, tag="meter-sealing"):
    title: ClassVar[str] = "Sealing or inspection of a meter"
    explanation: ClassVar[str] = "When a meter is to be sealed, looked at or read by us"
    papers: ClassVar[tuple[Paper, ...]] = (
        # Decree 354, p. 81: a copy is laid to the application for taking a meter into use.
        Paper(code="passport", text="The passport of the meter", when_lacking=Lacking.AWAITED),
        Paper(code="verification", text="The certificate of verification", is_required=False),
        Paper(code="photos", text="Photos of the meter and its seals", is_required=False),
    )
    grant: ClassVar[type[Grant]] = MeterSealingGrant

    what: Annotated[MeterWork, told("What is to be done")]
    reason: Annotated[SealingReason, told("Why")] = SealingReason.OTHER
    premises: Annotated[
        Premises, told("Where the meter hangs", "It decides who comes: we or the grid company")
    ]
    meter_id: Annotated[
        MeterId | None, told("The meter", widget="meter", needed_when="needed, unless the meter is new")
    ] = None
    new_meter: Annotated[
        MeterNew | None,
        told(
            "A new meter",
            "As its passport says, if we do not know it yet",
            needed_when="needed, if the meter is not chosen above",
        ),
    ] = None
    wished_on: Annotated[tuple[date, ...], Meta(max_length=5), told("Days that suit you", "Up to five")] = ()
    wished_hours: Annotated[Short, told("Hours that suit you", "Such as 10–14")] = ""
    contact: Annotated[Contact, told("Whom to meet")]
    access_notes: Annotated[
        str, Meta(max_length=1000), told("How to get in", "The code of the door, the floor, a dog")
    ] = ""
    words: Annotated[str, Meta(max_length=4000), told("In your own words")] = ""

    @property
    def ground(self) -> str:
        return self.what

    def papers_needed(self) -> Sequence[Paper]:
        is_new = self.what is MeterWork.SEALING and self.new_meter is not None
        return self.papers if is_new else self.papers[1:]

    def wish(self) -> FileWish:
        looks_at = {self.meter_id} if self.meter_id and self.what is not MeterWork.SEALING else ()
        return FileWish(meters=True, readings_of=frozenset(looks_at))

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        if (self.meter_id is None) == (self.new_meter is None):
            yield MeterUnnamed(field="form.meter_id")
        elif self.meter_id is not None:
            yield from hanging(self.meter_id, file, "form.meter_id")
        elif self.what is not MeterWork.SEALING:
            yield MeterUnnamed(field="form.meter_id")
        else:
            assert self.new_meter
            accounts = {card.id for card in file.card.supplier_accounts}
            if self.new_meter.supplier_account_id not in accounts:
                yield NotYourSupplierAccount(field="form.new_meter.supplier_account_id")
            yield from self._commissioning_lacks()
        for no, day in enumerate(self.wished_on):
            if day < file.today:
                yield WishPast(field=f"form.wished_on[{no}]")

    def sent_on_to(self, file: AccountFile) -> str | None:
        """Meters of another supplier are theirs to seal; ours, where the grid company seals, are its own."""
        return whose(self._supplier_accounts(file), file) or who_comes(self.premises)

    def proposal(self, file: AccountFile) -> Proposal:
        words = ProposalWords(text=self._fee_rule())
        return Proposal(amount=None, words=(words,), assumed=tuple(self._soon_again(file)))

    def visit(self, grant: Grant) -> VisitOrder:
        return VisitOrder(
            purpose=VisitPurpose(self.what.value),
            meter_ids=(self.meter_id,) if self.meter_id else (),
            supplier_account_id=self.new_meter.supplier_account_id if self.new_meter else None,
        )

    def effects(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert case.decision
        return [OfferVisit(account_id=case.account_id, case_id=case.id, decision_no=case.decision.no)]

    def annulment(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert case.decision
        return [CallOffVisit(account_id=case.account_id, case_id=case.id, decision_no=case.decision.no)]

    def _fee_rule(self) -> str:
        if self.what is not MeterWork.SEALING:
            return LOOK_FREE
        if self.reason is SealingReason.SEAL_BROKEN:
            return BROKEN_PAID
        return FIRST_FREE if self.new_meter else AGAIN_FREE

    def _soon_again(self, file: AccountFile) -> Iterator[ProposalWords]:
        """Once in so many months the figures are looked at: asked for sooner, it may be refused."""
        checked = [
            reading.taken_on
            for readings in file.readings.values()
            for reading in readings
            if any(value.nature is Nature.CONTROL and value.state in STANDING for value in reading.values)
        ]
        if not checked:
            return
        until = months_after(max(checked), file.rules.meters.control_months)
        if (file.received_on or file.today) < until:
            fields = {
                "last": f"{max(checked):%d.%m.%Y}",
                "until": f"{until:%d.%m.%Y}",
                "months": str(file.rules.meters.control_months),
            }
            yield ProposalWords(text=SOON_AGAIN, fields=fields)

    def _commissioning_lacks(self) -> Iterator[Objection]:
        """The first of what is not there: one word of it is enough."""
        lacks = [f"new_meter.{name}" for name in _OF_METER if not getattr(self.new_meter, name)]
        lacks += [name for name in _OF_VISIT if not getattr(self, name)]
        if lacks:
            yield CommissioningLacks(field=f"form.{lacks[0]}")

    def _supplier_accounts(self, file: AccountFile) -> frozenset[SupplierAccountId]:
        if self.new_meter:
            return frozenset({self.new_meter.supplier_account_id})
        meter = meter_of(self.meter_id, file) if self.meter_id else None
        return frozenset({meter.supplier_account_id}) if meter else frozenset()
