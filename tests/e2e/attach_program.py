"""Sends a file piece by piece and checks it, in a process that tests can kill. Before each piece it
says how far it is.

python -m tests.e2e.attach_program DSN FOLDER FILE ACCOUNT_ID USER_ID CASE_ID ATTACHMENT_ID
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from adapters.files.uploads import DiskUploads
from adapters.malware.clamav import NoScanner
from adapters.postgres.pool import create_pool
from adapters.postgres.store import Transactions
from domain.cases.attachments import AttachmentState, CheckAttachment, Piece
from domain.kernel.access import Access, Actor, ActorKind, Scope
from infra import lifeline
from infra.clock import new_id
from services.cases.attaching import AttachmentService
from tests.households import NOON

PIECE_BYTES = 64 * 1024


def service(pool, folder: Path) -> AttachmentService:
    transaction = Transactions(pool, lambda: NOON, new_id)
    zone = ZoneInfo("Asia/Yekaterinburg")
    return AttachmentService(transaction, DiskUploads(folder), NoScanner(), lambda: NOON, zone)


def applicant(account_id: UUID, user_id: UUID) -> Access:
    actor = Actor(kind=ActorKind.CUSTOMER, id=user_id, name="Иванов И. И.")
    return Access(actor=actor, account_id=account_id, scope=Scope.APPLICATIONS, at=NOON)


async def main(dsn: str, folder: str, file: str, *ids: str) -> None:
    lifeline.follow_parent()
    account_id, user_id, case_id, attachment_id = (UUID(text) for text in ids)
    pool = await create_pool(dsn, min_size=1, max_size=2)
    attaching, access = service(pool, Path(folder)), applicant(account_id, user_id)
    content = await asyncio.to_thread(Path(file).read_bytes)
    async with attaching.transaction() as store:
        now = await store.attachments.of(access, case_id, attachment_id)
    while now.state is AttachmentState.UPLOADING:
        print(now.received_bytes, flush=True)
        first = now.received_bytes
        piece = Piece(first=first, total=len(content), content=content[first : first + PIECE_BYTES])
        now = await attaching.send(access, case_id, attachment_id, piece)
    print(now.received_bytes, flush=True)
    await attaching.check(CheckAttachment(account_id=account_id, attachment_id=attachment_id))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
