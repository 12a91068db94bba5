"""Sealing, inspection or a control reading of a meter of electricity.

Source: decree 354, p. 81-81(9) (admission and sealing, free the first time), 82-85 (inspections); decree 442,
p. 152-154, 170-174. Who comes is decided by where the meter hangs: see domain/cases/on_site.py.
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
from domain.kernel.fields import Choice, told
from domain.kernel.ids import MeterId, SupplierAccountId

Short = Annotated[str, Meta(max_length=100)]


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
    meter_id: Annotated[MeterId | None, told("The meter", widget="meter")] = None
    new_meter: Annotated[
        MeterNew | None, told("A new meter", "As its passport says, if we do not know it yet")
    ] = None
    wished_on: Annotated[tuple[date, ...], Meta(max_length=5), told("Days that suit you", "Up to five")] = ()
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
        return FileWish(meters=True)

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
        for no, day in enumerate(self.wished_on):
            if day < file.today:
                yield WishPast(field=f"form.wished_on[{no}]")

    def sent_on_to(self, file: AccountFile) -> str | None:
        """Meters of another supplier are theirs to seal; ours, where the grid company seals, are its own."""
        return whose(self._supplier_accounts(file), file) or who_comes(self.premises)

    def proposal(self, file: AccountFile) -> Proposal:
        text = "Sealing is free of charge, unless you have broken the seal yourself"
        return Proposal(amount=None, words=(ProposalWords(text=text),))

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

    def _supplier_accounts(self, file: AccountFile) -> frozenset[SupplierAccountId]:
        if self.new_meter:
            return frozenset({self.new_meter.supplier_account_id})
        meter = meter_of(self.meter_id, file) if self.meter_id else None
        return frozenset({meter.supplier_account_id}) if meter else frozenset()
