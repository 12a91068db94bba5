"""A demand for damages: a surge or an outage has harmed what the customer owns.

Source: Civil Code art. 15, 542, 547, 1095; law on consumer rights art. 14, 29, 31; decree 354 p. 150-157;
decree 442 p. 7, 30: to a citizen the supplier answers for the grid, and asks the grid company first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from domain.accounts.accounts import AccountKind
from domain.accounts.books import COMPENSATIONS, advance
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.accounts.requisites import WrongBankAccount, WrongBic
from domain.applications.acts_in_time import act_check
from domain.applications.damages_reckoned import delay_check, wear_check
from domain.cases.cases import Case
from domain.cases.effects import Effect
from domain.cases.file import AccountFile, FileWish
from domain.cases.forms import Check, Form, Grant, GrantTooMuch, Objection, Paper, Proposal, ProposalWords
from domain.cases.on_site import GRID_COMPANY
from domain.kernel.calendar import business_day, period_of
from domain.kernel.fields import Choice, told
from domain.kernel.ids import RefundId, SupplierAccountId, derived
from domain.kernel.money import ZERO, Money, total
from domain.payments.refund_postings import given_back, prepared
from domain.payments.refunds import BANK, CALLED_OFF, Payee, Refund, RefundOnItsWay, RefundState


class HappenedLater(Objection):
    code = "damages-not-yet"
    text = "The event lies in the future"
    remedy = "Correct the day and the hour"


class SumAskedWrong(Objection):
    code = "damages-sum-wrong"
    text = "What is asked for a thing must be above zero"
    remedy = "Give what its repair or replacement costs"


class NotOurSupply(Objection):
    code = "damages-not-our-supply"
    text = "We do not supply this service"
    remedy = "Choose the account of electricity, or write to the supplier of that service"


class BankWrong(Objection):
    code = "damages-bank-wrong"
    text = "The BIC and the number of the bank account do not fit each other"
    remedy = "Check both, digit by digit"


class CreditNotAgreed(GrantTooMuch):
    code = "damages-credit-not-agreed"
    text = "The applicant has not agreed to a credit on the account"
    remedy = "Pay it out, or ask the applicant whether a credit suits them"


class Event(Choice):
    OVERVOLTAGE = "overvoltage", "A surge of voltage"
    PHASE_LOSS = "phase-loss", "Loss of a phase or of the neutral wire"
    OUTAGE = "outage", "An outage"
    UNLAWFUL_CUT_OFF = "unlawful-cut-off", "An unlawful cut-off"
    OTHER = "other", "Another event"


class HarmedThing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`asked` is what its repair or replacement costs."""

    name: Annotated[str, Meta(min_length=2, max_length=200), told("What it is", "Kind, make and model")]
    serial: Annotated[str, Meta(max_length=100), told("Serial number")] = ""
    bought_year: Annotated[Annotated[int, Meta(ge=1950, le=2100)] | None, told("Year it was bought")] = None
    asked: Annotated[Money, told("What you ask for it", "What the repair or the replacement costs")]


class Way(Choice):
    PAYOUT = "payout", "By a payment order to the bank"
    """To the bank that was named: a refund of two people's hands. Without one, outside the books."""

    CREDIT = "credit", "As an advance on the account, with the applicant's consent"
    """As an advance on the supplier account; only with the applicant's consent."""


class DamagesGrant(Grant, frozen=True, kw_only=True, tag="damages"):
    amount: Annotated[Money, told("Sum of the damages")]
    way: Annotated[Way, told("How it is paid")] = Way.PAYOUT
    payee: Annotated[Payee | None, told("Where to", "When the applicant has named no bank")] = None

    @property
    def money(self) -> Money:
        return self.amount


