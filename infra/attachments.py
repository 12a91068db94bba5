"""Files of cases put together: their bytes on disk or in a store, the scanner where there is one."""

from dataclasses import dataclass

import asyncpg

from adapters.files.uploads import DiskUploads
from adapters.malware.clamav import ClamAv, NoScanner
from adapters.postgres.cases.attachments import PostgresAttachments
from domain.cases.attachments import Malware
from domain.kernel.files import LongFiles
from infra.refunds import words
from infra.settings import Settings
from services.cases.attaching import AttachmentService
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class Attaching:
    """What handlers ask for by the names of these fields, and what jobs need."""

    attachment_service: AttachmentService
    attachments: PostgresAttachments
    long_files: LongFiles


def wired(sessions: SessionService, pool: asyncpg.Pool, settings: Settings) -> Attaching:
    """On the transaction and the clock of `sessions`."""
    files = _long_files(settings)
    return Attaching(
        attachment_service=AttachmentService(
            transaction=sessions.transaction,
            files=files,
            malware=scanner(settings),
            now=sessions.now,
            zone=sessions.zone,
            translate=words,
        ),
        attachments=PostgresAttachments(pool),
        long_files=files,
    )


def scanner(settings: Settings) -> Malware:
    return ClamAv(settings.clamav) if settings.clamav else NoScanner()


def _long_files(settings: Settings) -> LongFiles:
    """On disk: in a folder where nothing else is kept."""
    if not settings.s3_bucket:
        return DiskUploads(settings.data / "attachments")
    # Only where it is set up: its library takes a fifth of a second to load.
    from adapters.files.s3 import S3Uploads, s3_client  # noqa: PLC0415

    client = s3_client(
        settings.s3_url,
        settings.s3_region,
        settings.s3_access_key,
        settings.s3_secret_key,
        style=settings.s3_style,
    )
    return S3Uploads(client, settings.s3_bucket, settings.s3_prefix)
