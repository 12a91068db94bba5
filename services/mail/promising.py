"""Promising an answer: of each kind once, and never so many to one address that it goes round in circles."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from domain.kernel.calendar import business_day
from domain.kernel.letters import message_id
from domain.mail.answers import Answer, AnswerKind, AnswerLetter, AnswerState, answer_key
from domain.mail.letters_in import LetterIn, MailTerms
from domain.store import Store

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Promises:
    """`mail_domain` is that of the address answers come from."""

    mail_domain: str
    zone: tzinfo

    async def answer(
        self, store: Store, letter: LetterIn, kind: AnswerKind, recipient: str, at: datetime
    ) -> None:
        """Nothing where that answer was promised before."""
        terms = await store.terms.at(MailTerms, business_day(at, self.zone))
        may = await self._may_be_sent(store, terms, kind, recipient, at)
        answer = Answer(
            letter_id=letter.id,
            kind=kind,
            recipient=recipient,
            message_id=message_id(answer_key(letter.id, kind), self.mail_domain),
            state=AnswerState.DUE if may else AnswerState.WITHHELD,
            promised_at=at,
            ended_at=None if may else at,
        )
        if await store.letter_answers.promise(answer) and may:
            job = AnswerLetter(letter_id=letter.id, answer=kind)
            await store.jobs.add(job, run_at=at, key=f"mail.answer {letter.id} {kind}")

    async def _may_be_sent(
        self, store: Store, terms: MailTerms, kind: AnswerKind, recipient: str, at: datetime
    ) -> bool:
        """Counted whether it is sent or not: whoever goes on writing goes on waiting."""
        hour = await _counted(store, recipient, at, _HOUR)
        day = await _counted(store, recipient, at, _DAY)
        if kind is AnswerKind.QUARANTINE:
            return day <= terms.replies_a_day_to_strangers
        return hour <= terms.replies_an_hour and day <= terms.replies_a_day


async def _counted(store: Store, recipient: str, at: datetime, window: timedelta) -> int:
    seconds = round(window.total_seconds())
    began = datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)
    return await store.letter_answers.count_reply(recipient, began, seconds)
