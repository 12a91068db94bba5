"""Return of money paid ahead: of which supplier account, by which rail, to whom.

Source: Civil Code art. 1102, 1109; law on consumer rights art. 31 (ten days). Money of one supplier is never
counted against another's debt without the customer's word (Civil Code art. 410).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from domain.accounts.ledger import Posting, Standing, movements
from domain.accounts.requisites import WrongBankAccount, WrongBic
from domain.cases.cases import Case
from domain.cases.effects import Effect
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
from domain.kernel.errors import Invalid
from domain.kernel.fields import Choice, told
from domain.kernel.ids import RefundId, SupplierAccountId, derived
from domain.kernel.money import ZERO, Money, total
from domain.payments.refund_postings import given_back, prepared
from domain.payments.refundable import Refundable, RefundPart, refundable, split
from domain.payments.refunds import BANK, CALLED_OFF, Payee, Refund, RefundOnItsWay, RefundState

RULE = "Civil Code, art. 1102"


class SumWrong(Objection):
    code = "refund-sum-wrong"
    text = "The sum to return must be above zero"
    remedy = "Give a sum above zero, or leave it out to get back all that can be returned"


class SupplierAccountUnknown(Objection):
    code = "refund-supplier-account-unknown"
    text = "This supplier account is not of your account"
    remedy = "Choose one of those that can be returned from"


class PayeeBicWrong(Objection):
    code = "refund-bic-wrong"
    text, remedy = WrongBic.text, WrongBic.remedy


class PayeeAccountWrong(Objection):
    code = "refund-account-wrong"
    text, remedy = WrongBankAccount.text, WrongBankAccount.remedy


class PayeeNeeded(Invalid):
    code = "refund-payee-needed"
    text = "The details of the bank are not known"
    remedy = "Ask the applicant for them, or return the money through the payment"


class NotHeld(GrantTooMuch):
    code = "refund-not-held"
    text = "The provider holds {most} of this payment for this supplier at most"
    remedy = "Return the rest through another payment or by the bank"


class Reason(Choice):
    OVERPAID = "overpaid", "I have paid too much"
    WRONG_ACCOUNT = "wrong-account", "I have paid to a wrong account"
    DOUBLE = "double", "I have paid twice"
    ACCOUNT_CLOSED = "account-closed", "The account is closed"
    COURT = "court", "By a decision of a court"


class RefundGrant(Grant, frozen=True, kw_only=True, tag="refund"):
    """`payee` replaces the details of the form, where the applicant has given others since."""

    always_by_two: ClassVar[bool] = True

    parts: Annotated[tuple[RefundPart, ...], Meta(min_length=1, max_length=50), told("What is returned")]
    payee: Annotated[
        Payee | None, told("Other bank details", "Where the applicant has given others since")
    ] = None

    @property
    def money(self) -> Money:
        return total(part.amount for part in self.parts)


class RefundOfMoney(Form, frozen=True, kw_only=True, tag="refund"):
    """`amount` None: all that can be returned; `supplier_account_id` None: of any supplier. `payee` is where
    money goes that cannot return the way it came."""

    title: ClassVar[str] = "Refund of money"
    explanation: ClassVar[str] = "Money you have paid ahead is returned the way you paid it, or to your bank"
    papers: ClassVar[tuple[Paper, ...]] = (
        Paper(code="proof", text="Proof of the payment", is_required=False),
        Paper(
            code="court",
            text="The decision of the court",
            is_required=False,
            when_lacking=Lacking.AWAITED,
        ),
    )
    grant: ClassVar[type[Grant]] = RefundGrant

    why: Annotated[Reason, told("Why the money is to be returned")] = Reason.OVERPAID
    supplier_account_id: Annotated[
        SupplierAccountId | None,
        told("Of which supplier", "Leave it out to get back from every one", widget="supplier-account"),
    ] = None
    amount: Annotated[Money | None, told("How much", "Leave it out to get back all that can be returned")] = (
        None
    )
    payee: Annotated[Payee | None, told("Bank details", "For what cannot return the way you paid it")] = None
    words: Annotated[str, Meta(max_length=4000), told("In your own words")] = ""

    def papers_needed(self) -> Sequence[Paper]:
        if self.why is Reason.COURT:
            return [replace(paper, is_required=paper.code == "court") for paper in self.papers]
        return [paper for paper in self.papers if paper.code == "proof"]

    def wish(self) -> FileWish:
        return FileWish(payments=True, refunds=True)

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        """That there is less than is asked is no objection: whoever asks is answered."""
        if self.amount is not None and self.amount <= ZERO:
            yield SumWrong(field="form.amount")
        known = {card.id for card in file.card.supplier_accounts}
        if self.supplier_account_id is not None and self.supplier_account_id not in known:
            yield SupplierAccountUnknown(field="form.supplier_account_id")
        if self.payee is not None:
            try:
                self.payee.checked()
            except WrongBic:
                yield PayeeBicWrong(field="form.payee.bic")
            except WrongBankAccount:
                yield PayeeAccountWrong(field="form.payee.account")

    def proposal(self, file: AccountFile) -> Proposal:
        each = self._refundable(file)
        parts = split(self.amount, each, by_bank=self.payee is not None)
        amount = total(part.amount for part in parts)
        return Proposal(
            amount=amount,
            words=tuple(_words(parts, file)),
            lines=tuple(_lines(each, parts, file)),
            assumed=tuple(self._assumed(amount, each, file)),
        )

    def _assumed(
        self, amount: Money, each: Sequence[Refundable], file: AccountFile
    ) -> Iterator[ProposalWords]:
        if owed := total(min(one.owed, one.overpayment) for one in each):
            yield ProposalWords(
                text="{amount} of what is paid ahead meets what the same supplier is owed",
                fields={"amount": str(owed)},
            )
        rest = total(one.most for one in each) - amount
        if self.payee is None and rest and (self.amount is None or amount < self.amount):
            yield ProposalWords(
                text="{amount} more can be returned to your bank: give its details",
                fields={"amount": str(rest)},
            )
        if self.payee is not None and not file.is_holder(self.payee.name):
            yield ProposalWords(
                text="The payee is not the holder of the account: money goes to the payer, heirs show papers"
            )

    def granted_lines(self, grant: Grant, file: AccountFile) -> Sequence[GrantedLine]:
        assert isinstance(grant, RefundGrant)
        return [
            GrantedLine(what=line.what, before=line.before, after=line.after)
            for line in _lines(self._refundable(file), grant.parts, file)
        ]

    def effects(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, RefundGrant)
        effects: list[Effect] = []
        for no, part in enumerate(grant.parts):
            payee = None if part.payment_id else _payee(grant.payee or self.payee, f"grant.parts[{no}]")
            refund = _refund(case, part, no, payee, file)
            posting = prepared(refund, file.today)
            effects += [posting, refund]
            # What this part takes is not there for the next one.
            file = replace(file, refunds=(*file.refunds, refund), standing=_after(file.standing, posting))
        return effects

    def annulment(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        """What waits is called off. What was paid out stays paid out: a later decision adds to it.
        RefundOnItsWay while nobody knows which."""
        assert isinstance(grant, RefundGrant)
        ids = {_id(case, no) for no in range(len(grant.parts))}
        effects: list[Effect] = []
        for refund in file.refunds:
            if refund.id in ids and refund.state is RefundState.SENT:
                raise RefundOnItsWay
            if refund.id in ids and refund.state is RefundState.PREPARED:
                off = refund.failed(CALLED_OFF, file.today)
                effects += [given_back(off), off]
        return effects

    def _refundable(self, file: AccountFile) -> list[Refundable]:
        chosen = [self.supplier_account_id] if self.supplier_account_id else None
        owners = chosen or [card.id for card in file.card.supplier_accounts]
        return refundable(
            *(file.standing, owners, file.payments, file.refunds, file.refund_terms, file.today, file.zone)
        )


def _id(case: Case, no: int) -> RefundId:
    """The same part of the same decision is always the same refund: it is made once."""
    assert case.decision
    return RefundId(derived(case.id, f"refund:{case.decision.no}:{no + 1}"))


def _payee(payee: Payee | None, at: str) -> Payee:
    if payee is None:
        raise PayeeNeeded(field=f"{at}.payment_id")
    return payee.checked(at="grant.payee.")


def _refund(case: Case, part: RefundPart, no: int, payee: Payee | None, file: AccountFile) -> Refund:
    """One part, checked against the account as it stands and all that is set aside or gone already."""
    assert case.decision
    at = f"grant.parts[{no}]"
    owner = part.supplier_account_id
    if owner not in {card.id for card in file.card.supplier_accounts}:
        raise SupplierAccountUnknown(field=f"{at}.supplier_account_id")
    terms, today = file.refund_terms, file.today
    [there] = refundable(file.standing, [owner], file.payments, file.refunds, terms, today, file.zone)
    if not ZERO < part.amount <= there.most:
        raise GrantTooMuch(field=f"{at}.amount", most=there.most)
    payment = None
    if part.payment_id is not None:
        rails = {rail.payment_id: rail for rail in there.rails}
        most = rails[part.payment_id].most if part.payment_id in rails else ZERO
        if part.amount > most:
            raise NotHeld(field=f"{at}.amount", most=most)
        payment = next(one for one in file.payments if one.id == part.payment_id)
    return Refund(
        id=_id(case, no),
        account_id=case.account_id,
        case_id=case.id,
        supplier_account_id=owner,
        amount=part.amount,
        rail=payment.provider if payment else BANK,
        payment_id=part.payment_id,
        provider_payment_id=payment.provider_payment_id if payment else None,
        payee=payee,
        prepared_by=case.decision.by.id,
        prepared_at=case.decision.at,
        next_check_at=case.decision.at if payment else None,
    )


def _after(standing: Standing, posting: Posting) -> Standing:
    moved = movements(posting.transfers)
    balances = {book: standing.balance(book) + moved.get(book, ZERO) for book in {*standing.balances, *moved}}
    return replace(standing, balances=balances)


def _words(parts: Sequence[RefundPart], file: AccountFile) -> Iterator[ProposalWords]:
    """By which rail how much goes."""
    if not parts:
        yield ProposalWords(text="There is nothing to return now: nothing is paid ahead of what is owed")
    for part in parts:
        payment = next((one for one in file.payments if one.id == part.payment_id), None)
        if payment is None or payment.paid_at is None:
            yield ProposalWords(text="{amount} goes to your bank", fields={"amount": str(part.amount)})
        else:
            yield ProposalWords(
                text="{amount} goes back the way it was paid on {day}",
                fields={"amount": str(part.amount), "day": file.day(payment.paid_at)},
            )


def _lines(
    each: Sequence[Refundable], parts: Sequence[RefundPart], file: AccountFile
) -> Iterator[ProposalLine]:
    """What is paid ahead to each supplier, before and after."""
    for one in each:
        taken = total(part.amount for part in parts if part.supplier_account_id == one.supplier_account_id)
        if taken:
            name = file.card.supplier_account(one.supplier_account_id).supplier_name
            yield ProposalLine(what=name, before=one.overpayment, after=one.overpayment - taken, rule=RULE)
