"""Reading letters: what each is, whose it is, for which account, and its fate with the reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from msgspec.structs import replace

from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.errors import Refusal, Unavailable
from domain.kernel.ids import KABINET, AccountId, ReadingFileId, derived
from domain.mail.answers import SettleLetter
from domain.mail.bounces import Bounce
from domain.mail.content import LetterContent, LetterParser, MailedFile
from domain.mail.desk import ReadingDesk
from domain.mail.judging import (
    HANDED_OVER,
    NOT_THEIRS,
    UNKNOWN_SENDER,
    WHICH_ACCOUNT,
    Fate,
    account_by_default,
    account_named,
    fate_by_files,
    fate_by_itself,
    fate_by_sender,
    same_number,
)
from domain.mail.letters_in import LetterFile, LetterId, LetterIn, LetterState, ReadLetter
from domain.mail.senders import SenderAccount
from domain.mail.writing import ACCOUNT_UNCLEAR
from domain.readings.files import ReadWorkbook
from domain.readings.readings import ReadingSource
from domain.store import Store, Transaction
from services.mail.promising import Promises

_NOTHING: Mapping[int, LetterFile] = MappingProxyType({})
MOST_ACCOUNTS = 50
"""Of one sender that are looked at."""


def sender_actor(email: str) -> Actor:
    """Whoever wrote, as far as readings need to know. That letters from the address are taken for the
    account was looked up when the letter was read."""
    return Actor(
        kind=ActorKind.SYSTEM,
        id=derived(KABINET, f"mail sender {email}"),
        name=email,
        scopes=frozenset({Scope.READINGS, Scope.SEE}),
    )


@dataclass(frozen=True, slots=True)
class LetterReading:
    """`is_trusted` says which letters need nobody to vouch for their sender."""

    transaction: Transaction
    parser: LetterParser
    desk: ReadingDesk
    read_workbook: ReadWorkbook
    promises: Promises
    own: frozenset[str]
    is_trusted: Callable[[LetterIn], bool]
    now: Callable[[], datetime]

    async def read(self, job: ReadLetter) -> None:
        """Safe to repeat at any point: a letter that has its fate keeps it."""
        async with self.transaction() as store:
            letter = await store.letters_in.by_id(job.letter_id)
            raw = await store.letters_in.raw(job.letter_id)
        if letter.state is not LetterState.RECEIVED:
            return
        content = await self.parser.content(raw, letter.mail_from)
        if fate := self._fate_before_accounts(letter, content):
            await self._end(letter, content, fate)
            return
        await self._by_account(letter, content)

    def _fate_before_accounts(self, letter: LetterIn, content: LetterContent) -> Fate | None:
        fate = fate_by_itself(letter, content, self.own)
        if fate is None and letter.account_id is None:
            fate = fate_by_sender(content, is_trusted=self.is_trusted(letter))
        return fate

    async def _by_account(self, letter: LetterIn, content: LetterContent) -> None:
        accounts = await self._accounts(letter, content)
        if not accounts:
            await self._end(letter, content, UNKNOWN_SENDER)
            return
        if fate := fate_by_files(letter, content):
            await self._end(letter, content, fate)
            return
        chosen, is_foreign = await self._chosen(content, accounts)
        if not chosen:
            await self._end(letter, content, NOT_THEIRS if is_foreign else WHICH_ACCOUNT)
            return
        handed = await self._handed_over(letter, content, chosen)
        await self._end(letter, content, HANDED_OVER, handed)

    async def _accounts(self, letter: LetterIn, content: LetterContent) -> list[SenderAccount]:
        """Those the sender may send to; the one a member of staff released the letter to."""
        if letter.account_id is not None:
            return [SenderAccount(account_id=letter.account_id, number="", is_sure=True)]
        async with self.transaction() as store:
            return await store.senders.accounts_of(content.senders[0], MOST_ACCOUNTS)

    async def _chosen(
        self, content: LetterContent, accounts: Sequence[SenderAccount]
    ) -> tuple[dict[int, SenderAccount], bool]:
        """The account of each workbook, and whether one names an account that is not the sender's.

        By the subject; else the sender's only account; else what the workbook says itself.
        """
        usable = [no for no, file in enumerate(content.files) if file.trouble is None]
        # A subject of nothing is named in no letter that staff have released.
        known = account_named(content.subject, [one for one in accounts if one.number])
        if found := known or account_by_default(accounts):
            return dict.fromkeys(usable, found), False
        chosen: dict[int, SenderAccount] = {}
        is_foreign = False
        for no in usable:
            named = await self._named_in(content.files[no])
            theirs = [one for one in accounts if _is_named(one, named)]
            if len(theirs) == 1:
                chosen[no] = theirs[0]
            is_foreign = is_foreign or (bool(named) and not theirs)
        return chosen, is_foreign

    async def _named_in(self, file: MailedFile) -> set[str]:
        """Numbers and ids of accounts the workbook names; none when it cannot be read: the readings will
        say why."""
        try:
            parsed = await self.read_workbook(file.content, file.name)
        except Unavailable:
            raise  # no reader is free: the job comes back
        except Refusal:
            return set()
        named = {text for one in parsed.layouts for text in (one.account_number, one.account_id)}
        return {text for text in named if text}

    async def _handed_over(
        self, letter: LetterIn, content: LetterContent, chosen: dict[int, SenderAccount]
    ) -> dict[int, LetterFile]:
        actor = sender_actor(content.senders[0] if content.senders else letter.sender or "unknown")
        handed: dict[int, LetterFile] = {}
        for no, account in chosen.items():
            file = content.files[no]
            access = Access(
                actor=actor, account_id=account.account_id, scope=Scope.READINGS, at=letter.received_at
            )
            trouble, file_id = "", None
            try:
                kept, _ = await self.desk.receive(
                    access,
                    _file_id(letter.id, no, account.account_id),
                    name=file.name,
                    body=file.content,
                    source=ReadingSource.EMAIL,
                    message_id=letter.message_id or None,
                )
                file_id = kept.id
            except Unavailable:
                raise
            except Refusal as refusal:
                trouble = refusal.code
            handed[no] = LetterFile(
                no=no,
                name=file.name,
                size_bytes=file.size_bytes,
                account_id=account.account_id,
                file_id=file_id,
                trouble=trouble,
            )
        return handed

    async def _end(
        self,
        letter: LetterIn,
        content: LetterContent,
        fate: Fate,
        handed: Mapping[int, LetterFile] = _NOTHING,
    ) -> None:
        """Fate, files, answer and what follows in one commit; nothing if another run was sooner."""
        at, files = self.now(), _files(content, handed)
        async with self.transaction() as store:
            now = await store.letters_in.locked(letter.id)
            if now.steps != letter.steps:
                return
            moved = now.moved(fate.state, fate.reason, at)
            await store.letters_in.save(
                replace(moved, answer_to=_answer_to(content), thread=content.references)
            )
            await store.letters_in.keep_files(letter.id, files)
            if fate.state is LetterState.BOUNCE:
                await self._record_bounces(store, letter, content)
            elif fate.state is LetterState.JUDGING:
                await self._follow(store, letter, content, files, at)
            elif fate.answer and (recipient := _answer_to(content)):
                await self.promises.answer(store, now, fate.answer, recipient, at)

    async def _follow(
        self,
        store: Store,
        letter: LetterIn,
        content: LetterContent,
        files: Sequence[LetterFile],
        at: datetime,
    ) -> None:
        """The settling looks by itself: a file may be judged already, or by another way than ours."""
        job = SettleLetter(letter_id=letter.id)
        await store.jobs.add(job, run_at=at, key=f"mail.settle {letter.id}")
        for account_id in {one.account_id for one in files if one.account_id and letter.account_id is None}:
            await store.senders.make_sure(account_id, content.senders[0])

    async def _record_bounces(self, store: Store, letter: LetterIn, content: LetterContent) -> None:
        """Only of letters that were ours, and only about the address they went to: the ids of our letters
        cannot be guessed, and nobody stops another's letters with their own."""
        to = await store.mail_bounces.sent_to(content.reported_id) if content.reported_id else None
        for no, one in enumerate(content.undelivered):
            if one.recipient != to:
                continue
            bounce = Bounce(
                id=derived(letter.id, f"bounce {no}"),
                letter_id=letter.id,
                recipient=one.recipient,
                message_id=content.reported_id,
                action=one.action,
                status=one.status,
                diagnostic=one.diagnostic,
                received_at=letter.received_at,
            )
            await store.mail_bounces.add(bounce)
            if one.action == "failed":
                await store.letter_answers.bounced(content.reported_id, one.status)


def _answer_to(content: LetterContent) -> str:
    """Whom an answer goes to: no program, and nobody else than whom the letter is from."""
    return content.senders[0] if content.senders and not content.signs else ""


def _is_named(account: SenderAccount, named: set[str]) -> bool:
    return any(
        same_number(account.number, text) or text.casefold() == str(account.account_id) for text in named
    )


def _file_id(letter_id: LetterId, no: int, account_id: AccountId) -> ReadingFileId:
    """The same however often the letter is read."""
    return ReadingFileId(derived(UUID(str(letter_id)), f"{account_id} {no}"))


def _files(content: LetterContent, handed: Mapping[int, LetterFile]) -> list[LetterFile]:
    """Every attachment that was meant to be a workbook, those without an account too."""
    return [
        handed.get(no)
        or LetterFile(
            no=no,
            name=file.name,
            size_bytes=file.size_bytes,
            trouble=file.trouble.value if file.trouble else ACCOUNT_UNCLEAR if handed else "",
        )
        for no, file in enumerate(content.files)
    ]
