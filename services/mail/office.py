"""Letters as staff see them: looked at on record, released to an account, rejected, read once more."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from domain.accounts.accounts import AccountNotFound
from domain.cases.attachments import Malware, MalwareCheck, MalwareUnreachable
from domain.kernel.access import Actor, ActorKind
from domain.kernel.ids import AccountId, StaffId
from domain.mail.answers import Answer
from domain.mail.content import LetterContent, LetterParser, MailedFile
from domain.mail.letters_in import (
    LetterCursor,
    LetterFile,
    LetterFileInfected,
    LetterFileNotFound,
    LetterFileUnchecked,
    LetterId,
    LetterIn,
    LetterState,
    LetterView,
    ReadLetter,
    Reason,
)
from domain.store import Transaction


class ShownLetter(msgspec.Struct, frozen=True, kw_only=True):
    """Its text and workbooks are in `content`, for the pages of the desk: whose a letter of nobody known is,
    often only they say. The API and the commands tell headers and names of parts."""

    letter: LetterIn
    content: LetterContent
    files: tuple[LetterFile, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class LetterOffice:
    transaction: Transaction
    parser: LetterParser
    malware: Malware
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    async def listed(
        self,
        actor: Actor,
        states: Sequence[LetterState],
        *,
        before: LetterCursor | None,
        limit: int,
        what: str,
    ) -> list[LetterIn]:
        """The newest first. `what` is the route it is looked at by."""
        async with self.transaction() as store:
            found = await store.letters_in.listed(states, before=before, limit=limit)
        await self._record(actor, [letter.id for letter in found], what)
        return found

    async def shown(self, actor: Actor, letter_id: LetterId, what: str) -> ShownLetter:
        """The look of staff is recorded first, by itself. LetterNotFound, LetterGone."""
        await self._record(actor, [letter_id], what)
        async with self.transaction() as store:
            letter = await store.letters_in.by_id(letter_id)
            files = await store.letters_in.files(letter_id)
            answers = await store.letter_answers.of(letter_id)
            raw = await store.letters_in.raw(letter_id)
        content = await self.parser.content(raw, letter.mail_from)
        return ShownLetter(letter=letter, content=content, files=tuple(files), answers=tuple(answers))

    async def workbook(self, actor: Actor, letter_id: LetterId, no: int, what: str) -> MailedFile:
        """As it came; the look of staff is recorded. Scanned as papers laid to a case are: where no scanner
        is set up it is given out unchecked. LetterNotFound, LetterGone, LetterFileNotFound,
        LetterFileInfected, LetterFileUnchecked."""
        found = (await self.shown(actor, letter_id, what)).content.files
        if no >= len(found) or found[no].trouble is not None:
            raise LetterFileNotFound
        try:
            check = await self.malware.check(_in_one_piece(found[no].content))
        except MalwareUnreachable as error:
            raise LetterFileUnchecked from error
        if check is MalwareCheck.INFECTED:
            raise LetterFileInfected
        return found[no]

    async def account_of(self, number: str) -> AccountId:
        """AccountNotFound."""
        async with self.transaction() as store:
            found = await store.senders.account_by_number("".join(number.split()))
        if found is None:
            raise AccountNotFound(field="account_number")
        return found

    async def release(self, actor: Actor, letter_id: LetterId, account_id: AccountId, note: str) -> LetterIn:
        """The letter is taken for that account whatever its sender. LetterNotFound, ForbiddenMove."""
        return await self._moved(
            letter_id, lambda letter: letter.released(account_id, self.now(), actor.name, note)
        )

    async def reject(self, actor: Actor, letter_id: LetterId, note: str) -> LetterIn:
        """LetterNotFound, ForbiddenMove."""
        return await self._moved(
            letter_id,
            lambda letter: letter.moved(
                LetterState.REJECTED, Reason.REJECTED, self.now(), who=actor.name, note=note
            ),
        )

    async def retry(self, who: str, letter_id: LetterId) -> LetterIn:
        """Read it as if it had just come: a sender was registered meanwhile, a mistake of ours mended."""
        return await self._moved(
            letter_id,
            lambda letter: letter.moved(LetterState.RECEIVED, Reason.READ_AGAIN, self.now(), who=who),
        )

    async def _moved(self, letter_id: LetterId, move: Callable[[LetterIn], LetterIn]) -> LetterIn:
        async with self.transaction() as store:
            moved = move(await store.letters_in.locked(letter_id))
            await store.letters_in.save(moved)
            if moved.state is LetterState.RECEIVED:
                job = ReadLetter(letter_id=letter_id)
                await store.jobs.add(job, run_at=self.now(), key=f"mail.read-letter {letter_id}")
        return moved

    async def _record(self, actor: Actor, letters: Sequence[LetterId], what: str) -> None:
        if actor.kind is not ActorKind.STAFF:
            return
        views = [
            LetterView(
                id=self.new_id(),
                letter_id=letter_id,
                staff_id=StaffId(actor.id),
                staff_name=actor.name,
                what=what,
                at=self.now(),
            )
            for letter_id in letters
        ]
        async with self.transaction() as store:
            await store.letters_in.viewed(views)


async def _in_one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content
