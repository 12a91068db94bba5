"""The answer to a case, and what it may carry."""

from __future__ import annotations

import msgspec

from domain.cases.cases import Case, Channel, Decision
from domain.cases.forms import Grant, GrantMismatch
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.kernel.access import Access
from domain.kernel.errors import Invalid

_GRANTING = frozenset({CaseState.SATISFIED, CaseState.PARTLY_SATISFIED})


class GrantMissing(Invalid):
    code = "case-grant-missing"
    text = "Say what is granted"
    remedy = "Fill in the decision that GET /api/v1/case-kinds names for this kind"


class GrantNotWanted(Invalid):
    code = "case-grant-not-wanted"
    text = "Where nothing is satisfied, nothing is granted"
    remedy = "Leave out what is granted, or choose another outcome"


class AnswerTooShort(Invalid):
    code = "case-answer-too-short"
    text = "An answer says what was found and why: {least} characters at least"
    remedy = "Write to the applicant what you have looked at and what follows from it"


class RuleMissing(Invalid):
    code = "case-rule-missing"
    text = "An answer names the rule it stands on"
    remedy = "Name the law, the decree or the contract with its paragraph"


ANSWER_LEAST = 10
RULE_LEAST = 3


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever decides fills in. `outcome` is one of states.DECIDED; `rule` the law or rule applied."""

    outcome: CaseState
    answer: str
    rule: str = ""
    grant: Grant | None = None
    answered_by: Channel = Channel.CABINET
    inner_note: str = ""

    def checked(self, case: Case) -> Verdict:
        """GrantMissing, GrantNotWanted, GrantMismatch; AnswerTooShort, RuleMissing."""
        if len(self.answer.strip()) < ANSWER_LEAST:
            raise AnswerTooShort(field="answer", least=ANSWER_LEAST)
        if len(self.rule.strip()) < RULE_LEAST:
            raise RuleMissing(field="rule")
        if self.outcome not in _GRANTING:
            if self.grant is not None:
                raise GrantNotWanted(field="grant")
        elif self.grant is None:
            raise GrantMissing(field="grant")
        elif type(self.grant) is not case.form.grant:
            raise GrantMismatch(field="grant")
        return self

    def is_same_as(self, kept: Decision | None, by: StepBy) -> bool:
        """Whether that decision is this very one, asked for again."""
        return kept is not None and (self.outcome, self.answer, self.rule, self.grant, by.id) == (
            kept.outcome,
            kept.answer,
            kept.rule,
            kept.grant,
            kept.by.id,
        )

    def upholds(self, kept: Decision | None) -> bool:
        """Whether what was granted before stands unchanged: after an appeal that was not granted."""
        return kept is not None and self.grant is not None and self.grant == kept.grant

    def decision(self, case: Case, access: Access) -> Decision:
        """As it is kept. One that upholds another goes by that one's number: its effects are those."""
        kept = case.decision
        return Decision(
            no=kept.no if kept and self.upholds(kept) else case.decisions_count + 1,
            outcome=self.outcome,
            answer=self.answer,
            rule=self.rule,
            grant=self.grant,
            at=access.at,
            by=StepBy.of(access.actor),
            answered_by=self.answered_by,
            lines=kept.lines if kept and self.upholds(kept) else (),
        )
