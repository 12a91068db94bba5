"""What a decision sets in motion. The engine performs these and knows no kind."""

from datetime import date, datetime

import msgspec

from domain.accounts.charges import Charge
from domain.accounts.ledger import Cause, Posting
from domain.accounts.penalties.slices import KeptRelief, Relief
from domain.kernel.ids import AccountId, CaseId, ChargeId, derived
from domain.kernel.jobs import AccountJob
from domain.payments.refunds import Refund


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """Charges of the current period that put right what earlier ones said wrongly.

    Closed periods are not rewritten. Each charge has an id of its own (`correction_id`), sums of its own,
    below zero where the customer is to pay less, and the number of the case for its bill. They are posted
    as billing's charges are: what is freed meets that supplier's open lines, the rest is its advance.
    """

    charges: tuple[Charge, ...]
    value_date: date


class PenaltyReliefs(msgspec.Struct, frozen=True, kw_only=True):
    """From what parts of charges, on which days, no penalty is due: penalties are then reckoned anew."""

    reliefs: tuple[KeptRelief, ...]


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """A job for a moment to come. `key` is the same however often the same decision promises it."""

    job: AccountJob
    run_at: datetime
    key: str


class AwaitPapers(AccountJob, frozen=True, kw_only=True, tag="cases.await-papers"):
    """Something was granted ahead of its papers. On the day `wanted_from` the applicant is asked for them; if
    they are not there `days` after it, what was granted is taken back by the rule `rule`."""

    case_id: CaseId
    decision_no: int
    wanted_from: date
    days: int
    rule: str


Effect = Correction | Posting | AccountJob | Refund | PenaltyReliefs | Later
"""A `Refund` is kept as it is from now on: a prepared one is new and is followed to its end, a failed one is
called off. The posting that goes with it is an effect of its own, before it."""


def relieved(
    account_id: AccountId, charge_id: ChargeId, relief: Relief, *, cause: Cause, no: int = 1
) -> KeptRelief:
    """The same relief of the same decision is always the same: it is kept once. A decision's reliefs are
    numbered by `no`; what takes them back has the same case and a `cause` of its own."""
    relief_id = derived(cause.posting_id, f"relief:{charge_id}:{no}")
    return KeptRelief(
        id=relief_id, account_id=account_id, charge_id=charge_id, relief=relief, cause_id=cause.id
    )


def correction_id(case_id: CaseId, decision: int, no: int) -> ChargeId:
    """The same correction of the same decision is always the same charge: it is posted once."""
    return ChargeId(derived(case_id, f"correction:{decision}:{no}"))


class EffectDone(AccountJob, frozen=True, kw_only=True, tag="cases.effect-done"):
    """For whoever carries out what a decision promised (a refund, a visit): tell the case of its end.

    `key` is the same however often this is said. `is_last`: with it all is done that the decision promised,
    and the case is executed; a failure is told with `is_last` false.
    """

    case_id: CaseId
    key: str
    public_note: str
    is_last: bool


class Performed(msgspec.Struct, frozen=True, kw_only=True):
    """An effect as it is kept with its case, for people and for the audit.

    `no` counts from 1 within the decision, on through what took it back (`is_annulment`); decision 0 are
    the effects of filing. `kind` is "posting", "charge", "refund" or the job's tag; `reference` is the
    posting's id, the charge's id, the refund's id or the job's own subject.
    """

    case_id: CaseId
    decision: int
    no: int
    kind: str
    reference: str
    is_annulment: bool = False
