"""How kinds put right what lines of the bill said wrongly: checked, posted anew, taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec

from domain.accounts.books import WRITTEN_OFF, Kind, receivable
from domain.accounts.charges import Charge
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.accounts.penalties.slices import ALWAYS, Relief, ReliefWhy
from domain.accounts.written_off import NOTHING
from domain.cases.cases import Case
from domain.cases.effects import Correction, Effect, PenaltyReliefs, correction_id, relieved
from domain.cases.file import AccountFile
from domain.cases.forms import GrantedLine, GrantTooMuch, Objection
from domain.kernel.calendar import period_of
from domain.kernel.fields import told
from domain.kernel.ids import ChargeId
from domain.kernel.money import ZERO, Money


class LineUnknown(Objection):
    code = "correction-line-unknown"
    text = "One of the chosen lines is not on your bills"
    remedy = "Choose lines from the list of charges of this account"


class LineNotNamed(GrantTooMuch):
    code = "correction-line-not-named"
    text = "One of the lines was not chosen in this case"
    remedy = "Correct only lines that the case names"


class LineNotOurs(GrantTooMuch):
    code = "correction-line-not-ours"
    text = "{line} belongs to {supplier}: it is theirs to decide"
    remedy = "Send the case on to them, or say in the answer whom to turn to"


THEIRS = (
    "{line} belongs to {supplier}: it is theirs to decide. Send the case on to them, or say so in the answer"
)


class LoweredLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`principal` and `penalty` are taken off this line of the bill; not both are zero."""

    charge_id: Annotated[ChargeId, told("Line of the bill", widget="charge")]
    principal: Annotated[Money, told("Charge to be taken off")]
    penalty: Annotated[Money, told("Penalty to be taken off")] = ZERO


def unknown_lines(lines: Sequence[ChargeId], file: AccountFile) -> Iterator[Objection]:
    known = {charge.id for charge in file.charges}
    for no, line in enumerate(lines):
        if line not in known:
            yield LineUnknown(field=f"form.lines[{no}]")


def named_lines(lines: Sequence[ChargeId], file: AccountFile) -> tuple[list[Charge], list[Charge]]:
    """Of the lines that a case names those which a decision of ours may correct, and those of others."""
    named = set(lines)
    chosen = [charge for charge in file.charges if charge.id in named]
    ours = [charge for charge in chosen if charge.supplier_account_id in file.own]
    return ours, [charge for charge in chosen if charge not in ours]


def whose(charge: Charge, file: AccountFile) -> dict[str, str]:
    """Fields of THEIRS: the line and its supplier."""
    supplier = file.card.supplier_account(charge.supplier_account_id).supplier_name
    return {"line": file.line_name(charge.service_code, charge.period), "supplier": supplier}


def corrected(
    case: Case, lines: Sequence[LoweredLine], chosen: Sequence[Charge], file: AccountFile
) -> list[Effect]:
    """What a decision posts: a charge below zero per line, and its penalty written off.

    Where penalties are ours to reckon they stand in lines of their own and are reckoned anew without what
    was charged wrongly; an officer's figure counts only for a penalty that billing sent.
    """
    charges = {charge.id: charge for charge in chosen}
    for no, line in enumerate(lines):
        field = f"grant.lines[{no}].charge_id"
        if (charge := charges.get(line.charge_id)) is None:
            raise LineNotNamed(field=field, most=ZERO)
        if charge.supplier_account_id not in file.own:
            raise LineNotOurs(field=field, most=ZERO, **whose(charge, file))
        _check(line, charge, file, no)
    return _effects(case, lines, charges, file, takes_back=False)


def taken_back(
    case: Case, lines: Sequence[LoweredLine], chosen: Sequence[Charge], file: AccountFile
) -> list[Effect]:
    """The same the other way round, as new postings. Of a penalty no more is owed again than still stands
    written off: billing may have lowered it since."""
    return _effects(case, lines, {charge.id: charge for charge in chosen}, file, takes_back=True)


