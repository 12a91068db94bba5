"""Answering letters: settled when their workbooks are judged, sent by one run at a time, and after any doubt
once more under the same Message-ID."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from domain.kernel.access import Access, Scope
from domain.kernel.jobs import NotYet
from domain.kernel.letters import Attachment, Letter, LetterRefused, Mail
from domain.mail.answers import CLAIM, Answer, AnswerKind, AnswerLetter, AnswerState, SettleLetter, answer_key
from domain.mail.desk import ReadingDesk
from domain.mail.letters_in import LetterFile, LetterId, LetterIn, LetterState, Reason
from domain.mail.writing import REPLY_NAME, TEMPLATE_NAME, Judged, written
from domain.readings.files import AnswerReadingFile, ReadingFileGone, ReadingFileState
from domain.readings.replies import Translate
from domain.store import Store, Transaction
from services.mail.promising import Promises
from services.mail.reading import MOST_ACCOUNTS, sender_actor

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_LOOK = timedelta(minutes=10)
_LISTED = (AnswerKind.VERDICTS, AnswerKind.UNUSABLE)
_WITH_TEMPLATE = (AnswerKind.INSTRUCTIONS, AnswerKind.UNUSABLE)
_HEADERS: Mapping[str, str] = MappingProxyType(
    {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
)


@dataclass(frozen=True, slots=True)
class LetterAnswering:
    """`languages` are ours, the readers' first. `address` is who answers come from and bounces go to."""

    transaction: Transaction
    desk: ReadingDesk
    mail: Mail
    promises: Promises
    languages: Sequence[Translate]
    address: str
    url: str
    limit_mb: int
    now: Callable[[], datetime]

    async def file_judged(self, job: AnswerReadingFile) -> None:
        """A file of readings has its verdicts: letters that brought it may be settled."""
        async with self.transaction() as store:
            letters = await store.letters_in.with_file(job.account_id, job.file_id)
            for letter_id in letters:
                settle = SettleLetter(letter_id=letter_id)
                await store.jobs.add(settle, run_at=self.now(), key=f"mail.settle {letter_id}")

    async def settle(self, job: SettleLetter) -> None:
        """NotYet while a workbook waits for its verdicts."""
        at = self.now()
        async with self.transaction() as store:
            letter = await store.letters_in.by_id(job.letter_id)
            if letter.state is not LetterState.JUDGING:
                return
            judged = await _judged(store, await store.letters_in.files(letter.id))
        if any(one.file and one.file.state is ReadingFileState.RECEIVED for one in judged):
            raise NotYet(at + _next_look(at - letter.received_at))
        async with self.transaction() as store:
            letter = await store.letters_in.locked(job.letter_id)
            if letter.state is not LetterState.JUDGING:
                return
            await store.letters_in.save(letter.moved(LetterState.SETTLED, Reason.WORKBOOKS_JUDGED, at))
            if letter.answer_to:
                await self.promises.answer(store, letter, AnswerKind.VERDICTS, letter.answer_to, at)

    async def send(self, job: AnswerLetter) -> None:
        """Send what is due. NotYet while another run is at it.

        Cut short between the server's "250" and our note of it, the letter goes once more: SMTP has no way
        to ask. Both copies bear one Message-ID, by which mail servers and programs drop the second.
        """
        at = self.now()
        async with self.transaction() as store:
            answer = await store.letter_answers.claim(job.letter_id, job.answer, at, at + CLAIM)
            if answer is None:
                await self._wait_for_another(store, job.letter_id, job.answer)
                return
        try:
            letter = await self._letter(answer)
            await self.mail.send(letter)
        except LetterRefused as refused:
            await self._ended(answer, AnswerState.REFUSED, refused.status)
            return
        except Exception:
            # It may have left all the same: the next run sends the same letter under the same id.
            async with self.transaction() as store:
                await store.letter_answers.unclaim(answer.letter_id, answer.kind)
            raise
        await self._ended(answer, AnswerState.SENT, "")

    async def _wait_for_another(self, store: Store, letter_id: LetterId, kind: AnswerKind) -> None:
        for one in await store.letter_answers.of(letter_id):
            if one.kind is kind and one.state is AnswerState.DUE and one.sending_until:
                raise NotYet(one.sending_until)

    async def _ended(self, answer: Answer, state: AnswerState, note: str) -> None:
        async with self.transaction() as store:
            await store.letter_answers.ended(answer.letter_id, answer.kind, state, self.now(), note)

    async def _letter(self, answer: Answer) -> Letter:
        async with self.transaction() as store:
            letter = await store.letters_in.by_id(answer.letter_id)
            judged = await _judged(store, await store.letters_in.files(letter.id), answer.recipient)
        template_of, template = await self._template(answer)
        words = written(
            letter,
            answer.kind,
            judged if answer.kind in _LISTED else (),
            self.languages[0],
            url=self.url,
            limit_mb=self.limit_mb,
            template_of=template_of,
        )
        return Letter(
            key=answer_key(letter.id, answer.kind),
            to=answer.recipient,
            subject=words.subject,
            text=words.text,
            html=words.html,
            attachments=(*await self._replies(answer, letter, judged), *template),
            headers=_threaded(answer, letter),
            sender=self.address,
            bounces_to=self.address,
        )

    async def _replies(self, answer: Answer, letter: LetterIn, judged: Sequence[Judged]) -> list[Attachment]:
        """The workbooks, marked: those that could be read."""
        if answer.kind is not AnswerKind.VERDICTS:
            return []
        found: list[Attachment] = []
        for one in judged:
            file = one.file
            if file is None or file.state is not ReadingFileState.JUDGED:
                continue
            actor = sender_actor(answer.recipient)
            access = Access(actor=actor, account_id=file.account_id, scope=Scope.SEE, at=self.now())
            try:
                _, body = await self.desk.reply(access, file.id, self.languages)
            except ReadingFileGone:
                continue  # judged so long ago that its bytes were dropped once more: the words are enough
            stem = one.of_letter.name.rpartition(".")[0] or one.of_letter.name
            found.append(_xlsx(self.languages[0](REPLY_NAME).format(name=stem), body))
        return found

    async def _template(self, answer: Answer) -> tuple[str, list[Attachment]]:
        """Of the sender's account, where the address is known for one alone."""
        if answer.kind not in _WITH_TEMPLATE:
            return "", []
        async with self.transaction() as store:
            accounts = await store.senders.accounts_of(answer.recipient, 2)
        if len(accounts) != 1 or not accounts[0].is_sure:
            return "", []
        access = Access(
            actor=sender_actor(answer.recipient),
            account_id=accounts[0].account_id,
            scope=Scope.READINGS,
            at=self.now(),
        )
        number, body = await self.desk.template(access, self.languages[0])
        return number, [_xlsx(self.languages[0](TEMPLATE_NAME).format(number=number), body)]


