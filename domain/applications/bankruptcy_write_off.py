"""Write-off of debts because the debtor was declared bankrupt, by a court or out of court.

Source: law 127-FZ, art. 5, 213.28, 223.1-223.7; Plenum of the Supreme Arbitration Court no. 63 of 23.07.2009.
A debt is discharged when the procedure is completed, not when it begins. Of each month's bill what ended
before the cut-off stands in the registry of claims and is discharged; later bills are current and stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from domain.accounts.accounts import AccountKind
from domain.accounts.books import WRITTEN_OFF, Kind, receivable
from domain.accounts.charges import OpenCharge
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.accounts.penalties.slices import NEVER_ENDS, Relief, ReliefWhy
from domain.accounts.written_off import NOTHING
from domain.applications.bankruptcy_procedures import Judicial, OutOfCourt
from domain.applications.bankruptcy_registry import (
    Share,
    ShareWrong,
    checks,
    ended_before,
    most_discharged,
    own_lines,
    paid_since,
    proposed,
    registry,
)
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
    ProposalWords,
)
from domain.kernel.errors import Invalid
from domain.kernel.fields import told
from domain.kernel.ids import ChargeId, SupplierAccountId
from domain.kernel.money import ZERO, Money, total


class OwnSupplierTold(Invalid):
    code = "write-off-own-supplier-told"
    text = "Only other suppliers of this account are told of the act"
    remedy = "Name the suppliers that the act was sent on to, not ourselves"


class WrittenOffLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    charge_id: Annotated[ChargeId, told("Line of the bill", widget="charge")]
    principal: Annotated[Money, told("Debt to be written off")]
    penalty: Annotated[Money, told("Penalty to be written off")] = ZERO


class ToldSupplier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The act discharges what others are owed as well: they decide of it themselves."""

    supplier_account_id: Annotated[SupplierAccountId, told("Supplier", widget="supplier-account")]
    letter: Annotated[str, Meta(min_length=3, max_length=200), told("The letter", "Its number and day")]


