"""Recalculation of charges: lines of the real bill, a ground, what the rule gives, corrections posted in the
current period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from domain.accounts.accounts import AccountKind
from domain.accounts.charges import Charge
from domain.applications.recalculation_grounds import Absence, AnyGround, Quality
from domain.cases.cases import Case
from domain.cases.corrections import (
    LoweredLine,
    corrected,
    granted_lines,
    most_lowered,
    taken_back,
    unknown_lines,
)
from domain.cases.effects import Effect
from domain.cases.file import AccountFile, FileWish
from domain.cases.forms import (
    Form,
    Grant,
    GrantedLine,
    Lacking,
    Objection,
    Paper,
    Proposal,
    ProposalLine,
    ProposalWords,
)
from domain.kernel.calendar import months_after
from domain.kernel.fields import told
from domain.kernel.ids import ChargeId
from domain.kernel.money import Money, total

ABSENCE_OVER_DAYS = 5
ASKED_WITHIN_DAYS = 30
ABSENCE_MONTHS = 6


class AbsenceTooShort(Objection):
    code = "recalculation-absence-too-short"
    text = "An absence counts from more than five whole days, yours has {days}"
    remedy = "The days of leaving and of coming back are not counted"


class AbsenceTooOld(Objection):
    code = "recalculation-absence-too-old"
    text = "For an absence a recalculation is asked for within 30 days after it"
    remedy = "Write a complaint if you could not ask in time and say why"


class AbsenceTooLong(Objection):
    code = "recalculation-absence-too-long"
    text = "One application counts for an absence of six months at most"
    remedy = "File another one for the months after that"


class SuppliersMixed(Objection):
    code = "recalculation-suppliers-mixed"
    text = "The lines belong to several suppliers, and each decides for itself"
    remedy = "File an application for each supplier"


class TimesMixed(Objection):
    code = "recalculation-times-mixed"
    text = "The end comes before the beginning"
    remedy = "Correct the dates"


class RecalculationGrant(Grant, frozen=True, kw_only=True, tag="recalculation"):
    lines: Annotated[
        tuple[LoweredLine, ...], Meta(min_length=1, max_length=100), told("Lines of the bill to be lowered")
    ]

    @property
    def money(self) -> Money:
        return total(line.principal + line.penalty for line in self.lines)


class Recalculation(Form, frozen=True, kw_only=True, tag="recalculation"):
    title: ClassVar[str] = "Recalculation of charges"
    explanation: ClassVar[str] = "Choose lines of your bills and say why they are wrong"
    for_whom: ClassVar[frozenset[AccountKind]] = frozenset({AccountKind.UNIFIED})
    papers: ClassVar[tuple[Paper, ...]] = (
        Paper(code="proof", text="Proof: tickets, a certificate, an act, a photo of the meter"),
    )
    grant: ClassVar[type[Grant]] = RecalculationGrant

    why: Annotated[AnyGround, told("Why the charges are wrong")]
    lines: Annotated[
        tuple[ChargeId, ...],
        Meta(min_length=1, max_length=100),
        told("Lines of your bills", "Choose the lines to be reckoned anew", widget="charges"),
    ]
    words: Annotated[str, Meta(max_length=4000), told("In your own words")] = ""

    @property
    def ground(self) -> str:
        return str(self.why.__struct_config__.tag)

    def papers_needed(self) -> Sequence[Paper]:
        """An absence is proved by papers laid to the application, or after it when it was asked for ahead
        (decree 354, p. 92-94); the rest we have or find out ourselves (p. 31 (e), 61-62, 104-113)."""
        if not isinstance(self.why, Absence):
            return self.papers
        awaited = {"when_lacking": Lacking.AWAITED, "wanted_from": self.why.back_on}
        return [replace(paper, **awaited) for paper in self.papers]

    def wish(self) -> FileWish:
        return FileWish(charges=None, meters=True)

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        yield from unknown_lines(self.lines, file)
        if len({charge.supplier_account_id for charge in self._chosen(file)}) > 1:
            yield SuppliersMixed(field="form.lines")
        if isinstance(self.why, Quality) and self.why.until <= self.why.since:
            yield TimesMixed(field="form.why.until")
        if not isinstance(self.why, Absence):
            return
        if self.why.back_on < self.why.left_on:
            yield TimesMixed(field="form.why.back_on")
        elif self.why.whole_days <= ABSENCE_OVER_DAYS:
            yield AbsenceTooShort(field="form.why.back_on", days=self.why.whole_days)
        elif self.why.back_on > months_after(self.why.left_on, ABSENCE_MONTHS):
            yield AbsenceTooLong(field="form.why.back_on")
        if file.today > self.why.back_on + timedelta(days=ASKED_WITHIN_DAYS):
            yield AbsenceTooOld(field="form.why.back_on")

    def sent_on_to(self, file: AccountFile) -> str | None:
        """Lines of another supplier are that supplier's to decide."""
        owners = {charge.supplier_account_id for charge in self._chosen(file)}
        if not owners or owners & file.own:
            return None
        cards = [card for card in file.card.supplier_accounts if card.id in owners]
        return cards[0].supplier_name if len(cards) == 1 else None

    def proposal(self, file: AccountFile) -> Proposal | None:
        lines, assumed = [], []
        for charge in self._chosen(file):
            if why := self._not_lowered(charge, file):
                fields = {"line": file.line_name(charge.service_code, charge.period)}
                assumed.append(ProposalWords(text=why, fields=fields))
                continue
            lowered = self.why.lowered(charge)
            if lowered is None:
                return None
            lowered = min(lowered, most_lowered(charge, file))
            lines.append(
                ProposalLine(
                    what=file.line_name(charge.service_code, charge.period),
                    charge_id=charge.id,
                    before=charge.principal,
                    after=charge.principal - lowered,
                    rule=self.why.rule,
                )
            )
        amount = total(line.before - line.after for line in lines)
        return Proposal(amount=amount, lines=tuple(lines), assumed=tuple(assumed))

    def _not_lowered(self, charge: Charge, file: AccountFile) -> str | None:
        """Why the ground leaves this line alone."""
        if charge.service_code in self.why.never_lowers:
            return "{line}: the law does not lower this service on this ground"
        metered = {(meter.supplier_account_id, meter.service_code) for meter in file.meters}
        if self.why.by_norm_only and (charge.supplier_account_id, charge.service_code) in metered:
            return "{line}: charged by a meter, this ground does not lower it"
        return None

    def granted_lines(self, grant: Grant, file: AccountFile) -> Sequence[GrantedLine]:
        assert isinstance(grant, RecalculationGrant)
        return list(granted_lines(grant.lines, self._chosen(file), file))

    def effects(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, RecalculationGrant)
        return corrected(case, grant.lines, self._chosen(file), file)

    def annulment(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, RecalculationGrant)
        return taken_back(case, grant.lines, self._chosen(file), file)

    def _chosen(self, file: AccountFile) -> list[Charge]:
        chosen = set(self.lines)
        return [charge for charge in file.charges if charge.id in chosen]
