"""What the officer is to see before money is returned: who paid, who gets it, how old it is, what is owed.

Source: Civil Code art. 196 and 200 (limitation), 410 (offset), 1102 (to whoever paid); 127-FZ art. 213.25
(what a bankrupt is owed belongs to the creditors).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from domain.applications.refund_parts import OffsetTo, is_open, owed_to, owners_of
from domain.cases.file import AccountFile
from domain.cases.forms import Check, CheckResult
from domain.cases.states import ANSWERED, CaseState
from domain.kernel.access import ActorKind
from domain.kernel.calendar import business_day, months_after
from domain.kernel.ids import SupplierAccountId
from domain.kernel.money import ZERO, Money, total
from domain.payments.payments import Payment, PaymentState
from domain.payments.refundable import RefundPart
from domain.payments.refunds import Payee

FINE, LOOK, BLOCKS = CheckResult.FINE, CheckResult.LOOK, CheckResult.BLOCKS
_GRANTED = frozenset({CaseState.SATISFIED, CaseState.PARTLY_SATISFIED, CaseState.EXECUTED})


def checks(
    parts: Sequence[RefundPart], payee: Payee | None, offset: OffsetTo | None, file: AccountFile
) -> Iterator[Check]:
    yield _debts(offset, file)
    yield _payer(parts, file)
    if payee is not None:
        yield _payee(payee, file)
    if offset is not None and offset.account_number is not None:
        yield _recipient(offset.account_number, file)
    yield _limitation(parts, file)
    yield _bankruptcy(file)


def _debts(offset: OffsetTo | None, file: AccountFile) -> Check:
    owed = {owner: owed_to(owner, file) for owner in owners_of(file)}
    if not total(owed.values()):
        return Check.of("Debts", FINE, "Nothing is owed on this account")
    text = (
        "{suppliers}: owed. Offer to count the money towards it; without the applicant's word it is returned"
    )
    if offset is not None:
        text = "{suppliers}: owed. The applicant has asked to count the money towards another debt"
    names = [f"{card.supplier_name} {owed[card.id]}" for card in file.card.supplier_accounts if owed[card.id]]
    return Check.of("Debts", FINE if offset else LOOK, text, suppliers=", ".join(names))


def _payer(parts: Sequence[RefundPart], file: AccountFile) -> Check:
    """Of the payments that the money ahead is made of: the newest ones, for charges take the older first."""
    what, applicant = "The payer", file.applicant
    if applicant is None or applicant.kind is not ActorKind.CUSTOMER:
        return Check.of(what, LOOK, "The application was taken by the staff: see who the applicant is")
    payments = [one for owner, amount in _taken(parts).items() for one in _made_of(owner, amount, file)]
    if not payments:
        return Check.of(what, LOOK, "No payment made here is known of this money: ask for a proof of it")
    if any(one.payer_id != applicant.id for one in payments):
        return Check.of(
            what,
            LOOK,
            "Somebody else has paid: refuse, unless the applicant holds the account or is a former owner "
            "or an heir and shows papers",
        )
    return Check.of(what, FINE, "The applicant has paid it")


def _payee(payee: Payee, file: AccountFile) -> Check:
    is_applicant = file.applicant is not None and same_person(payee.name, file.applicant.name)
    if is_applicant or file.is_holder(payee.name):
        return Check.of("The payee", FINE, "The money goes to the applicant or the holder of the account")
    return Check.of(
        "The payee",
        LOOK,
        "{name} is a third person: refuse, unless papers show a right to the money",
        name=payee.name,
    )


def _recipient(number: str, file: AccountFile) -> Check:
    what = "The account it goes to"
    if not is_open(file):
        text = "There is no open account of residents under {number}"
        return Check.of(what, BLOCKS, text, number=number)
    assert file.named
    if file.is_holder(file.named.holder_name):
        return Check.of(what, FINE, "{number} has the same holder", number=number)
    text = "{number} has another holder, who is told; the applicant is not told who that is"
    return Check.of(what, LOOK, text, number=number)


def _limitation(parts: Sequence[RefundPart], file: AccountFile) -> Check:
    what, asked_on = "Limitation of actions", file.received_on or file.today
    since = months_after(asked_on, -12 * file.limitation.years)
    days = [
        _day(one, file) for owner, amount in _taken(parts).items() for one in _made_of(owner, amount, file)
    ]
    if days and min(days) < since:
        text = "Paid on {day}: the {years} years were over before the application, which counts in court"
        return Check.of(what, LOOK, text, day=f"{min(days):%d.%m.%Y}", years=str(file.limitation.years))
    if not days:
        return Check.of(what, LOOK, "It is not known when the money came")
    return Check.of(what, FINE, "The {years} years are not over", years=str(file.limitation.years))


def _bankruptcy(file: AccountFile) -> Check:
    what = "Bankruptcy"
    if any(state not in ANSWERED for state in file.write_offs):
        return Check.of(what, BLOCKS, "An application to write debts off is open: decide that one first")
    if _GRANTED & set(file.write_offs):
        text = "Debts were written off after bankruptcy: money paid before its end belongs to the creditors"
        return Check.of(what, LOOK, text)
    return Check.of(what, FINE, "No application after bankruptcy is known")


def same_person(one: str, other: str) -> bool:
    """Ivanova Maria and IVANOVA MARIA."""
    return one.casefold().replace("ё", "е").split() == other.casefold().replace("ё", "е").split()


def _taken(parts: Sequence[RefundPart]) -> dict[SupplierAccountId, Money]:
    """What is returned of each supplier account."""
    taken: dict[SupplierAccountId, Money] = {}
    for part in parts:
        taken[part.supplier_account_id] = taken.get(part.supplier_account_id, ZERO) + part.amount
    return taken


def _made_of(owner: SupplierAccountId, amount: Money, file: AccountFile) -> list[Payment]:
    """The latest payments to this supplier that make up the sum."""
    found: list[Payment] = []
    paid = [one for one in file.payments if one.state is PaymentState.PAID and one.moved_at is None]
    for one in sorted(paid, key=lambda one: _day(one, file), reverse=True):
        part = total(each.amount for each in one.parts if each.supplier_account_id == owner)
        if part and amount > ZERO:
            found.append(one)
            amount -= part
    return found


def _day(payment: Payment, file: AccountFile) -> date:
    return business_day(payment.paid_at or payment.created_at, file.zone)
