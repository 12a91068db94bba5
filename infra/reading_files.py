"""Files of readings put together: kept, read by a process of its own, judged, answered."""

from dataclasses import dataclass

import asyncpg

from adapters.excel.reading import WorkbookReader
from adapters.excel.workbooks import ExcelReadingWorkbooks
from adapters.postgres.readings.files import PostgresReadingFiles
from adapters.postgres.readings.meters import PostgresMeters
from services.people.sessions import SessionService
from services.readings.files import ReadingFileService
from services.readings.submitting import ReadingService


@dataclass(frozen=True, slots=True)
class FilesOfReadings:
    """What handlers ask for by the names of these fields, and what jobs need."""

    reading_file_service: ReadingFileService
    reading_files: PostgresReadingFiles


def wired(sessions: SessionService, pool: asyncpg.Pool) -> FilesOfReadings:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    return FilesOfReadings(
        reading_file_service=ReadingFileService(
            transaction=transaction,
            readings=ReadingService(transaction, zone),
            read=WorkbookReader(PostgresMeters(pool).zones),
            workbooks=ExcelReadingWorkbooks(),
            now=now,
            zone=zone,
        ),
        reading_files=PostgresReadingFiles(pool),
    )
