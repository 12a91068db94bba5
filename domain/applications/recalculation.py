"""Recalculation of charges: lines of the real bill, a ground, what the rule gives, corrections posted in the
current period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from domain.accounts.accounts import AccountKind
from domain.accounts.books import WRITTEN_OFF, Kind, receivable
from domain.accounts.charges import Charge
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.applications.recalculation_grounds import Absence, AnyGround, Quality
from domain.cases.cases import Case
from domain.cases.effects import Correction, Effect, correction_id
from domain.cases.file import AccountFile, FileWish
from domain.cases.forms import (
    Form,
    Grant,
    GrantTooMuch,
    Objection,
    Paper,
    Proposal,
    ProposalLine,
    ProposalWords,
)
from domain.kernel.calendar import period_of
from domain.kernel.ids import ChargeId
from domain.kernel.money import ZERO, Money, total

ABSENCE_OVER_DAYS = 5
ASKED_WITHIN_DAYS = 30


class LineUnknown(Objection):
    code = "recalculation-line-unknown"
    text = "One of the chosen lines is not on your bills"
    remedy = "Choose lines from the list of charges of this account"


class AbsenceTooShort(Objection):
    code = "recalculation-absence-too-short"
    text = "An absence counts from more than five whole days, yours has {days}"
    remedy = "The days of leaving and of coming back are not counted"


class AbsenceTooOld(Objection):
    code = "recalculation-absence-too-old"
    text = "For an absence a recalculation is asked for within 30 days after it"
    remedy = "Write a complaint if you could not ask in time and say why"


class TimesMixed(Objection):
    code = "recalculation-times-mixed"
    text = "The end comes before the beginning"
    remedy = "Correct the dates"


class LoweredLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`principal` and `penalty` are taken off this line of the bill; not both are zero."""

    charge_id: ChargeId
    principal: Money
    penalty: Money = ZERO