async def _judged(store: Store, files: Sequence[LetterFile], recipient: str = "") -> list[Judged]:
    """With the numbers of the accounts, as far as the recipient may know them."""
    known = await store.senders.accounts_of(recipient, MOST_ACCOUNTS) if recipient else []
    numbers = {one.account_id: one.number for one in known}
    found = []
    for one in files:
        file = None
        if one.account_id and one.file_id:
            file = await store.reading_files.found(one.account_id, one.file_id)
        number = numbers.get(one.account_id, "") if one.account_id else ""
        found.append(Judged(of_letter=one, file=file, account_number=number))
    return found


def _next_look(age: timedelta) -> timedelta:
    """Verdicts call us; this is for those that came by another way than a letter."""
    return min(max(timedelta(seconds=5), age / 4), LONGEST_LOOK)


def _threaded(answer: Answer, letter: LetterIn) -> dict[str, str]:
    """RFC 5322, 3.6.4; RFC 3834, 3.1."""
    headers = {**_HEADERS, "Message-ID": answer.message_id}
    if letter.message_id:
        headers["In-Reply-To"] = letter.message_id
        earlier = [one for one in letter.thread if one != letter.message_id]
        headers["References"] = " ".join([*earlier, letter.message_id])
    return headers


def _xlsx(stem: str, body: bytes) -> Attachment:
    return Attachment(name=f"{stem}.xlsx", media_type=XLSX, content=body)
