"""Sealing, inspection or a control reading of a meter of electricity.

Source: decree 354, p. 81-81(9) (admission and sealing, free the first time), 82-85 (inspections); decree 442,
p. 152-154, 170-174. Who comes is decided by where the meter hangs: see domain/cases/on_site.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from domain.cases.cases import Case
from domain.cases.effects import Effect
from domain.cases.file import AccountFile, FileWish
from domain.cases.forms import Form, Grant, Objection, Paper, Proposal, ProposalWords
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
from domain.kernel.ids import MeterId, SupplierAccountId

Short = Annotated[str, Meta(max_length=100)]


class WishPast(Objection):
    code = "sealing-wish-past"
    text = "The day you wish for is over"
    remedy = "Name a later day, or leave it out: you choose the time when we have decided"


class MeterWork(StrEnum):
    SEALING = "sealing"
    INSPECTION = "inspection"
    CONTROL_READING = "control-reading"


class SealingReason(StrEnum):
    INSTALLED = "installed"
    VERIFIED = "verified"
    SEAL_BROKEN = "seal-broken"
    WORKS_WRONGLY = "works-wrongly"
    OTHER = "other"


class MeterNew(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A meter that we do not know yet, as its passport says."""

    supplier_account_id: SupplierAccountId
    serial: Annotated[str, Meta(min_length=1, max_length=40)]
    model: Annotated[str, Meta(min_length=1, max_length=100)]
    installed_by: Short = ""
    verified_until: date | None = None


class MeterSealingGrant(Grant, frozen=True, kw_only=True, tag="meter-sealing"):
    """We come: a time can be chosen from now on."""


class MeterSealing(Form, frozen=True, kw_only=True, tag="meter-sealing"):
    title: ClassVar[str] = "Sealing or inspection of a meter"
    explanation: ClassVar[str] = "When a meter is to be sealed, looked at or read by us"
    papers: ClassVar[tuple[Paper, ...]] = (
        Paper(code="passport", text="The passport of the meter"),
        Paper(code="verification", text="The certificate of verification", is_required=False),
        Paper(code="photos", text="Photos of the meter and its seals", is_required=False),
    )
    grant: ClassVar[type[Grant]] = MeterSealingGrant

    what: MeterWork
    reason: SealingReason = SealingReason.OTHER
    premises: Premises
    meter_id: MeterId | None = None
    new_meter: MeterNew | None = None
    wished_on: Annotated[tuple[date, ...], Meta(max_length=5)] = ()
    contact: Contact
    access_notes: Annotated[str, Meta(max_length=1000)] = ""
    words: Annotated[str, Meta(max_length=4000)] = ""

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
