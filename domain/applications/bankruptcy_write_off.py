"""Write-off of debts because the debtor was declared bankrupt, by a court or out of court.

Source: law 127-FZ, art. 5, 213.28, 223.1-223.7; Plenum of the Supreme Arbitration Court no. 63 of 23.07.2009.
A debt is discharged when the procedure is completed, not when it begins. Of each month's bill what ended
before the cut-off stands in the registry of claims and is discharged; later bills are current and stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from domain.accounts.accounts import AccountKind
from domain.accounts.books import WRITTEN_OFF, Kind, receivable
from domain.accounts.charges import OpenCharge
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.accounts.penalties.slices import NEVER_ENDS, Relief, ReliefWhy
from domain.accounts.written_off import NOTHING
from domain.applications.bankruptcy_procedures import Act, Judicial, OutOfCourt
from domain.cases.cases import Case
from domain.cases.effects import Effect, PenaltyReliefs, relieved
from domain.cases.file import AccountFile, FileWish
from domain.cases.forms import (
    Form,
    Grant,
    GrantedLine,
    GrantTooMuch,
    Lacking,
    Objection,
    Paper,
    Proposal,
    ProposalLine,
    ProposalWords,
)
from domain.kernel.calendar import Period, first_day, months_after, next_period
from domain.kernel.fields import told
from domain.kernel.ids import ChargeId
from domain.kernel.money import ZERO, Money, total


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


OUT_OF_COURT_MONTHS = 6


class WrittenOffLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    charge_id: Annotated[ChargeId, told("Line of the bill", widget="charge")]
    principal: Annotated[Money, told("Debt to be written off")]
    penalty: Annotated[Money, told("Penalty to be written off")] = ZERO


class WriteOffGrant(Grant, frozen=True, kw_only=True, tag="bankruptcy-write-off"):
    act_reference: Annotated[
        str, Meta(min_length=3, max_length=200), told("The act", "Its number and day, and who gave it")
    ]
    lines: Annotated[
        tuple[WrittenOffLine, ...], Meta(min_length=1, max_length=400), told("What is written off")
    ]

    @property
    def money(self) -> Money:
        return total(line.principal + line.penalty for line in self.lines)


class BankruptcyWriteOff(Form, frozen=True, kw_only=True, tag="bankruptcy-write-off"):
    title: ClassVar[str] = "Write-off of debt after bankruptcy"
    explanation: ClassVar[str] = "When a court or a multifunctional centre has released you from your debts"
    for_whom: ClassVar[frozenset[AccountKind]] = frozenset({AccountKind.UNIFIED})
    papers: ClassVar[tuple[Paper, ...]] = (
        Paper(
            code="completion",
            text="The ruling on completion, or the centre's notice of completion",
            when_lacking=Lacking.AWAITED,
        ),
        Paper(code="creditors", text="The list of creditors (out of court)", is_required=False),
    )
    grant: ClassVar[type[Grant]] = WriteOffGrant

    how: Annotated[Judicial | OutOfCourt, told("How you were released from your debts")]
    debtor_name: Annotated[str, Meta(min_length=3, max_length=200), told("Full name of the debtor")]
    born_on: Annotated[date, told("Day of birth of the debtor")]
    debtor_inn: Annotated[
        Annotated[str, Meta(pattern=r"^\d{12}$")] | None, told("INN of the debtor", "Twelve digits")
    ] = None
    co_owners: Annotated[
        str, Meta(max_length=1000), told("Other owners of the premises", "Names and shares, if there are any")
    ] = ""

    @property
    def ground(self) -> str:
        return str(self.how.__struct_config__.tag)

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        if isinstance(self.how, Judicial) and self.how.act is not Act.COMPLETION:
            yield WrongAct(field="form.how.act")
        if isinstance(self.how, OutOfCourt) and not self.how.is_listed:
            yield NotListed(field="form.how.is_listed")
        if self.how.completed_on < self.how.cut_off or self.how.completed_on > file.today:
            yield DatesMixed(field="form.how.completed_on")
        elif isinstance(self.how, OutOfCourt) and self.how.completed_on < months_after(
            self.how.published_on, OUT_OF_COURT_MONTHS
        ):
            yield OutOfCourtTooSoon(field="form.how.completed_on")

    def proposal(self, file: AccountFile) -> Proposal:
        lines = sorted(_open_own(file), key=lambda line: (line.period, line.service_code))
        proposed = tuple(
            ProposalLine(
                what=file.line_name(line.service_code, line.period),
                charge_id=line.charge_id,
                is_penalty=_is_penalty(line),
                before=line.open + line.penalty_open,
                after=ZERO,
                rule="127-FZ, art. 213.28" if isinstance(self.how, Judicial) else "127-FZ, art. 223.6",
            )
            for line in lines
            if ended_before(line.period, self.how.cut_off)
        )
        current = [line for line in lines if not ended_before(line.period, self.how.cut_off)]
        assumed = [
            ProposalWords(
                text="Current debts of periods that ended on {day} or later are not discharged: {amount}",
                fields={
                    "day": f"{self.how.cut_off:%d.%m.%Y}",
                    "amount": str(total(line.open + line.penalty_open for line in current)),
                },
            )
        ]
        if self.co_owners:
            assumed.append(ProposalWords(text="Co-owners stay liable for their own shares"))
        if not file.is_holder(self.debtor_name):
            assumed.append(
                ProposalWords(text="The debtor is not the holder of the account: only their own debts go")
            )
        return Proposal(
            amount=total(line.before for line in proposed), lines=proposed, assumed=tuple(assumed)
        )

    def granted_lines(self, grant: Grant, file: AccountFile) -> Sequence[GrantedLine]:
        assert isinstance(grant, WriteOffGrant)
        granted = {one.charge_id: one.principal + one.penalty for one in grant.lines}
        return [
            GrantedLine(
                what=file.line_name(line.service_code, line.period),
                is_penalty=_is_penalty(line),
                before=line.open + line.penalty_open,
                after=line.open + line.penalty_open - granted[line.charge_id],
            )
            for line in sorted(_open_own(file), key=lambda line: (line.period, line.service_code))
            if line.charge_id in granted
        ]

    def effects(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, WriteOffGrant)
        open_lines = {line.charge_id: line for line in _open_own(file)}
        transfers: list[Transfer] = []
        for no, granted in enumerate(grant.lines):
            line = open_lines.get(granted.charge_id)
            if line is None or not ended_before(line.period, self.how.cut_off):
                raise GrantTooMuch(field=f"grant.lines[{no}].charge_id", most=ZERO)
            transfers += _discharged(granted, line, no)
        return [
            _posting(case, tuple(transfers), file, annuls=False),
            self._stopped(case, grant, annuls=False),
        ]

    def wish(self) -> FileWish:
        return FileWish(charges=None)

    def annulment(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        """What was discharged is owed again; the act was annulled by a court. Of a line that billing has
        lowered since no more than still stands written off."""
        assert isinstance(grant, WriteOffGrant)
        owners = {charge.id: charge.supplier_account_id for charge in file.charges}
        transfers = tuple(
            Transfer(
                debit=receivable(owners[granted.charge_id], kind),
                credit=WRITTEN_OFF,
                amount=amount,
                charge_id=granted.charge_id,
            )
            for granted in grant.lines
            for kind, amount in _still_discharged(granted, file)
            if amount
        )
        posted = [_posting(case, transfers, file, annuls=True)] if transfers else []
        return [*posted, self._stopped(case, grant, annuls=True)]

    def _stopped(self, case: Case, grant: WriteOffGrant, *, annuls: bool) -> PenaltyReliefs:
        """From the cut-off on what is discharged bears no penalty (127-FZ, art. 63 p. 1, 213.11 p. 2)."""
        reliefs = [
            Relief(
                amount=-line.principal if annuls else line.principal,
                since=self.how.cut_off,
                until=NEVER_ENDS,
                why=ReliefWhy.BANKRUPTCY,
            )
            for line in grant.lines
        ]
        cause = _cause(case, annuls=annuls)
        return PenaltyReliefs(
            reliefs=tuple(
                relieved(case.account_id, line.charge_id, relief, cause=cause, no=no)
                for no, (line, relief) in enumerate(zip(grant.lines, reliefs, strict=True), start=1)
                if relief.amount
            )
        )


def ended_before(period: Period, cut_off: date) -> bool:
    """Whether the month was over before the cut-off: its bill then stands in the registry of claims."""
    return first_day(next_period(period)) <= cut_off


def _open_own(file: AccountFile) -> list[OpenCharge]:
    return [
        line for line in file.standing.charges if line.supplier_account_id in file.own and not line.is_settled
    ]


def _is_penalty(line: OpenCharge) -> bool:
    """Penalties that we reckon ourselves stand in lines of their own."""
    return line.charged == ZERO and line.penalty_charged > ZERO


def _discharged(granted: WrittenOffLine, line: OpenCharge, no: int) -> Iterator[Transfer]:
    if granted.principal + granted.penalty == ZERO or min(granted.principal, granted.penalty) < ZERO:
        raise GrantTooMuch(field=f"grant.lines[{no}]", most=line.open + line.penalty_open)
    for kind, wanted, most in (
        (Kind.PRINCIPAL, granted.principal, line.open),
        (Kind.PENALTY, granted.penalty, line.penalty_open),
    ):
        if wanted > most:
            raise GrantTooMuch(field=f"grant.lines[{no}].{kind}", most=most)
        if wanted:
            owed = receivable(line.supplier_account_id, kind)
            yield Transfer(debit=WRITTEN_OFF, credit=owed, amount=wanted, charge_id=line.charge_id)


def _still_discharged(granted: WrittenOffLine, file: AccountFile) -> Iterator[tuple[Kind, Money]]:
    left = file.standing.written_off.get(granted.charge_id, NOTHING)
    yield Kind.PRINCIPAL, min(granted.principal, left.principal)
    yield Kind.PENALTY, min(granted.penalty, left.penalty)


def _posting(case: Case, transfers: tuple[Transfer, ...], file: AccountFile, *, annuls: bool) -> Posting:
    cause = _cause(case, annuls=annuls)
    return Posting(account_id=case.account_id, cause=cause, value_date=file.today, transfers=transfers)


def _cause(case: Case, *, annuls: bool) -> Cause:
    assert case.decision
    version = 2 * case.decision.no - (0 if annuls else 1)
    return Cause(kind=CauseKind.WRITE_OFF, id=case.id, version=version)