class Damages(Form, frozen=True, kw_only=True, tag="damages"):
    title: ClassVar[str] = "Demand for damages"
    explanation: ClassVar[str] = "When a surge, an outage or a cut-off has harmed what you own"
    for_whom: ClassVar[frozenset[AccountKind]] = frozenset({AccountKind.UNIFIED})
    papers: ClassVar[tuple[Paper, ...]] = (
        Paper(code="act", text="The act on the damage, or the number of your call to the dispatcher"),
        Paper(code="conclusion", text="The conclusion of a service centre on the cause"),
        Paper(code="receipts", text="Receipts for the purchase or the repair"),
        Paper(code="photos", text="Photos of what was harmed", is_required=False),
    )
    grant: ClassVar[type[Grant]] = DamagesGrant

    supplier_account_id: Annotated[
        SupplierAccountId, told("The account of electricity", widget="own-supplier-account")
    ]
    event: Annotated[Event, told("What happened")]
    happened_at: Annotated[datetime, Meta(tz=True), told("When it happened")]
    words: Annotated[str, Meta(min_length=3, max_length=4000), told("How it happened")]
    things: Annotated[tuple[HarmedThing, ...], Meta(min_length=1, max_length=50), told("What was harmed")]
    dispatcher_number: Annotated[str, Meta(max_length=100), told("Number of your call to the dispatcher")] = (
        ""
    )
    called_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None, told("When you called the dispatcher")
    ] = None
    act_drawn_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        told("When the act on the damage was drawn up"),
    ] = None
    agrees_to_credit: Annotated[
        bool, told("A credit on the account suits me", "Otherwise the sum is paid to your bank")
    ] = False

    payee: Annotated[Payee | None, told("Your bank", "To be paid by a payment order")] = None

    @property
    def asked(self) -> Money:
        return total(thing.asked for thing in self.things)

    def wish(self) -> FileWish:
        """The bill of the month in which it happened is the price of the service."""
        happened = period_of(self.happened_at.date())
        return FileWish(refunds=True, charges=frozenset({happened}), working_days=True)

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        if self.supplier_account_id not in file.own:
            yield NotOurSupply(field="form.supplier_account_id")
        if business_day(self.happened_at, file.zone) > file.today:
            yield HappenedLater(field="form.happened_at")
        for no, thing in enumerate(self.things):
            if thing.asked <= ZERO:
                yield SumAskedWrong(field=f"form.things[{no}].asked")
        if self.payee is not None:
            yield from _wrong_bank(self.payee)

    def sent_on_to(self, file: AccountFile) -> str | None:
        """The grid company keeps the journal of outages: it looks first, by its own clock."""
        return GRID_COMPANY

    def proposal(self, file: AccountFile) -> Proposal:
        return Proposal(
            amount=None,
            words=(ProposalWords(text="You ask for {amount} in all", fields={"amount": str(self.asked)}),),
            assumed=(ProposalWords(text="The grid company checks its journal of outages for that hour"),),
            whole=DamagesGrant(amount=self.asked, way=Way.CREDIT if self.agrees_to_credit else Way.PAYOUT),
            checks=tuple(self._checks(file)),
        )

    def _checks(self, file: AccountFile) -> Iterator[Check]:
        rules, happened_on = file.rules.damages, business_day(self.happened_at, file.zone)
        yield act_check("The act on the damage", self.called_at, self.act_drawn_at, rules.act_hours)
        for thing in self.things:
            if thing.bought_year is not None:
                yield wear_check(thing.name, thing.asked, thing.bought_year, happened_on, rules)
        yield delay_check(file.received_on or file.today, self.supplier_account_id, file)

    def effects(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, DamagesGrant) and case.decision
        if not ZERO < grant.amount <= self.asked:
            raise GrantTooMuch(field="grant.amount", most=self.asked)
        if grant.way is Way.PAYOUT:
            return self._payout(case, grant, file)
        if not self.agrees_to_credit:
            raise CreditNotAgreed(field="grant.way", most=ZERO)
        return [self._credit(case, grant, file, takes_back=False)]

    def _payout(self, case: Case, grant: DamagesGrant, file: AccountFile) -> Sequence[Effect]:
        """Put on the account and set aside for the bank at once: it meets no charge on its way."""
        payee = grant.payee or self.payee
        if payee is None:
            return ()
        assert case.decision
        refund = Refund(
            id=_refund_id(case),
            account_id=case.account_id,
            case_id=case.id,
            supplier_account_id=self.supplier_account_id,
            amount=grant.amount,
            rail=BANK,
            payment_id=None,
            provider_payment_id=None,
            payee=payee.checked(at="grant.payee."),
            prepared_by=case.decision.by.id,
            prepared_at=case.decision.at,
            next_check_at=None,
        )
        return [
            self._credit(case, grant, file, takes_back=False),
            prepared(refund, file.today),
            refund,
        ]

    def annulment(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, DamagesGrant)
        if grant.way is Way.CREDIT:
            return [self._credit(case, grant, file, takes_back=True)]
        kept = next((one for one in file.refunds if one.id == _refund_id(case)), None)
        if kept is None or kept.state is RefundState.CONFIRMED:
            return ()  # outside the books, or paid out: a later decision adds to it
        if kept.state is RefundState.SENT:
            raise RefundOnItsWay
        back = self._credit(case, grant, file, takes_back=True)
        if kept.state is not RefundState.PREPARED:
            return [back]
        off = kept.failed(CALLED_OFF, file.today)
        return [given_back(off), off, back]

    def _credit(self, case: Case, grant: DamagesGrant, file: AccountFile, *, takes_back: bool) -> Posting:
        assert case.decision
        source, ahead = COMPENSATIONS, advance(self.supplier_account_id)
        debit, credit = (ahead, source) if takes_back else (source, ahead)
        version = 2 * case.decision.no - (0 if takes_back else 1)
        return Posting(
            account_id=case.account_id,
            cause=Cause(kind=CauseKind.COMPENSATION, id=case.id, version=version),
            value_date=file.today,
            transfers=(Transfer(debit=debit, credit=credit, amount=grant.amount),),
        )


def _refund_id(case: Case) -> RefundId:
    """One of each decision, so that it is made once."""
    assert case.decision
    return RefundId(derived(case.id, f"damages:{case.decision.no}"))


def _wrong_bank(payee: Payee) -> Iterator[Objection]:
    try:
        payee.checked()
    except (WrongBic, WrongBankAccount) as wrong:
        yield BankWrong(field=f"form.payee.{wrong.field}")
