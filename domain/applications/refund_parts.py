"""What a decision returns, part by part: each checked against the account as it stands, and kept as a refund.

Source of offsets: Civil Code art. 410. One party's statement is enough, and there must be one: only what the
application itself names can money be counted towards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from domain.accounts.accounts import AccountKind
from domain.accounts.ledger import Posting, Standing, movements
from domain.cases.cases import Case
from domain.cases.file import AccountFile
from domain.cases.forms import GrantTooMuch, Objection
from domain.kernel.errors import Conflict, Invalid
from domain.kernel.fields import told
from domain.kernel.ids import AccountId, RefundId, SupplierAccountId, derived
from domain.kernel.money import ZERO, Money, total
from domain.payments.refundable import Refundable, RefundPart, refundable
from domain.payments.refunds import BANK, OFFSET, Payee, Refund


class SupplierAccountUnknown(Objection):
    code = "refund-supplier-account-unknown"
    text = "This supplier account is not of your account"
    remedy = "Choose one of those that can be returned from"


class OffsetTargetWrong(Objection):
    code = "refund-offset-target-wrong"
    text = "Say one thing: another supplier of this account, or the number of another account"
    remedy = "Choose a supplier that the money does not come from, or give the number as that bill has it"


class PayeeNeeded(Invalid):
    code = "refund-payee-needed"
    text = "The details of the bank are not known"
    remedy = "Ask the applicant for them, or return the money through the payment"


class OffsetNotAsked(Invalid):
    code = "refund-offset-not-asked"
    text = "The application does not ask to count this money towards another debt"
    remedy = "Return it, or ask the applicant for an application that names the debt (Civil Code, art. 410)"


class PartTwoWays(Invalid):
    code = "refund-part-two-ways"
    text = "One part goes one way: through a payment, or towards another debt"
    remedy = "Make two parts of it"


class OffsetAccountGone(Conflict):
    code = "refund-offset-account-gone"
    text = "There is no open account of residents under the number the application gives"
    remedy = "Ask the applicant for the number as the bill of that account has it"


class NotHeld(GrantTooMuch):
    code = "refund-not-held"
    text = "The provider holds {most} of this payment for this supplier at most"
    remedy = "Return the rest through another payment or by the bank"


class OffsetTo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the two. At another account the money is spread as a payment to it would be."""

    supplier_account_id: Annotated[
        SupplierAccountId | None, told("To another supplier of this account", widget="supplier-account")
    ] = None
    account_number: Annotated[
        Annotated[str, Meta(min_length=3, max_length=30)] | None,
        told("Or to another account", "Its number, as the bill of that account has it"),
    ] = None

    def objections(
        self, source: SupplierAccountId | None, file: AccountFile
    ) -> Iterator[SupplierAccountUnknown | OffsetTargetWrong]:
        """Whether there is an account of that number, only the staff are told."""
        if (self.supplier_account_id is None) == (self.account_number is None):
            yield OffsetTargetWrong(field="form.offset")
        elif self.supplier_account_id is not None and self.supplier_account_id == source:
            yield OffsetTargetWrong(field="form.offset.supplier_account_id")
        elif self.account_number is not None and self.account_number.strip() == file.card.account.number:
            yield OffsetTargetWrong(field="form.offset.account_number")
        elif self.supplier_account_id not in {None, *owners_of(file)}:
            yield SupplierAccountUnknown(field="form.offset.supplier_account_id")

    def account(self, file: AccountFile) -> AccountId:
        """Which account it goes to. OffsetAccountGone."""
        if self.supplier_account_id is not None:
            return file.card.account.id
        if not is_open(file):
            raise OffsetAccountGone
        assert file.named
        return file.named.id

    def wanted(self, file: AccountFile) -> Money | None:
        """What is owed there, where it is this very account; None: nobody but the staff may know."""
        if self.supplier_account_id is None:
            return None
        return owed_to(self.supplier_account_id, file)


def is_open(file: AccountFile) -> bool:
    """Whether the account that the application names is there to take money."""
    named = file.named
    return named is not None and not named.is_closed and named.kind is AccountKind.UNIFIED


