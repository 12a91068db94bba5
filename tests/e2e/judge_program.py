"""Judges one file of readings in a process that tests can kill.

python -m tests.e2e.judge_program DSN ACCOUNT_ID FILE_ID
"""

import asyncio
import sys
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from adapters.excel.reading import WorkbookReader
from adapters.excel.workbooks import ExcelReadingWorkbooks
from adapters.postgres.pool import create_pool
from adapters.postgres.readings.meters import PostgresMeters
from adapters.postgres.store import Transactions
from domain.readings.files import JudgeReadingFile
from infra import lifeline
from infra.clock import new_id
from services.readings.files import ReadingFileService
from services.readings.submitting import ReadingService
from tests.households import NOON


def service(pool) -> ReadingFileService:
    def now():
        return NOON + timedelta(minutes=1)

    transaction, zone = Transactions(pool, now, new_id), ZoneInfo("Asia/Yekaterinburg")
    return ReadingFileService(
        transaction=transaction,
        readings=ReadingService(transaction=transaction, zone=zone),
        read=WorkbookReader(PostgresMeters(pool).zones),
        workbooks=ExcelReadingWorkbooks(),
        now=now,
        zone=zone,
    )


async def main(dsn: str, account_id: str, file_id: str) -> None:
    lifeline.follow_parent()
    pool = await create_pool(dsn, min_size=1, max_size=2)
    await service(pool).judge(JudgeReadingFile(account_id=UUID(account_id), file_id=UUID(file_id)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
