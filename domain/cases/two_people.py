"""Which decisions take two people: where money leaves, or is written off, above a limit."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from domain.cases.deciding import Verdict
from domain.cases.forms import Grant, GrantedLine, ProposalWords
from domain.kernel.access import Scope
from domain.kernel.ids import AccountId, CaseId
from domain.kernel.money import Money
from domain.kernel.terms import Term
from domain.people.four_eyes import Action


class DecisionTerms(Term, frozen=True, kw_only=True):
    """Up to `alone_up_to` one person decides; above it a second one agrees."""

    name: ClassVar[str] = "cases.decisions"

    alone_up_to: Money


class DecisionPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision would change: lines before and after, what money goes where in words, and how many
    postings, refunds and other works it would set in motion. `needs_two`: a second person must agree; one
    alone decides up to `alone_up_to`, and nothing where `always_by_two`. `sends_crew`: the applicant is asked
    to choose a time for a visit."""

    lines: tuple[GrantedLine, ...]
    money: tuple[ProposalWords, ...]
    effects_count: int
    sends_crew: bool
    needs_two: bool
    always_by_two: bool
    alone_up_to: Money


class DecideCase(Action, frozen=True, kw_only=True, tag="cases.decide"):
    """A decision that waits for a second person. `grant` is kept as it was sent; `seen_step` refuses it when
    the case has moved on meanwhile."""

    scope: ClassVar[Scope] = Scope.DECIDE

    account_id: AccountId
    case_id: CaseId
    seen_step: int
    number: str
    asked_by_name: str
    outcome: str
    answer: str
    rule: str
    answered_by: str
    inner_note: str
    grant: dict[str, Any]

    @classmethod
    def of(
        cls, account_id: AccountId, case_id: CaseId, seen_step: int, number: str, name: str, verdict: Verdict
    ) -> DecideCase:
        return cls(
            account_id=account_id,
            case_id=case_id,
            seen_step=seen_step,
            number=number,
            asked_by_name=name,
            outcome=verdict.outcome,
            answer=verdict.answer,
            rule=verdict.rule,
            answered_by=verdict.answered_by,
            inner_note=verdict.inner_note,
            grant=msgspec.to_builtins(verdict.grant),
        )


def needs_two(grant: Grant | None, terms: DecisionTerms) -> bool:
    """Kinds whose money leaves always take two; the others from the limit on."""
    if grant is None or grant.money is None:
        return False
    return grant.always_by_two or grant.money > terms.alone_up_to