def owners_of(file: AccountFile) -> frozenset[SupplierAccountId]:
    return frozenset(card.id for card in file.card.supplier_accounts)


def owed_to(owner: SupplierAccountId, file: AccountFile) -> Money:
    return total(
        line.open + line.penalty_open for line in file.standing.charges if line.supplier_account_id == owner
    )


def refundable_of(file: AccountFile, owners: Sequence[SupplierAccountId]) -> list[Refundable]:
    return refundable(
        file.standing, owners, file.payments, file.refunds, file.refund_terms, file.today, file.zone
    )


def offset_parts(wanted: Money | None, each: Sequence[Refundable]) -> list[RefundPart]:
    """So much (None: all) towards another debt, of each supplier in turn."""
    left = total(one.most for one in each) if wanted is None else wanted
    parts = []
    for one in each:
        amount = min(left, one.most)
        if amount > ZERO:
            parts.append(
                RefundPart(supplier_account_id=one.supplier_account_id, amount=amount, is_offset=True)
            )
            left -= amount
    return parts


def refund_id(case: Case, no: int) -> RefundId:
    """The same part of the same decision is always the same refund: it is made once."""
    assert case.decision
    return RefundId(derived(case.id, f"refund:{case.decision.no}:{no + 1}"))


def refund_of(
    case: Case,
    part: RefundPart,
    no: int,
    *,
    payee: Payee | None,
    offset: OffsetTo | None,
    file: AccountFile,
) -> Refund:
    """One part, checked against the account as it stands and all that is set aside or gone already."""
    assert case.decision
    at = f"grant.parts[{no}]"
    _check_sum(part, at, file)
    payment = next((one for one in file.payments if one.id == part.payment_id), None)
    target = _target(offset, at, file) if part.is_offset else None
    rail = OFFSET if part.is_offset else payment.provider if payment else BANK
    return Refund(
        id=refund_id(case, no),
        account_id=case.account_id,
        case_id=case.id,
        supplier_account_id=part.supplier_account_id,
        amount=part.amount,
        rail=rail,
        payment_id=part.payment_id,
        provider_payment_id=payment.provider_payment_id if payment else None,
        payee=_checked(payee, at) if rail == BANK else None,
        prepared_by=case.decision.by.id,
        prepared_at=case.decision.at,
        next_check_at=case.decision.at if payment else None,
        to_account_id=target,
        to_supplier_account_id=offset.supplier_account_id if offset and target else None,
        counts_from=(file.received_on or file.today) if target else None,
    )


def after(standing: Standing, posting: Posting) -> Standing:
    """What one part takes is not there for the next one."""
    moved = movements(posting.transfers)
    balances = {book: standing.balance(book) + moved.get(book, ZERO) for book in {*standing.balances, *moved}}
    return replace(standing, balances=balances)


def _check_sum(part: RefundPart, at: str, file: AccountFile) -> None:
    """SupplierAccountUnknown, GrantTooMuch, NotHeld, PartTwoWays."""
    if part.supplier_account_id not in owners_of(file):
        raise SupplierAccountUnknown(field=f"{at}.supplier_account_id")
    if part.is_offset and part.payment_id is not None:
        raise PartTwoWays(field=f"{at}.payment_id")
    [there] = refundable_of(file, [part.supplier_account_id])
    if not ZERO < part.amount <= there.most:
        raise GrantTooMuch(field=f"{at}.amount", most=there.most)
    if part.payment_id is not None:
        rails = {rail.payment_id: rail for rail in there.rails}
        most = rails[part.payment_id].most if part.payment_id in rails else ZERO
        if part.amount > most:
            raise NotHeld(field=f"{at}.amount", most=most)


def _target(offset: OffsetTo | None, at: str, file: AccountFile) -> AccountId:
    if offset is None:
        raise OffsetNotAsked(field=f"{at}.is_offset")
    return offset.account(file)


def _checked(payee: Payee | None, at: str) -> Payee:
    if payee is None:
        raise PayeeNeeded(field=f"{at}.payment_id")
    return payee.checked(at="grant.payee.")
