"""Readings put together: sending, insisting, deciding, and the files that are kept with them."""

from dataclasses import dataclass
from pathlib import Path

import asyncpg

from adapters.files.disk import DiskFiles
from adapters.postgres.readings.readings import PostgresReadings
from services.people.sessions import SessionService
from services.readings.deciding import DecisionService, InsistenceService
from services.readings.submitting import ReadingService


@dataclass(frozen=True, slots=True)
class ReadingServices:
    """What handlers ask for by the names of these fields."""

    reading_service: ReadingService
    insistence_service: InsistenceService
    decision_service: DecisionService
    readings: PostgresReadings
    files: DiskFiles


def wired(sessions: SessionService, pool: asyncpg.Pool, data: Path) -> ReadingServices:
    """On the transaction and the zone of `sessions`; files in a folder of `data`."""
    files = DiskFiles(data / "files")
    return ReadingServices(
        reading_service=ReadingService(sessions.transaction, sessions.zone),
        insistence_service=InsistenceService(sessions.transaction, files),
        decision_service=DecisionService(sessions.transaction),
        readings=PostgresReadings(pool),
        files=files,
    )