class WriteOffGrant(Grant, frozen=True, kw_only=True, tag="bankruptcy-write-off"):
    act_reference: Annotated[
        str, Meta(min_length=3, max_length=200), told("The act", "Its number and day, and who gave it")
    ]
    lines: Annotated[
        tuple[WrittenOffLine, ...], Meta(min_length=1, max_length=400), told("What is written off")
    ]
    debtor_share: Annotated[
        Share | None, told("The debtor's share", "As the papers show it, where the application is wrong")
    ] = None
    told_suppliers: Annotated[
        tuple[ToldSupplier, ...],
        Meta(max_length=50),
        told("Other suppliers who were told", "To whom the act was sent on"),
    ] = ()

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
    version: ClassVar[int] = 2

    how: Annotated[Judicial | OutOfCourt, told("How you were released from your debts")]
    debtor_name: Annotated[str, Meta(min_length=3, max_length=200), told("Full name of the debtor")]
    born_on: Annotated[date, told("Day of birth of the debtor")]
    debtor_inn: Annotated[
        Annotated[str, Meta(pattern=r"^\d{12}$")] | None, told("INN of the debtor", "Twelve digits")
    ] = None
    co_owners: Annotated[
        str, Meta(max_length=1000), told("Other owners of the premises", "Names and shares, if there are any")
    ] = ""
    debtor_share: Annotated[
        Share | None,
        told("The debtor's share of the premises", "Such as 1/2; leave it out of a single owner"),
    ] = None

    @classmethod
    def from_older(cls, version: int, content: dict[str, Any]) -> dict[str, Any]:
        """Version 1 did not ask for the sums in the list of creditors."""
        return {**content, "how": {"listed": None, "all_debts": None, **content["how"]}}

    @property
    def ground(self) -> str:
        return str(self.how.__struct_config__.tag)

    def wish(self) -> FileWish:
        released_on = self.how.published_on if isinstance(self.how, OutOfCourt) else None
        return FileWish(charges=None, payments=True, released_on=released_on)

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        yield from self.how.objections(file)
        if self.debtor_share is not None and Fraction(self.debtor_share) > 1:
            yield ShareWrong(field="form.debtor_share")

    def proposal(self, file: AccountFile) -> Proposal:
        lines = tuple(proposed(self.how, self.debtor_share, file))
        return Proposal(
            amount=total(line.before - line.after for line in lines),
            words=tuple(paid_since(self.how, file)),
            lines=lines,
            assumed=tuple(self._assumed(file)),
            checks=tuple(checks(self.how, self.debtor_share, self.co_owners, self.debtor_name, file)),
        )

    def _assumed(self, file: AccountFile) -> Iterator[ProposalWords]:
        cut_off = self.how.cut_off
        current = [line for line in own_lines(file) if not ended_before(line.period, cut_off)]
        yield ProposalWords(
            text="Current debts of periods that ended on {day} or later are not discharged: {amount}",
            fields={
                "day": f"{cut_off:%d.%m.%Y}",
                "amount": str(total(line.open + line.penalty_open for line in current)),
            },
        )
        if self.how.bound is not None:
            yield ProposalWords(
                text="No more is discharged than you have listed: {amount}",
                fields={"amount": str(self.how.bound)},
            )
        if self.co_owners or self.debtor_share:
            yield ProposalWords(text="Co-owners stay liable for their own shares")
        if not file.is_holder(self.debtor_name):
            yield ProposalWords(text="The debtor is not the holder of the account: only their own debts go")

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
            for line in own_lines(file)
            if line.charge_id in granted
        ]

    def effects(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, WriteOffGrant)
        self._check(grant, file)
        open_lines = {line.charge_id: line for line in registry(self.how, file)}
        transfers: list[Transfer] = []
        for no, granted in enumerate(grant.lines):
            line = open_lines.get(granted.charge_id)
            if line is None:
                raise GrantTooMuch(field=f"grant.lines[{no}].charge_id", most=ZERO)
            transfers += _discharged(granted, line, no, grant.debtor_share or self.debtor_share, file)
        return [
            _posting(case, tuple(transfers), file, annuls=False),
            self._stopped(case, grant, annuls=False),
        ]

    def _check(self, grant: WriteOffGrant, file: AccountFile) -> None:
        """ShareWrong, OwnSupplierTold; GrantTooMuch above the sum that was listed."""
        if grant.debtor_share is not None and Fraction(grant.debtor_share) > 1:
            raise ShareWrong(field="grant.debtor_share")
        if self.how.bound is not None and grant.money > self.how.bound:
            raise GrantTooMuch(field="grant.lines", most=self.how.bound)
        others = {card.id for card in file.card.supplier_accounts} - file.own
        for no, one in enumerate(grant.told_suppliers):
            if one.supplier_account_id not in others:
                raise OwnSupplierTold(field=f"grant.told_suppliers[{no}].supplier_account_id")

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
        """From the procedure on what is discharged bears no penalty (127-FZ, art. 213.11 p. 2, 223.4)."""
        reliefs = [
            Relief(
                amount=-line.principal if annuls else line.principal,
                since=self.how.stands_still,
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


def _is_penalty(line: OpenCharge) -> bool:
    """Penalties that we reckon ourselves stand in lines of their own."""
    return line.charged == ZERO and line.penalty_charged > ZERO


def _discharged(
    granted: WrittenOffLine, line: OpenCharge, no: int, debtor_share: str | None, file: AccountFile
) -> Iterator[Transfer]:
    if granted.principal + granted.penalty == ZERO or min(granted.principal, granted.penalty) < ZERO:
        raise GrantTooMuch(field=f"grant.lines[{no}]", most=line.open + line.penalty_open)
    for kind, wanted in ((Kind.PRINCIPAL, granted.principal), (Kind.PENALTY, granted.penalty)):
        most = most_discharged(line, kind, debtor_share, file)
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