class RecalculationGrant(Grant, frozen=True, kw_only=True, tag="recalculation"):
    lines: Annotated[tuple[LoweredLine, ...], Meta(min_length=1, max_length=100)]

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

    why: AnyGround
    lines: Annotated[tuple[ChargeId, ...], Meta(min_length=1, max_length=100)]
    words: Annotated[str, Meta(max_length=4000)] = ""

    @property
    def ground(self) -> str:
        return str(self.why.__struct_config__.tag)

    def wish(self) -> FileWish:
        return FileWish(charges=None, meters=True)

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        if unknown := set(self.lines) - {charge.id for charge in file.charges}:
            yield LineUnknown(field=f"form.lines[{self.lines.index(unknown.pop())}]")
        if isinstance(self.why, Quality) and self.why.until <= self.why.since:
            yield TimesMixed(field="form.why.until")
        if not isinstance(self.why, Absence):
            return
        if self.why.back_on < self.why.left_on:
            yield TimesMixed(field="form.why.back_on")
        elif self.why.whole_days <= ABSENCE_OVER_DAYS:
            yield AbsenceTooShort(field="form.why.back_on", days=self.why.whole_days)
        if file.today > self.why.back_on + timedelta(days=ASKED_WITHIN_DAYS):
            yield AbsenceTooOld(field="form.why.back_on")

    def sent_on_to(self, file: AccountFile) -> str | None:
        """Lines of another supplier alone are that supplier's to decide."""
        owners = {charge.supplier_account_id for charge in self._chosen(file)}
        if not owners or owners & file.own:
            return None
        cards = [card for card in file.card.supplier_accounts if card.id in owners]
        return cards[0].supplier_name if len(cards) == 1 else None

    def proposal(self, file: AccountFile) -> Proposal | None:
        metered = {(meter.supplier_account_id, meter.service_code) for meter in file.meters}
        lines, assumed = [], []
        for charge in self._chosen(file):
            if self.why.by_norm_only and (charge.supplier_account_id, charge.service_code) in metered:
                assumed.append(
                    ProposalWords(
                        text="{service} of {period} is charged by a meter: this ground does not lower it",
                        fields={"service": charge.service_code, "period": charge.period},
                    )
                )
                continue
            lowered = self.why.lowered(charge)
            if lowered is None:
                return None
            lowered = min(lowered, max(charge.principal, ZERO))
            lines.append(
                ProposalLine(
                    what=f"{charge.service_code} {charge.period}",
                    before=charge.principal,
                    after=charge.principal - lowered,
                    rule=self.why.rule,
                )
            )
        amount = total(line.before - line.after for line in lines)
        return Proposal(amount=amount, lines=tuple(lines), assumed=tuple(assumed))

    def effects(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, RecalculationGrant) and case.decision
        charges = {charge.id: charge for charge in self._chosen(file)}
        corrections, penalties = [], []
        for no, line in enumerate(grant.lines, start=1):
            charge = charges.get(line.charge_id)
            if charge is None or charge.supplier_account_id not in file.own:
                raise LineUnknown(field=f"grant.lines[{no - 1}].charge_id")
            _check(line, charge)
            if line.principal:
                corrections.append(_correction(case, charge, -line.principal, file, no))
            if line.penalty:
                owed = receivable(charge.supplier_account_id, Kind.PENALTY)
                penalties.append(
                    Transfer(debit=WRITTEN_OFF, credit=owed, amount=line.penalty, charge_id=charge.id)
                )
        return [
            *([Correction(charges=tuple(corrections), value_date=file.today)] if corrections else []),
            *([_penalty_posting(case, tuple(penalties), file, annuls=False)] if penalties else []),
        ]

    def annulment(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, RecalculationGrant) and case.decision
        charges = {charge.id: charge for charge in self._chosen(file)}
        lines = [line for line in grant.lines if line.principal]
        back = tuple(
            _correction(case, charges[line.charge_id], line.principal, file, len(grant.lines) + no)
            for no, line in enumerate(lines, start=1)
        )
        penalties = tuple(
            Transfer(
                debit=receivable(charges[line.charge_id].supplier_account_id, Kind.PENALTY),
                credit=WRITTEN_OFF,
                amount=line.penalty,
                charge_id=line.charge_id,
            )
            for line in grant.lines
            if line.penalty
        )
        return [
            *([Correction(charges=back, value_date=file.today)] if back else []),
            *([_penalty_posting(case, penalties, file, annuls=True)] if penalties else []),
        ]

    def _chosen(self, file: AccountFile) -> list[Charge]:
        chosen = set(self.lines)
        return [charge for charge in file.charges if charge.id in chosen]


def _check(line: LoweredLine, charge: Charge) -> None:
    """What is taken off a line is above zero and not above the line; penalties only what is unpaid."""
    if min(line.principal, line.penalty) < ZERO or not line.principal + line.penalty:
        raise GrantTooMuch(most=charge.principal)
    if line.principal > max(charge.principal, ZERO):
        raise GrantTooMuch(most=charge.principal)
    if line.penalty > charge.penalty - charge.penalty_paid:
        raise GrantTooMuch(most=charge.penalty - charge.penalty_paid)


def _correction(case: Case, charge: Charge, change: Money, file: AccountFile, no: int) -> Charge:
    assert case.decision
    return Charge(
        id=correction_id(case.id, case.decision.no, no),
        supplier_account_id=charge.supplier_account_id,
        service_code=charge.service_code,
        period=period_of(file.today),
        bill_number=case.number,
        volume=None,
        unit=charge.unit,
        tariff=None,
        amount=ZERO,
        recalculation=change,
        penalty=ZERO,
    )


def _penalty_posting(
    case: Case, transfers: tuple[Transfer, ...], file: AccountFile, *, annuls: bool
) -> Posting:
    assert case.decision
    version = 2 * case.decision.no - (0 if annuls else 1)
    cause = Cause(kind=CauseKind.WRITE_OFF, id=case.id, version=version)
    return Posting(account_id=case.account_id, cause=cause, value_date=file.today, transfers=transfers)
