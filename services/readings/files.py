"""Files of readings: kept first, judged by a job, answered with the same file, marked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from hashlib import sha256

from domain.accounts.accounts import Account, AccountClosed, AccountNotFound
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Invalid, Unavailable
from domain.kernel.ids import ReadingFileId
from domain.readings.files import (
    FILE_MAX_BYTES,
    FILES_A_DAY,
    NAME_CHARS,
    AnswerReadingFile,
    FileCounts,
    FileRow,
    FileSender,
    JudgeReadingFile,
    ReadingFile,
    ReadingFileEmpty,
    ReadingFileNotJudged,
    ReadingFileOfAnother,
    ReadingFileRefused,
    ReadingFileState,
    ReadingFilesTooMany,
    ReadingFileTooLarge,
    ReadWorkbook,
)
from domain.readings.matching import Laying, answered, refusal_finding
from domain.readings.meters import Zone
from domain.readings.past import History, past_of
from domain.readings.readings import ReadingSource
from domain.readings.replies import ReadingWorkbooks, Translate, reply_to
from domain.readings.templates import Template, TemplateRow, template_rows
from domain.readings.workbook_rows import ParsedWorkbook
from domain.store import Store, Transaction
from services.readings.submitting import A_YEAR, ReadingService, rules_of

WHOLE_FILE = (Invalid, AccountClosed, AccountNotFound)
"""What is wrong with a file as a whole, and will be however often it is judged."""
A_DAY = timedelta(days=1)
RETRY_AFTER_SECONDS = 3600
_MB = 1024**2


@dataclass(frozen=True, slots=True)
class ReadingFileService:
    transaction: Transaction
    readings: ReadingService
    read: ReadWorkbook
    workbooks: ReadingWorkbooks
    now: Callable[[], datetime]
    zone: tzinfo

    async def receive(
        self,
        access: Access,
        file_id: ReadingFileId,
        *,
        name: str,
        body: bytes,
        source: ReadingSource,
        message_id: str | None = None,
    ) -> tuple[ReadingFile, bool]:
        """Keep the file and promise to judge it, in one commit; and whether it is new. The same bytes
        again are the file that is known, with its own id.

        ReadingFileEmpty, ReadingFileTooLarge, ReadingFileIdTaken, ReadingFilesTooMany, AccountNotFound,
        AccountClosed.
        """
        if not body:
            raise ReadingFileEmpty(field="body")
        if len(body) > FILE_MAX_BYTES:
            size_mb, limit_mb = -(-len(body) // _MB), FILE_MAX_BYTES // _MB
            raise ReadingFileTooLarge(field="body", size_mb=size_mb, limit_mb=limit_mb)
        wanted = ReadingFile(
            account_id=access.account_id,
            id=file_id,
            sha256=sha256(body).digest(),
            name=_name(name),
            size_bytes=len(body),
            source=source,
            sender=FileSender.of(access.actor, message_id),
            received_at=access.at,
        )
        async with self.transaction() as store:
            if (await store.readings.sending_account(access)).is_closed:
                raise AccountClosed
            kept = await store.reading_files.added(wanted, body)
            is_new = kept is wanted
            if (
                is_new
                and await store.reading_files.count_since(kept.account_id, access.at - A_DAY) > FILES_A_DAY
            ):
                raise ReadingFilesTooMany(limit=FILES_A_DAY, retry_after_seconds=RETRY_AFTER_SECONDS)
            if not is_new and self._is_to_be_judged_anew(kept, access.at):
                kept = kept.received_again(source, wanted.sender, access.at)
                await store.reading_files.save(kept)
            if kept.state is ReadingFileState.RECEIVED:
                job = JudgeReadingFile(account_id=kept.account_id, file_id=kept.id)
                await store.jobs.add(job, run_at=self.now(), key=f"readings.judge-file {kept.id}")
        return kept, is_new

    def _is_to_be_judged_anew(self, kept: ReadingFile, at: datetime) -> bool:
        """Twice on one day is once; another day may find right what was refused."""
        if kept.judged_at is None or kept.state is ReadingFileState.RECEIVED:
            return False
        is_another_day = business_day(kept.judged_at, self.zone) < business_day(at, self.zone)
        return is_another_day and kept.is_worth_judging_again

    async def judge(self, job: JudgeReadingFile) -> None:
        """Give every row its verdict. Broken off anywhere, it is simply done again."""
        async with self.transaction() as store:
            file = await store.reading_files.found(job.account_id, job.file_id)
            if file is None or file.state is not ReadingFileState.RECEIVED:
                return
            body = await store.reading_files.body(file.account_id, file.id)
            zones = await store.meters.zones()
        try:
            parsed = await self.read(body, file.name)
            rows = await self._judged(file, parsed, zones)
        except Unavailable:
            raise  # no reader is free, the database is away: the job comes back
        except WHOLE_FILE as error:
            await self._finish(file.refused(refusal_finding(error), self.now()), ())
        else:
            counts = FileCounts.of(rows)
            await self._finish(file.judged(counts, parsed.layouts, parsed.notes, self.now()), rows)

    async def _judged(
        self, file: ReadingFile, parsed: ParsedWorkbook, zones: Mapping[str, Zone]
    ) -> list[FileRow]:
        """As of the moment the file came: it is not its sender's fault when we are late."""
        access = _access(file)
        async with self.transaction() as store:
            card = await store.accounts.card(access)
            meters = await store.meters.of_account(access)
        _check_account(parsed, card.account)
        laying = Laying(file.id, file.judging, meters, zones, business_day(file.received_at, self.zone))
        laid = laying.laid(parsed.rows)
        readings = await self.readings.submit_many(access, laid.submissions, file.source)
        by_id = {reading.id: reading for reading in readings}
        return [answered(row, by_id[row.reading_id]) if row.reading_id else row for row in laid.rows]

    async def _finish(self, file: ReadingFile, rows: Sequence[FileRow]) -> None:
        async with self.transaction() as store:
            now = await store.reading_files.locked(file.account_id, file.id)
            if now.state is not ReadingFileState.RECEIVED or now.judging != file.judging:
                return  # somebody else was sooner
            await store.reading_files.keep_rows(file, rows)
            await store.reading_files.save(file)
            if file.source is ReadingSource.EMAIL:
                answer = AnswerReadingFile(account_id=file.account_id, file_id=file.id)
                await store.jobs.add(answer, run_at=self.now(), key=f"readings.answer-file {file.id}")

    async def reply(
        self, access: Access, file_id: ReadingFileId, languages: Sequence[Translate]
    ) -> tuple[str, bytes]:
        """The name of the sender's workbook and the workbook, marked, as an .xlsx; the first of `languages`
        is the reader's.

        ReadingFileNotFound, ReadingFileNotJudged, ReadingFileRefused, ReadingFileGone; WorkbooksBusy.
        """
        async with self.transaction() as store:
            file = await store.reading_files.of(access, file_id)
            if file.state is ReadingFileState.RECEIVED:
                raise ReadingFileNotJudged
            if file.state is ReadingFileState.REFUSED:
                raise ReadingFileRefused
            card = await store.accounts.card(access)
            rows = await store.reading_files.all_rows(file.account_id, file.id)
            body = await store.reading_files.body(file.account_id, file.id)
        said = reply_to(file, rows, card.account.number, languages)
        return file.name, await self.workbooks.reply(body, file.name, said)

    async def template(self, access: Access, translate: Translate) -> tuple[str, bytes]:
        """The number of the account, and its workbook to be filled in. To those who may not see the
        account it names no holder and no address."""
        today = business_day(access.at, self.zone)
        async with self.transaction() as store:
            account = (await store.accounts.card(access)).account
            is_seen = await store.accounts.is_seen(access)
            rows = await self._template_rows(store, access, today)
        template = Template(
            account_id=account.id,
            account_number=account.number,
            holder_name=account.holder_name if is_seen else "",
            address=account.address if is_seen else "",
            made_on=today,
            rows=rows,
        )
        return account.number, await self.workbooks.template(template, translate)

    async def _template_rows(self, store: Store, access: Access, today: date) -> list[TemplateRow]:
        meters = await store.meters.of_account(access)
        points = await store.meters.delivery_points(access)
        zones = await store.meters.zones()
        keys = [(meter.id, one.zone, one.direction) for meter in meters for one in meter.registers]
        histories = await store.readings.histories(access.account_id, keys, since=today - A_YEAR)
        rules = await rules_of(store, await store.readings.sending_account(access), today)
        period = rules.window.period_on(today)
        previous = {}
        for meter in meters:
            for one in meter.registers:
                key = meter.id, one.zone, one.direction
                history = histories.get(key, History())
                last = past_of(meter, one.zone, one.direction, history, period, least_days=1).last
                if last:
                    previous[key] = last
        return template_rows(meters, points, zones, previous, today)


def _access(file: ReadingFile) -> Access:
    return Access(
        actor=file.sender.actor, account_id=file.account_id, scope=Scope.READINGS, at=file.received_at
    )


def _check_account(parsed: ParsedWorkbook, account: Account) -> None:
    """A template names the account it was made for: filled in for one, it is not taken for another."""
    for layout in parsed.layouts:
        theirs = layout.account_id
        if layout.template_version and theirs and theirs != str(account.id):
            raise ReadingFileOfAnother(theirs=layout.account_number or theirs, ours=account.number)


def _name(name: str) -> str:
    """Of the file itself, without folders and what cannot be shown."""
    shown = "".join(one for one in name.replace("\\", "/").rpartition("/")[2] if one.isprintable())
    return shown.strip()[:NAME_CHARS] or "file"
