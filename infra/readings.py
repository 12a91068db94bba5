"""Readings put together: sending, insisting, deciding, and the files that are kept with them."""

from dataclasses import dataclass
from pathlib import Path

import asyncpg

from adapters.files.disk import DiskFiles
from adapters.files.stored import StoredDiskFiles
from adapters.postgres.named_files import PostgresNamedFiles
from adapters.postgres.readings.readings import PostgresReadings
from services.people.sessions import SessionService
from services.readings.deciding import DecisionService, InsistenceService
from services.readings.submitting import ReadingService
from services.sweeping import FileSweeping


@dataclass(frozen=True, slots=True)
class ReadingServices:
    """What handlers ask for by the names of these fields."""

    reading_service: ReadingService
    insistence_service: InsistenceService
    decision_service: DecisionService
    readings: PostgresReadings
    files: DiskFiles
    file_sweeping: FileSweeping


def wired(sessions: SessionService, pool: asyncpg.Pool, data: Path) -> ReadingServices:
    """On the transaction and the zone of `sessions`; files in a folder of `data`."""
    root = data / "files"
    files = DiskFiles(root)
    return ReadingServices(
        reading_service=ReadingService(sessions.transaction, sessions.zone),
        insistence_service=InsistenceService(sessions.transaction, files),
        decision_service=DecisionService(sessions.transaction),
        readings=PostgresReadings(pool),
        files=files,
        file_sweeping=FileSweeping(
            sessions.transaction, StoredDiskFiles(root), PostgresNamedFiles(pool), sessions.now
        ),
    )
