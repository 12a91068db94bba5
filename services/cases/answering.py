"""The answer to a case as a letter on paper."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from domain.cases.answer_letter import AnswerLetter, AnswerLine, Letterhead
from domain.cases.cases import Case, Decision
from domain.cases.forms import GrantedLine
from domain.cases.moves import CaseNotAnswered, granted_words
from domain.cases.states import CaseState
from domain.kernel.access import Access, ActorKind
from domain.kernel.calendar import business_day
from domain.kernel.documents import Documents
from domain.kernel.ids import CaseId
from domain.store import Transaction

_BY_STAFF = "The executor"
_BY_MACHINE = "The answer was made without a person"


@dataclass(frozen=True, slots=True)
class CaseAnswers:
    """`translate` and `state_words` give the words of the letter's language."""

    transaction: Transaction
    documents: Documents
    translate: Callable[[str], str]
    state_words: Callable[[CaseState], str]
    zone: tzinfo

    async def letter(self, access: Access, case_id: CaseId) -> tuple[Case, bytes]:
        """The case and its answer as PDF. CaseNotFound; CaseNotAnswered, also after it was reopened."""
        async with self.transaction() as store:
            view = await store.cases.view(access, case_id)
            case = view.case
            decision = case.decision
            if decision is None:
                raise CaseNotAnswered
            account = (await store.accounts.card(access)).account
            head = await store.terms.at(Letterhead, business_day(decision.at, self.zone))
        money = decision.grant.money if decision.grant else None
        granted = granted_words(decision, view.steps)
        letter = AnswerLetter(
            company_name=head.company,
            company_contacts=head.contacts,
            applicant=account.holder_name,
            address=account.address,
            account_number=account.number,
            case_number=case.number,
            title=self.translate(case.form.title),
            received_on=self._day(case.received_at),
            answered_on=self._day(decision.at),
            outcome=self.state_words(decision.outcome),
            amount=str(money) if money else None,
            answer=f"{decision.answer}\n\n{granted}" if granted else decision.answer,
            lines=tuple(
                AnswerLine(what=self._what(line), before=str(line.before), after=str(line.after))
                for line in decision.lines
            ),
            rule=decision.rule,
            signed_by=head.company if _is_machine(decision) else decision.by.name,
            signed_post=self.translate(_BY_MACHINE if _is_machine(decision) else _BY_STAFF),
            appeal_words=head.appeal_words,
        )
        return case, await self.documents.pdf(letter)

    def _what(self, line: GrantedLine) -> str:
        return self.translate("Penalty: {line}").format(line=line.what) if line.is_penalty else line.what

    def _day(self, at: datetime) -> str:
        return f"{business_day(at, self.zone):%d.%m.%Y}"


def _is_machine(decision: Decision) -> bool:
    return decision.by.kind is ActorKind.SYSTEM
