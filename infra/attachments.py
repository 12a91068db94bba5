"""Files of cases put together: their bytes on disk, the scanner where there is one."""

from dataclasses import dataclass
from pathlib import Path

import asyncpg

from adapters.files.uploads import DiskUploads
from adapters.malware.clamav import ClamAv, NoScanner
from adapters.postgres.cases.attachments import PostgresAttachments
from services.cases.attaching import AttachmentService
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class Attaching:
    """What handlers ask for by the names of these fields, and what jobs need."""

    attachment_service: AttachmentService
    attachments: PostgresAttachments
    long_files: DiskUploads


def wired(sessions: SessionService, pool: asyncpg.Pool, data: Path, scanner: str) -> Attaching:
    """On the transaction and the clock of `sessions`; files in a folder of `data` where nothing else is
    kept. `scanner` is the address of clamd, or nothing."""
    files = DiskUploads(data / "attachments")
    return Attaching(
        attachment_service=AttachmentService(
            transaction=sessions.transaction,
            files=files,
            malware=ClamAv(scanner) if scanner else NoScanner(),
            now=sessions.now,
            zone=sessions.zone,
        ),
        attachments=PostgresAttachments(pool),
        long_files=files,
    )
