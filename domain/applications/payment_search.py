"""Search for a payment: answered the moment it is asked, by what is known of payments.

Source: law 161-FZ art. 8 (a bank answers its customer within 30 days); Civil Code art. 312, 316 (paid is what
the right payee has got, on the day it was given). Found elsewhere: nobody is told whose account it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from domain.cases.cases import Case
from domain.cases.effects import Effect
from domain.cases.file import AccountFile, FileWish
from domain.cases.forms import AtOnce, Form, Grant, GrantTooMuch, Objection, Paper, Proposal, ProposalWords
from domain.kernel.errors import Conflict, Invalid
from domain.kernel.fields import Choice, told
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import ZERO, Money
from domain.payments.moving import MovePayment
from domain.payments.traces import Found, TraceQuestion, TraceSource, searched

BANKS_TAKE = timedelta(days=3)
EVIDENCE_LEAST = 5
"""Characters: enough for "№ 1 от …"."""


class SearchSumWrong(Objection):
    code = "search-sum-wrong"
    text = "The sum of a payment is above zero"
    remedy = "Give the sum as it stands on the receipt"


class SearchDayWrong(Objection):
    code = "search-day-wrong"
    text = "The day of the payment lies in the future"
    remedy = "Give the day as it stands on the receipt"


class MovedAlready(Conflict):
    code = "search-money-moved"
    text = "The money was moved to this account by the decision: that is not taken back"
    remedy = "If it was moved by mistake, file a search for this payment on the account it belongs to"


class EvidenceNeeded(Invalid):
    code = "search-evidence-needed"
    text = "Money leaves another account only with its holder's consent, or where a mistyped number is proven"
    remedy = "Say which of the two, and what shows it: the number and day of the letter or the receipt"


class MovedBecause(Choice):
    CONSENT = "holder-consents", "The holder of that account consents"
    TYPO = "number-mistyped", "It is proven that the number was mistyped"


class PaidBy(Choice):
    SITE = "site", "On the site"
    APP = "app", "In the mobile app"
    BANK = "bank", "At a bank"
    POST = "post", "At a post office"
    TERMINAL = "terminal", "At a payment terminal"
    OFFICE = "office", "At an office"


class SearchGrant(Grant, frozen=True, kw_only=True, tag="payment-search"):
    """The payment that was found. With `from_account_id` it was another account's by a slip of the payer, and
    `amount`, all of it, moves here with the day it was paid. Why it may be taken from there is kept with the
    decision; the applicant reads none of it."""

    payment_id: Annotated[PaymentId, told("The payment that was found", widget="payment")]
    from_account_id: Annotated[
        AccountId | None,
        told("From which account it is moved", "If it went there by a slip", widget="account"),
    ] = None
    amount: Annotated[Money | None, told("Sum to be moved", "The whole payment")] = None
    moved_because: Annotated[
        MovedBecause | None, told("Why it may be moved", "Of money whose account is not known, leave it out")
    ] = None
    evidence: Annotated[
        str,
        Meta(max_length=1000),
        told(
            "What shows it", "Number and day of the holder's letter, or of the receipt with the number typed"
        ),
    ] = ""

    def for_applicant(self) -> SearchGrant:
        """Whose account it was is never said."""
        return replace(self, from_account_id=None, moved_because=None, evidence="")

    @property
    def money(self) -> Money | None:
        return self.amount if self.from_account_id else None


class PaymentSearch(Form, frozen=True, kw_only=True, tag="payment-search"):
    """`operation_id` as the receipt has it; `payer_digits` the last four of the card; `account_typed` the
    number as it was typed, if not ours."""

    title: ClassVar[str] = "Search for a payment"
    explanation: ClassVar[str] = "When money you have paid does not show: give its day and sum"
    papers: ClassVar[tuple[Paper, ...]] = (
        Paper(code="receipt", text="The receipt, or the bank's confirmation", is_required=False),
    )
    grant: ClassVar[type[Grant]] = SearchGrant

    paid_on: Annotated[date, told("Day of the payment", "As the receipt has it")]
    amount: Annotated[Money, told("Sum of the payment")]
    paid_by: Annotated[PaidBy, told("Where you paid")] = PaidBy.SITE
    operation_id: Annotated[
        Annotated[str, Meta(min_length=6, max_length=64)] | None,
        told("Number of the operation", "From the receipt: of the SBP, the bank or the terminal (RRN)"),
    ] = None
    payer_digits: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9]{4}$")] | None, told("Last four digits of the card")
    ] = None
    account_typed: Annotated[
        Annotated[str, Meta(min_length=3, max_length=30)] | None,
        told("Account number as you typed it", "If you may have mistyped it"),
    ] = None
    payer_name: Annotated[str, Meta(max_length=200), told("Name of the payer")] = ""
    words: Annotated[str, Meta(max_length=4000), told("In your own words")] = ""

    @property
    def question(self) -> TraceQuestion:
        return TraceQuestion(
            paid_on=self.paid_on,
            amount=self.amount,
            operation_id=self.operation_id.strip() if self.operation_id else None,
            payer_digits=self.payer_digits,
            account_typed=self.account_typed.strip() if self.account_typed else None,
        )

    def wish(self) -> FileWish:
        return FileWish(traces=self.question)

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        if self.amount <= ZERO:
            yield SearchSumWrong(field="form.amount")
        if self.paid_on > file.today:
            yield SearchDayWrong(field="form.paid_on")

    def proposal(self, file: AccountFile) -> Proposal:
        return Proposal(amount=None, words=self.at_once(file).words)

    def at_once(self, file: AccountFile) -> AtOnce:
        """Only what nobody has heard of is left to people."""
        result = searched(self.question, file.card.account, file.traces, file.zone)
        sum_ = {"amount": str(self.amount)}
        trace = result.trace
        match result.found:
            case Found.HERE if trace and trace.payment_id:
                day = {"day": file.day(trace.at)}
                text = "The payment of {amount} is here: it is counted from {day}."
                return AtOnce(
                    words=(ProposalWords(text=text, fields=sum_ | day), _SEE_STATEMENT),
                    grant=SearchGrant(payment_id=trace.payment_id),
                    rule="Civil Code, art. 316",
                )
            case Found.ELSEWHERE if trace and trace.source is TraceSource.UNIDENTIFIED:
                text = "A payment of {amount} was found among money whose account is not known."
                return AtOnce(words=(ProposalWords(text=text, fields=sum_), _PROVE_YOURS), is_question=True)
            case Found.ELSEWHERE:
                text = "A payment of {amount} was found, on another account."
                return AtOnce(words=(ProposalWords(text=text, fields=sum_), _PROVE_SLIP), is_question=True)
            case Found.UNPAID:
                text = "The payment of {amount} was begun here, but its money has not come."
                return AtOnce(words=(ProposalWords(text=text, fields=sum_), _ASK_BANK))
        text = "The payment of {amount} has not been received yet."
        is_fresh = file.today - self.paid_on <= BANKS_TAKE
        return AtOnce(
            words=(ProposalWords(text=text, fields=sum_), _WAIT if is_fresh else _ASK_BANK, _WE_LOOK)
        )

    def effects(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, SearchGrant)
        if grant.from_account_id is None:
            return ()
        if grant.amount != self.amount or grant.from_account_id == case.account_id:
            raise GrantTooMuch(field="grant.amount", most=self.amount)
        is_proven = grant.moved_because is not None and len(grant.evidence.strip()) >= EVIDENCE_LEAST
        if not is_proven and not _is_nobodys(grant.from_account_id, file):
            raise EvidenceNeeded(field="grant.evidence")
        return [
            MovePayment(
                payment_id=grant.payment_id,
                account_id=case.account_id,
                from_account_id=grant.from_account_id,
                case_id=case.id,
                amount=grant.amount,
            )
        ]

    def annulment(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, SearchGrant)
        if grant.from_account_id is not None:
            raise MovedAlready
        return ()


def _is_nobodys(account_id: AccountId, file: AccountFile) -> bool:
    """Whether it stands among money whose account is not known: there is no holder to ask."""
    return any(
        trace.source is TraceSource.UNIDENTIFIED and trace.account_id == account_id for trace in file.traces
    )


_SEE_STATEMENT = ProposalWords(text="The statement of the account shows where it went.")
_PROVE_SLIP = ProposalWords(
    text="If the number was mistyped, answer here and attach the receipt: the money is then moved to you, "
    "counted from the day it was paid."
)
_PROVE_YOURS = ProposalWords(
    text="Answer here and attach the receipt: the money is then brought to you, counted from the day it was "
    "paid."
)
_ASK_BANK = ProposalWords(
    text="Ask your bank what became of it: it answers within 30 days, and money it has not passed on it "
    "returns to you."
)
_WAIT = ProposalWords(text="A bank may take up to three working days.")
_WE_LOOK = ProposalWords(text="We have begun to look for it as well.")
