"""Laying files to a case: announced, sent piece by piece, checked by a job, told on the timeline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from msgspec.structs import replace

from domain.cases import moves, papers
from domain.cases.attachment_kinds import FileKind, kind_of, may_be_known
from domain.cases.attachments import (
    Announced,
    Attachment,
    AttachmentIdTaken,
    AttachmentKindUnknown,
    AttachmentLaid,
    AttachmentNotFound,
    AttachmentPaperUnknown,
    AttachmentState,
    AttachmentTerms,
    CheckAttachment,
    Filled,
    Malware,
    MalwareCheck,
    MalwareUnreachable,
    Piece,
    Reason,
    SweepAttachments,
    check_room,
)
from domain.cases.cases import Case, CaseIdTaken
from domain.cases.forms import Form, Paper
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.kernel.access import Access, ActorKind
from domain.kernel.calendar import business_day
from domain.kernel.files import FileNotFound, LongFiles
from domain.kernel.ids import AttachmentId, CaseId
from domain.kernel.jobs import NotYet
from domain.kinds import KINDS
from domain.people.retention import RetentionTerms, Sort
from domain.store import Store, Transaction
from services.cases.keeping import keep

_A_DAY = timedelta(days=1)
_AGAIN = timedelta(minutes=1)
SWEPT_AT_ONCE = 100


class Room(NamedTuple):
    terms: AttachmentTerms
    filled: Filled


@dataclass(frozen=True, slots=True)
class AttachmentService:
    """Safe to repeat at any moment: ids are made by who announces, and a piece that came twice is one."""

    transaction: Transaction
    files: LongFiles
    malware: Malware
    now: Callable[[], datetime]
    zone: tzinfo
    translate: Callable[[str], str] = str

    async def room(self, access: Access, case_id: CaseId) -> Room:
        """The limits, and what is used up of them."""
        async with self.transaction() as store:
            await store.accounts.card(access)
            filled = await store.attachments.filled(access.account_id, case_id, access.at - _A_DAY)
            return Room(await self._terms(store, access.at), filled)

    async def announce(
        self, access: Access, case_id: CaseId, attachment_id: AttachmentId, announced: Announced
    ) -> tuple[Attachment, bool]:
        """The file as it stands, and whether this call announced it.

        AttachmentIdTaken, AttachmentPaperUnknown, and what check_room refuses. CaseIdTaken when the id is
        another person's unsent application.
        """
        by = StepBy.of(access.actor)
        async with self.transaction() as store:
            await store.accounts.card(access)
            await store.attachments.shelf_locked(access.account_id, access.at)
            if kept := await store.attachments.found(access.account_id, attachment_id):
                if (kept.case_id, kept.announced, kept.by.id) != (case_id, announced, by.id):
                    raise AttachmentIdTaken
                return kept, False
            case = await store.cases.found(access.account_id, case_id)
            if case is None and await store.attachments.is_of_another(access.account_id, case_id, by):
                raise CaseIdTaken
            _check_paper(announced.paper, type(case.form) if case else None)
            filled = await store.attachments.filled(access.account_id, case_id, access.at - _A_DAY)
            terms = await self._terms(store, access.at)
            check_room(terms, filled, announced.size_bytes, is_filed=case is not None)
            made = Attachment(
                account_id=access.account_id,
                id=attachment_id,
                case_id=case_id,
                announced=announced,
                by=by,
                announced_at=access.at,
                changed_at=access.at,
            )
            await store.attachments.add(made)
        return made, True

    async def send(
        self, access: Access, case_id: CaseId, attachment_id: AttachmentId, piece: Piece
    ) -> Attachment:
        """A piece of the file, safe on disk when this ends. With the last one it is promised to be checked.

        AttachmentNotFound, AttachmentPieceWrong, AttachmentGap, AttachmentKindUnknown.
        """
        async with self.transaction() as store:
            before = await store.attachments.of(access, case_id, attachment_id)
        if before.state is not AttachmentState.UPLOADING:
            return before
        before.check_piece(piece)
        if piece.first == 0 and not may_be_known(piece.content):
            raise AttachmentKindUnknown
        try:
            await self.files.write(access.account_id, attachment_id, piece.first, piece.content)
        except FileNotFound:
            return await self._begun_anew(access, attachment_id, piece)
        async with self.transaction() as store:
            kept = await store.attachments.locked(access.account_id, attachment_id)
            if kept and kept.state is AttachmentState.UPLOADING:
                kept = kept.arrived(piece.end, access.at)
                await store.attachments.save(kept)
                if kept.state is AttachmentState.CHECKING:
                    job = CheckAttachment(account_id=kept.account_id, attachment_id=kept.id)
                    await store.jobs.add(job, run_at=access.at)
        if kept is None:
            await self.files.drop(access.account_id, attachment_id)
            raise AttachmentNotFound
        return kept

    async def _begun_anew(self, access: Access, attachment_id: AttachmentId, piece: Piece) -> Attachment:
        """The disk has lost what came (another disk, an old backup): it begins from the first byte."""
        async with self.transaction() as store:
            kept = await store.attachments.locked(access.account_id, attachment_id)
            if kept is None:
                raise AttachmentNotFound
            if kept.state is AttachmentState.UPLOADING:
                kept = replace(kept, received_bytes=0)
                await store.attachments.save(kept)
        if kept.state is AttachmentState.UPLOADING:
            kept.check_piece(piece)
        return kept

    async def remove(self, access: Access, case_id: CaseId, attachment_id: AttachmentId) -> None:
        """Before it belongs to a case that was filed. Also one that is not there. AttachmentLaid;
        AttachmentNotFound for one the actor may not see."""
        async with self.transaction() as store:
            await store.accounts.card(access)
            await store.attachments.shelf_locked(access.account_id, access.at)
            kept = await store.attachments.locked(access.account_id, attachment_id)
            if kept is None or kept.case_id != case_id:
                return
            await store.attachments.of(access, case_id, attachment_id)
            if kept.is_told:
                raise AttachmentLaid
            await self._removed(store, kept)

    async def check(self, job: CheckAttachment) -> None:
        """Whether all that came is what was announced, what it is, and whether it does harm."""
        async with self.transaction() as store:
            wanted = await store.attachments.found(job.account_id, job.attachment_id)
        if wanted is None or wanted.state is not AttachmentState.CHECKING:
            await self.files.drop(job.account_id, job.attachment_id)
            return
        found = await self._examined(wanted)
        if isinstance(found, FileKind):
            check = await self._scanned(wanted)
            if check is not MalwareCheck.INFECTED:
                await self._keep(wanted, found, check)
            else:
                await self._refuse(wanted, Reason.MALWARE, check)
        else:
            await self._refuse(wanted, found, MalwareCheck.NOT_CHECKED)
        await self.files.drop(job.account_id, job.attachment_id)
        await self._forget(wanted)

    async def _examined(self, wanted: Attachment) -> FileKind | Reason:
        sha256 = wanted.announced.sha256
        try:
            if not await self.files.keep(wanted.account_id, wanted.id, sha256):
                return Reason.DIFFERENT
            return await self.files.look(wanted.account_id, sha256, kind_of) or Reason.UNKNOWN_KIND
        except FileNotFound:
            return Reason.DIFFERENT

    async def _scanned(self, wanted: Attachment) -> MalwareCheck:
        content = self.files.stream(wanted.account_id, wanted.announced.sha256)
        try:
            return await self.malware.check(content)
        except MalwareUnreachable as error:
            raise NotYet(self.now() + _AGAIN) from error

    async def _keep(self, wanted: Attachment, kind: FileKind, check: MalwareCheck) -> None:
        at = self.now()
        async with self.transaction() as store:
            now = await store.attachments.locked(wanted.account_id, wanted.id)
            if now is None or now.state is not AttachmentState.CHECKING:
                return
            # Filing locks its files: the case is either here now, or it will find this one kept.
            case = await store.cases.found(wanted.account_id, wanted.case_id)
            await store.attachments.save(now.kept(kind, check, at, is_told=case is not None))
            if case is not None:
                case = await store.cases.locked(wanted.account_id, wanted.case_id)
                steps = await store.cases.steps(case.account_id, case.id)
                is_all = papers.waits_for_papers(case, steps) and not await self._lacks(store, case, at)
                names = [now.announced.name]
                step = moves.attached(case, now.by, at, names, ends_waiting=is_all)
                await keep(store, case, [step], at, self.zone)

    async def _refuse(self, wanted: Attachment, reason: Reason, check: MalwareCheck) -> None:
        at = self.now()
        async with self.transaction() as store:
            await store.attachments.shelf_locked(wanted.account_id, at)
            now = await store.attachments.locked(wanted.account_id, wanted.id)
            if now is None or now.state is not AttachmentState.CHECKING:
                return
            await store.attachments.save(now.refused(reason, check, at))
            await self._content_removed(store, now)
            await self._ask_again(store, now, at)

    async def _ask_again(self, store: Store, refused: Attachment, at: datetime) -> None:
        """When a paper that the case would have waited for was none, and was not missed so far."""
        if refused.announced.paper is None or refused.by.kind is ActorKind.STAFF:
            return
        if await store.cases.found(refused.account_id, refused.case_id) is None:
            return
        case = await store.cases.locked(refused.account_id, refused.case_id)
        lacks = await self._lacks(store, case, at)
        if case.state is CaseState.REGISTERED and papers.awaited(lacks):
            asked = papers.asked_for(case, lacks=lacks, at=at, translate=self.translate)
            await keep(store, case, [asked], at, self.zone)

    async def _lacks(self, store: Store, case: Case, at: datetime) -> Sequence[Paper]:
        laid = await store.attachments.papers(case.account_id, case.id)
        return papers.missing(case.form, laid, business_day(at, self.zone))

    async def _forget(self, wanted: Attachment) -> None:
        """It was removed while it was looked at: so its content goes too."""
        async with self.transaction() as store:
            if await store.attachments.found(wanted.account_id, wanted.id) is None:
                await store.attachments.shelf_locked(wanted.account_id, self.now())
                await self._content_removed(store, wanted)

    async def sweep(self, job: SweepAttachments) -> None:
        """What never came to a case goes, and what is past its term, the bytes first: whatever dies in
        between is swept next time."""
        at = self.now()
        async with self.transaction() as store:
            before = (await self._terms(store, at)).abandoned_before(at)
            found = [*await store.attachments.abandoned(before, limit=SWEPT_AT_ONCE)]
            retention = await store.terms.at(RetentionTerms, business_day(at, self.zone))
            over = retention.over_before(Sort.CASE_FILES, at)
            found += await store.attachments.outdated(over, limit=SWEPT_AT_ONCE)
        for one in sorted(found, key=lambda one: one.account_id):
            async with self.transaction() as store:
                await store.attachments.shelf_locked(one.account_id, at)
                if await store.attachments.locked(one.account_id, one.id) == one:
                    await self._removed(store, one)

    async def _removed(self, store: Store, attachment: Attachment) -> None:
        await self.files.drop(attachment.account_id, attachment.id)
        await self._content_removed(store, attachment)
        await store.attachments.remove(attachment.account_id, attachment.id)

    async def _content_removed(self, store: Store, attachment: Attachment) -> None:
        """Under the shelf's lock: nobody announces the same content meanwhile."""
        account_id, sha256 = attachment.account_id, attachment.announced.sha256
        if not await store.attachments.is_needed(account_id, sha256, attachment.id):
            await self.files.remove(account_id, sha256)

    async def _terms(self, store: Store, at: datetime) -> AttachmentTerms:
        return await store.terms.at(AttachmentTerms, business_day(at, self.zone))


def _check_paper(paper: str | None, form: type[Form] | None) -> None:
    """While nothing is filed, any kind's paper will do."""
    forms = [form] if form else KINDS.values()
    if paper is not None and not any(paper == one.code for form in forms for one in form.papers):
        raise AttachmentPaperUnknown(paper=paper, field="paper")