def _effects(
    case: Case,
    lines: Sequence[LoweredLine],
    charges: dict[ChargeId, Charge],
    file: AccountFile,
    *,
    takes_back: bool,
) -> list[Effect]:
    assert case.decision
    first_no = len(lines) + 1 if takes_back else 1
    version = 2 * case.decision.no - (0 if takes_back else 1)
    cause = Cause(kind=CauseKind.WRITE_OFF, id=case.id, version=version)
    corrections, reliefs = [], []
    penalties: list[Transfer] = []
    for no, line in enumerate(lines, start=first_no):
        charge = charges[line.charge_id]
        if line.principal:
            change = line.principal if takes_back else -line.principal
            corrections.append(_correction(case, case.decision.no, charge, change, file, no))
            relief = Relief(amount=-change, since=ALWAYS, until=file.today, why=ReliefWhy.CORRECTION)
            reliefs.append(relieved(case.account_id, charge.id, relief, cause=cause, no=no))
        penalties += _penalty(line.penalty, charge, file, takes_back=takes_back)
    effects: list[Effect] = []
    if corrections:
        effects.append(Correction(charges=tuple(corrections), value_date=file.today))
    if penalties:
        effects.append(
            Posting(
                account_id=case.account_id,
                cause=cause,
                value_date=file.today,
                transfers=tuple(penalties),
            )
        )
    if reliefs:
        effects.append(PenaltyReliefs(reliefs=tuple(reliefs)))
    return effects


def _penalty(penalty: Money, charge: Charge, file: AccountFile, *, takes_back: bool) -> Iterator[Transfer]:
    """Written off, or owed again: none where nothing is left of it."""
    if takes_back:
        penalty = min(penalty, file.standing.written_off.get(charge.id, NOTHING).penalty)
    if penalty:
        owed = receivable(charge.supplier_account_id, Kind.PENALTY)
        debit, credit = (owed, WRITTEN_OFF) if takes_back else (WRITTEN_OFF, owed)
        yield Transfer(debit=debit, credit=credit, amount=penalty, charge_id=charge.id)


def granted_lines(
    lines: Sequence[LoweredLine], chosen: Sequence[Charge], file: AccountFile
) -> Iterator[GrantedLine]:
    """Each line of the bill with its penalty, before and after."""
    charges = {charge.id: charge for charge in chosen}
    for line in lines:
        if charge := charges.get(line.charge_id):
            before = charge.principal + charge.penalty
            what = file.line_name(charge.service_code, charge.period)
            yield GrantedLine(what=what, before=before, after=before - line.principal - line.penalty)


def most_lowered(charge: Charge, file: AccountFile) -> Money:
    """What of a line can be taken off: what was written off of it is nobody's money to return, and what
    another case has taken off is returned already."""
    gone = file.standing.written_off.get(charge.id, NOTHING).principal
    return max(charge.principal - gone - file.corrected.get(charge.id, ZERO), ZERO)


def _check(line: LoweredLine, charge: Charge, file: AccountFile, no: int) -> None:
    """What is taken off a line is above zero and not above the line; of the penalty only what is unpaid."""
    field = f"grant.lines[{no}]"
    most = most_lowered(charge, file)
    if min(line.principal, line.penalty) < ZERO or line.principal + line.penalty == ZERO:
        raise GrantTooMuch(field=field, most=most)
    if line.principal > most:
        raise GrantTooMuch(field=f"{field}.principal", most=most)
    if line.penalty > charge.penalty - charge.penalty_paid:
        raise GrantTooMuch(field=f"{field}.penalty", most=charge.penalty - charge.penalty_paid)


def _correction(
    case: Case, decision: int, charge: Charge, change: Money, file: AccountFile, no: int
) -> Charge:
    return Charge(
        id=correction_id(case.id, decision, no),
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
