"""Recalculation of charges: lines of the real bill, a ground, what the rule gives, corrections posted in the
current period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from domain.accounts.accounts import AccountKind
from domain.accounts.charges import Charge
from domain.applications import overcharge_fine
from domain.applications.recalculation_grounds import Absence, AnyGround, Quality, Readings
from domain.applications.true_volumes import reckoned
from domain.cases.cases import Case
from domain.cases.corrections import (
    THEIRS,
    LoweredLine,
    corrected,
    granted_lines,
    most_lowered,
    taken_back,
    unknown_lines,
    whose,
)
from domain.cases.effects import AwaitPapers, Effect, Later
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
from domain.kernel.money import ZERO, Money, total

PROVED_LATER = (
    "You come back on {back_on}: lay the papers within {days} days after it, "
    "or what was taken off is charged again"
)


class AbsenceTooShort(Objection):
    code = "recalculation-absence-too-short"
    text = "An absence counts from more than {over} whole days, yours has {days}"
    remedy = "The days of leaving and of coming back are not counted"


class AbsenceTooOld(Objection):
    code = "recalculation-absence-too-old"
    text = (
        "For an absence a recalculation is asked for within {days} days after it: the last day was {last_day}"
    )
    remedy = "Write a complaint if you could not ask in time and say why"


class AbsenceTooLong(Objection):
    code = "recalculation-absence-too-long"
    text = "One application counts for an absence of {months} months at most"
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
    fine: Annotated[
        Money,
        told(
            "Fine for what was charged too much",
            "Half of what was paid too much; none when the customer was at fault or it was put right before",
        ),
    ] = ZERO

    @property
    def money(self) -> Money:
        return total((self.fine, *(line.principal + line.penalty for line in self.lines)))


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

    @property
    def lines_asked(self) -> Sequence[ChargeId]:
        return self.lines

    def papers_needed(self) -> Sequence[Paper]:
        """An absence is proved by papers laid to the application, or after it when it was asked for ahead
        (decree 354, p. 92-94); the rest we have or find out ourselves (p. 31 (e), 61-62, 104-113)."""
        if not isinstance(self.why, Absence):
            return self.papers
        awaited = {"when_lacking": Lacking.AWAITED, "wanted_from": self.why.back_on}
        return [replace(paper, **awaited) for paper in self.papers]

    def wish(self) -> FileWish:
        return FileWish(charges=None, meters=True, working_days=True)

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        yield from unknown_lines(self.lines, file)
        if len({charge.supplier_account_id for charge in self._chosen(file)}) > 1:
            yield SuppliersMixed(field="form.lines")
        if isinstance(self.why, Quality) and self.why.until <= self.why.since:
            yield TimesMixed(field="form.why.until")
        if not isinstance(self.why, Absence):
            return
        rules, field = file.rules.recalculation, "form.why.back_on"
        if self.why.back_on < self.why.left_on:
            yield TimesMixed(field=field)
        elif self.why.whole_days <= rules.absence_over_days:
            yield AbsenceTooShort(field=field, days=self.why.whole_days, over=rules.absence_over_days)
        elif self.why.back_on > months_after(self.why.left_on, rules.absence_months):
            yield AbsenceTooLong(field=field, months=rules.absence_months)
        last_day = self.why.back_on + timedelta(days=rules.asked_within_days)
        if file.today > last_day:
            yield AbsenceTooOld(field=field, days=rules.asked_within_days, last_day=f"{last_day:%d.%m.%Y}")

    def sent_on_to(self, file: AccountFile) -> str | None:
        """Lines of another supplier are that supplier's to decide."""
        owners = {charge.supplier_account_id for charge in self._chosen(file)}
        if not owners or owners & file.own:
            return None
        cards = [card for card in file.card.supplier_accounts if card.id in owners]
        return cards[0].supplier_name if len(cards) == 1 else None

    def proposal(self, file: AccountFile) -> Proposal | None:
        lines: list[ProposalLine] = []
        assumed: list[ProposalWords] = []
        excess = ZERO
        reason, said = self._reason(file)
        for charge in self._chosen(file):
            if why := self._not_lowered(charge, file):
                fields = whose(charge, file)
                assumed.append(ProposalWords(text=why, fields=fields))
                continue
            lowered = reason.lowered(charge)
            if lowered is None:
                return None
            lowered = min(lowered, most_lowered(charge, file))
            excess += overcharge_fine.paid_of_excess(charge, lowered)
            lines.append(
                ProposalLine(
                    what=file.line_name(charge.service_code, charge.period),
                    charge_id=charge.id,
                    before=charge.principal,
                    after=charge.principal - lowered,
                    rule=self.why.rule,
                )
            )
        if isinstance(self.why, Absence) and self.why.back_on > file.today:
            assumed.append(_to_be_proved(self.why, file))
        return self._with_fine(lines, [*said, *assumed], excess, file)

    def _reason(self, file: AccountFile) -> tuple[AnyGround, Sequence[ProposalWords]]:
        """A true reading says itself how much was used, unless the applicant has said it line by line."""
        if not isinstance(self.why, Readings) or self.why.volumes:
            return self.why, ()
        volumes, said = reckoned(self.why, self._chosen(file), file.meters)
        return replace(self.why, volumes=volumes), said

    def _with_fine(
        self, lines: list[ProposalLine], assumed: list[ProposalWords], excess: Money, file: AccountFile
    ) -> Proposal:
        fine = overcharge_fine.fine_of(excess, file) if self.why.bears_fine else ZERO
        words: tuple[ProposalWords, ...] = ()
        if fine:
            line, said = overcharge_fine.proposed(fine, file)
            lines, words = [*lines, line], (said,)
            assumed = [*assumed, ProposalWords(text=overcharge_fine.NONE_DUE)]
        amount = total(line.before - line.after for line in lines)
        return Proposal(
            amount=amount,
            words=words,
            lines=tuple(lines),
            assumed=tuple(assumed),
            sums={"fine": fine} if fine else {},
            checks=tuple(
                self.why.checks(file.received_on or file.today, file.days, file.rules.recalculation)
            ),
        )

    def _not_lowered(self, charge: Charge, file: AccountFile) -> str | None:
        """Why this line is left alone: by the ground, or, when we decide, because it is another's."""
        if file.received_on is not None and charge.supplier_account_id not in file.own:
            return THEIRS
        if charge.service_code in self.why.never_lowers:
            return "{line}: the law does not lower this service on this ground"
        metered = {(meter.supplier_account_id, meter.service_code) for meter in file.meters}
        if self.why.by_norm_only and (charge.supplier_account_id, charge.service_code) in metered:
            return "{line}: charged by a meter, this ground does not lower it"
        return None

    def granted_lines(self, grant: Grant, file: AccountFile) -> Sequence[GrantedLine]:
        assert isinstance(grant, RecalculationGrant)
        lines = list(granted_lines(grant.lines, self._chosen(file), file))
        return [*lines, overcharge_fine.granted(grant.fine, file)] if grant.fine else lines

    def effects(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, RecalculationGrant)
        chosen = self._chosen(file)
        effects = corrected(case, grant.lines, chosen, file)
        overcharge_fine.check(grant.fine, grant.lines, file, is_due=self.why.bears_fine)
        if grant.fine:
            effects.append(overcharge_fine.posted(case, grant.fine, chosen[0], file, takes_back=False))
        if isinstance(self.why, Absence) and self.why.back_on > file.today:
            effects.append(_awaited(case, self.why, file))
        return effects

    def annulment(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, RecalculationGrant)
        chosen = self._chosen(file)
        effects = taken_back(case, grant.lines, chosen, file)
        if grant.fine:
            effects.append(overcharge_fine.posted(case, grant.fine, chosen[0], file, takes_back=True))
        return effects

    def _chosen(self, file: AccountFile) -> list[Charge]:
        chosen = set(self.lines)
        return [charge for charge in file.charges if charge.id in chosen]


def _to_be_proved(absence: Absence, file: AccountFile) -> ProposalWords:
    days = str(file.rules.recalculation.proved_within_days)
    return ProposalWords(text=PROVED_LATER, fields={"back_on": f"{absence.back_on:%d.%m.%Y}", "days": days})


def _awaited(case: Case, absence: Absence, file: AccountFile) -> Later:
    """What was granted before they left is to be proved when they are back (decree 354, p. 91, 94)."""
    assert case.decision
    job = AwaitPapers(
        account_id=case.account_id,
        case_id=case.id,
        decision_no=case.decision.no,
        wanted_from=absence.back_on,
        days=file.rules.recalculation.proved_within_days,
        rule=absence.rule,
    )
    run_at = datetime.combine(absence.back_on, time(), file.zone)
    return Later(job=job, run_at=run_at, key=f"papers:{case.id}:{case.decision.no}")
