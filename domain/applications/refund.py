"""Return of money paid ahead: of which supplier account, by which rail, to whom.

Source: Civil Code art. 1102, 1109; law on consumer rights art. 31 (ten days). Money of one supplier is never
counted against another's debt without the customer's word (Civil Code art. 410); with it, it may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from domain.accounts.requisites import WrongBankAccount, WrongBic
from domain.applications.refund_checks import checks
from domain.applications.refund_parts import (
    OffsetTo,
    SupplierAccountUnknown,
    after,
    offset_parts,
    owed_to,
    owners_of,
    refund_id,
    refund_of,
    refundable_of,
)
from domain.cases.cases import Case
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
from domain.cases.states import ANSWERED
from domain.kernel.errors import Conflict
from domain.kernel.fields import Choice, told
from domain.kernel.ids import SupplierAccountId
from domain.kernel.money import ZERO, Money, total
from domain.payments.refund_postings import given_back, prepared
from domain.payments.refundable import Refundable, RefundPart, split
from domain.payments.refunds import CALLED_OFF, Payee, RefundOnItsWay, RefundState

RULE, OFFSET_RULE = "Civil Code, art. 1102", "Civil Code, art. 410"


class SumWrong(Objection):
    code = "refund-sum-wrong"
    text = "The sum to return must be above zero"
    remedy = "Give a sum above zero, or leave it out to get back all that can be returned"


class PayeeBicWrong(Objection):
    code = "refund-bic-wrong"
    text, remedy = WrongBic.text, WrongBic.remedy


class PayeeAccountWrong(Objection):
    code = "refund-account-wrong"
    text, remedy = WrongBankAccount.text, WrongBankAccount.remedy


class Reason(Choice):
    OVERPAID = "overpaid", "I have paid too much"
    WRONG_ACCOUNT = "wrong-account", "I have paid to a wrong account"
    DOUBLE = "double", "I have paid twice"
    ACCOUNT_CLOSED = "account-closed", "The account is closed"
    COURT = "court", "By a decision of a court"


class BankruptcyOpen(Conflict):
    code = "refund-bankruptcy-open"
    text = "An application to write debts off after bankruptcy is open on this account"
    remedy = "Decide that one first: the money may belong to the creditors"


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
    offset: Annotated[
        OffsetTo | None,
        told(
            "Or count it towards another debt",
            "Instead of a return: by your statement (Civil Code, art. 410)",
        ),
    ] = None
    words: Annotated[str, Meta(max_length=4000), told("In your own words")] = ""

    def papers_needed(self) -> Sequence[Paper]:
        if self.why is Reason.COURT:
            return [replace(paper, is_required=paper.code == "court") for paper in self.papers]
        return [paper for paper in self.papers if paper.code == "proof"]

    def wish(self) -> FileWish:
        number = self.offset.account_number if self.offset else None
        return FileWish(payments=True, refunds=True, bankruptcy=True, account_number=number)

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        """That there is less than is asked is no objection: whoever asks is answered."""
        if self.amount is not None and self.amount <= ZERO:
            yield SumWrong(field="form.amount")
        if self.supplier_account_id not in {None, *owners_of(file)}:
            yield SupplierAccountUnknown(field="form.supplier_account_id")
        if self.offset is not None:
            yield from self.offset.objections(self.supplier_account_id, file)
        if self.payee is not None:
            try:
                self.payee.checked()
            except WrongBic:
                yield PayeeBicWrong(field="form.payee.bic")
            except WrongBankAccount:
                yield PayeeAccountWrong(field="form.payee.account")

    def proposal(self, file: AccountFile) -> Proposal:
        each = self._refundable(file)
        if self.offset is not None:
            parts = offset_parts(self.amount or self.offset.wanted(file), each)
        else:
            parts = split(self.amount, each, by_bank=self.payee is not None)
        amount = total(part.amount for part in parts)
        return Proposal(
            amount=amount,
            words=tuple(self._words(parts, file)),
            lines=tuple(_lines(each, parts, file)),
            assumed=tuple(self._assumed(amount, each, file)),
            whole=RefundGrant(parts=tuple(parts)) if parts else None,
            checks=tuple(checks(parts, self.payee, self.offset, file)),
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
        if (
            self.offset is None
            and self.payee is None
            and rest
            and (self.amount is None or amount < self.amount)
        ):
            yield ProposalWords(
                text="{amount} more can be returned to your bank: give its details",
                fields={"amount": str(rest)},
            )
        owed = total(owed_to(owner, file) for owner in owners_of(file))
        if self.offset is None and amount and owed:
            yield ProposalWords(
                text="{amount} is owed to suppliers of this account. What is paid ahead may be counted "
                "towards it, if you say so in the application (Civil Code, art. 410)",
                fields={"amount": str(owed)},
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
        if any(state not in ANSWERED for state in file.write_offs):
            raise BankruptcyOpen
        for no, part in enumerate(grant.parts):
            payee = grant.payee or self.payee
            refund = refund_of(case, part, no, payee=payee, offset=self.offset, file=file)
            posting = prepared(refund, file.today)
            effects += [posting, refund]
            file = replace(file, refunds=(*file.refunds, refund), standing=after(file.standing, posting))
        return effects

    def annulment(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        """What waits is called off. What was paid out stays paid out: a later decision adds to it.
        RefundOnItsWay while nobody knows which."""
        assert isinstance(grant, RefundGrant)
        ids = {refund_id(case, no) for no in range(len(grant.parts))}
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
        to = self.offset.supplier_account_id if self.offset else None
        every = [card.id for card in file.card.supplier_accounts if card.id != to]
        return refundable_of(file, chosen or every)

    def _words(self, parts: Sequence[RefundPart], file: AccountFile) -> Iterator[ProposalWords]:
        """Which way how much goes."""
        if not parts:
            yield ProposalWords(text="There is nothing to return now: nothing is paid ahead of what is owed")
        for part in parts:
            amount = str(part.amount)
            payment = next((one for one in file.payments if one.id == part.payment_id), None)
            if part.is_offset and self.offset:
                yield _offset_words(amount, self.offset, file)
            elif payment is None or payment.paid_at is None:
                yield ProposalWords(text="{amount} goes to your bank", fields={"amount": amount})
            else:
                yield ProposalWords(
                    text="{amount} goes back the way it was paid on {day}",
                    fields={"amount": amount, "day": file.day(payment.paid_at)},
                )


def _offset_words(amount: str, offset: OffsetTo, file: AccountFile) -> ProposalWords:
    if offset.supplier_account_id is None:
        return ProposalWords(
            text="{amount} is counted to account {number}",
            fields={"amount": amount, "number": offset.account_number or ""},
        )
    name = file.card.supplier_account(offset.supplier_account_id).supplier_name
    return ProposalWords(
        text="{amount} is counted towards what {supplier} is owed",
        fields={"amount": amount, "supplier": name},
    )


def _lines(
    each: Sequence[Refundable], parts: Sequence[RefundPart], file: AccountFile
) -> Iterator[ProposalLine]:
    """What is paid ahead to each supplier, before and after."""
    for one in each:
        taken = total(part.amount for part in parts if part.supplier_account_id == one.supplier_account_id)
        if taken:
            name = file.card.supplier_account(one.supplier_account_id).supplier_name
            rule = OFFSET_RULE if any(part.is_offset for part in parts) else RULE
            yield ProposalLine(what=name, before=one.overpayment, after=one.overpayment - taken, rule=rule)
