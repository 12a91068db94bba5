"""The answer on paper that goes along with the letter that tells of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.store import Transactions
from domain.cases.moves import CaseNotAnswered
from domain.cases.steps import StepVerb
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.letters import Attachment
from domain.notices.kinds.case_step import CaseStep
from domain.notices.notices import Notice
from services.cases.answering import CaseAnswers

MOST_BYTES = 300_000
"""A larger one is left in the cabinet."""


@dataclass(frozen=True, slots=True)
class AnswerPapers:
    transaction: Transactions
    answers: CaseAnswers
    now: Callable[[], datetime]

    async def enclosed(self, notice: Notice) -> tuple[Attachment, ...]:
        """Nothing unless an answer was given that still stands."""
        words = notice.words
        if not isinstance(words, CaseStep) or words.verb != StepVerb.DECIDE:
            return ()
        async with self.transaction() as store:
            found = await store.cases.of_number(words.case_number)
        if found is None:
            return ()
        account_id, case_id = found
        access = Access(actor=OURSELVES, account_id=account_id, scope=Scope.SEE, at=self.now())
        try:
            case, pdf = await self.answers.letter(access, case_id)
        except CaseNotAnswered:
            return ()
        if len(pdf) > MOST_BYTES:
            return ()
        return (Attachment(name=f"Ответ {case.number}.pdf", media_type="application/pdf", content=pdf),)
