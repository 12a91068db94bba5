"""Which debts an act discharges: the registry of claims against current debts, the debtor's share, the bound.

Source: law 127-FZ, art. 5, 213.28 (by a court), 223.6 (out of court: the creditors and the sums that were
listed); Civil Code, art. 249 (co-owners bear the cost by their shares).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Annotated

from msgspec import Meta

from domain.accounts.books import Kind
from domain.accounts.charges import OpenCharge
from domain.accounts.written_off import NOTHING
from domain.applications.bankruptcy_procedures import Judicial, OutOfCourt
from domain.cases.file import AccountFile
from domain.cases.forms import Check, CheckResult, Objection, ProposalLine, ProposalWords
from domain.kernel.calendar import Period, business_day, first_day, next_period
from domain.kernel.money import ZERO, Money, total
from domain.payments.payments import PaymentState

Share = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,4}/[1-9][0-9]{0,4}$", examples=["1/2"])]
MOST_PAYMENTS_NAMED = 12


class ShareWrong(Objection):
    code = "write-off-share-wrong"
    text = "A share of the premises is above nothing and not above the whole"
    remedy = "Give it as the register of property has it, such as 1/2"


def ended_before(period: Period, cut_off: date) -> bool:
    """Whether the month was over before the cut-off: its bill then stands in the registry of claims."""
    return first_day(next_period(period)) <= cut_off


def own_lines(file: AccountFile) -> list[OpenCharge]:
    """What is owed to ourselves, the oldest first."""
    own = [
        line for line in file.standing.charges if line.supplier_account_id in file.own and not line.is_settled
    ]
    return sorted(own, key=lambda line: (line.period, line.service_code))


def registry(how: Judicial | OutOfCourt, file: AccountFile) -> list[OpenCharge]:
    return [line for line in own_lines(file) if ended_before(line.period, how.cut_off)]


def most_discharged(line: OpenCharge, kind: Kind, debtor_share: str | None, file: AccountFile) -> Money:
    """The debtor's share of what stood in the registry, less what was written off of it before: co-owners
    owe the rest."""
    gone = file.standing.written_off.get(line.charge_id, NOTHING)
    is_principal = kind is Kind.PRINCIPAL
    owed = line.open if is_principal else line.penalty_open
    before = gone.principal if is_principal else gone.penalty
    part = Money(int((owed + before).kopecks * Fraction(debtor_share or "1")))
    return min(owed, max(ZERO, part - before))


def proposed(
    how: Judicial | OutOfCourt, debtor_share: str | None, file: AccountFile
) -> Iterator[ProposalLine]:
    """The debtor's share of each registry debt, the oldest first, up to the sum that was listed."""
    rule = "127-FZ, art. 213.28" if isinstance(how, Judicial) else "127-FZ, art. 223.6"
    left = how.bound
    for line in registry(how, file):
        for kind, owed in ((Kind.PRINCIPAL, line.open), (Kind.PENALTY, line.penalty_open)):
            if not owed:
                continue
            goes = most_discharged(line, kind, debtor_share, file)
            if left is not None:
                goes = min(goes, left)
                left -= goes
            yield ProposalLine(
                what=file.line_name(line.service_code, line.period),
                charge_id=line.charge_id,
                is_penalty=kind is Kind.PENALTY,
                before=owed,
                after=owed - goes,
                rule=rule,
            )


def paid_since(how: Judicial | OutOfCourt, file: AccountFile) -> Iterator[ProposalWords]:
    """What was paid to us after the cut-off: it may have been paid for what was to be discharged."""
    found = []
    for one in file.payments:
        to_us = total(part.amount for part in one.parts if part.supplier_account_id in file.own)
        is_paid = one.state is PaymentState.PAID and one.paid_at is not None and one.moved_at is None
        day = business_day(one.paid_at or one.created_at, file.zone)
        if is_paid and to_us and day >= how.cut_off:
            found.append((day, to_us))
    if found:
        named = ", ".join(f"{day:%d.%m.%Y} {amount}" for day, amount in sorted(found)[-MOST_PAYMENTS_NAMED:])
        yield ProposalWords(
            text="Paid to us since the cut-off: {amount} in all ({payments})",
            fields={"amount": str(total(amount for _, amount in found)), "payments": named},
        )


def checks(
    how: Judicial | OutOfCourt,
    debtor_share: str | None,
    co_owners: str,
    debtor_name: str,
    file: AccountFile,
) -> Iterator[Check]:
    yield _debtor(debtor_name, file)
    yield _share(debtor_share, co_owners)
    if isinstance(how, OutOfCourt):
        yield _listed(how, file)
    yield _others(how, file)
    day = f"{how.stands_still:%d.%m.%Y}"
    yield Check.of("Penalties", CheckResult.FINE, "On what is discharged none is due from {day} on", day=day)


def _debtor(name: str, file: AccountFile) -> Check:
    if file.is_holder(name):
        return Check.of("The debtor", CheckResult.FINE, "The debtor holds the account")
    text = "The debtor is not the holder of the account: only their own debts go"
    return Check.of("The debtor", CheckResult.LOOK, text)


def _share(debtor_share: str | None, co_owners: str) -> Check:
    what = "Co-owners"
    if debtor_share:
        text = "Of each registry debt {share} is written off, the co-owners owe the rest"
        return Check.of(what, CheckResult.FINE, text, share=debtor_share)
    if co_owners:
        text = "Co-owners are named and the debtor's share is not: see the register of property"
        return Check.of(what, CheckResult.LOOK, text)
    return Check.of(what, CheckResult.FINE, "None are named: see who else is registered as an owner")


def _listed(how: OutOfCourt, file: AccountFile) -> Check:
    what = "The list of creditors"
    owed = total(line.open + line.penalty_open for line in registry(how, file))
    if how.listed is None:
        return Check.of(
            what, CheckResult.LOOK, "The sum is not known: see the list that was laid to the case"
        )
    if how.listed < owed:
        text = "{listed} of {owed} was listed: the rest stays"
        return Check.of(what, CheckResult.LOOK, text, listed=str(how.listed), owed=str(owed))
    return Check.of(what, CheckResult.FINE, "{listed} was listed", listed=str(how.listed))


def _others(how: Judicial | OutOfCourt, file: AccountFile) -> Check:
    """They decide of their debts themselves."""
    what, owed = "Other suppliers", dict[str, Money]()
    for line in file.standing.charges:
        if line.supplier_account_id not in file.own and ended_before(line.period, how.cut_off):
            name = file.card.supplier_account(line.supplier_account_id).supplier_name
            owed[name] = owed.get(name, ZERO) + line.open + line.penalty_open
    names = ", ".join(f"{name} {amount}" for name, amount in owed.items() if amount)
    if not names:
        return Check.of(what, CheckResult.FINE, "Nothing of that time is owed to others")
    text = "Owed before the cut-off: {suppliers}. Send the act on to them, name the letters in the decision"
    return Check.of(what, CheckResult.LOOK, text, suppliers=names)
