"""A contract's workbook: from its bytes to saved verdicts, beside the least such work can be: a library
merely reading the file, and COPY merely writing the rows that come of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import python_calamine

from adapters.excel import template
from adapters.excel.reading import WorkbookReader
from adapters.excel.workbooks import ExcelReadingWorkbooks
from adapters.postgres.pool import connect, create_pool
from adapters.postgres.readings.meters import PostgresMeters
from adapters.postgres.store import Transactions
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.ids import AccountId, ReadingFileId
from domain.readings.files import JudgeReadingFile, ReadingFileState
from domain.readings.readings import ReadingSource
from domain.readings.templates import Template, TemplateRow
from infra.bench.results import Result
from infra.clock import new_id
from services.readings.files import ReadingFileService
from services.readings.submitting import ReadingService

METERS = 10_000
ROUNDS = 3
GOAL = 0.1
WORK = (
    "A workbook with {meters} meters: its bytes kept, read apart, judged by all rules, readings with their "
    "steps and verdicts saved. Limit: python-calamine reading the file, COPY writing the rows to bare tables"
)
_AT = datetime(2026, 11, 20, 7, tzinfo=UTC)
_DAY = date(2026, 11, 20)
_TABLES = ("readings", "register_readings", "reading_steps", "reading_file_rows")
_FIRST_VALUE = 4_100
_ACTOR = Actor(
    kind=ActorKind.SYSTEM, id=UUID(int=0), name="kabinet bench", scopes=frozenset({Scope.READINGS})
)


@dataclass(frozen=True, slots=True)
class _Contract:
    account_id: AccountId
    body: bytes


async def run(dsn: str, *, meters: int = METERS, rounds: int = ROUNDS) -> list[Result]:
    """`dsn` is the owner's address of a migrated database. Each round has a contract of its own."""
    owner = await connect(dsn, role=None)
    pool = await create_pool(dsn, min_size=1, max_size=2)
    try:
        await _lay_supplier(owner)
        for table in _TABLES:
            await owner.execute(f"CREATE SCHEMA IF NOT EXISTS bench_{table}")
        service = _service(pool)
        pairs = []
        for number in range(rounds + 1):
            contract = await _contract(owner, number, meters)
            ours = await _judged(service, contract, meters)
            bare = await _bare(owner, contract, meters)
            if number:  # the first fills caches
                pairs.append((ours, bare))
    finally:
        await pool.close()
        await owner.close()
    return [Result.rate(WORK.format(meters=f"{meters:,}"), "rows/s", pairs=pairs, goal=GOAL)]


def _service(pool: asyncpg.Pool) -> ReadingFileService:
    transaction = Transactions(pool, lambda: _AT, new_id)
    zone = ZoneInfo("Asia/Yekaterinburg")
    return ReadingFileService(
        transaction=transaction,
        readings=ReadingService(transaction=transaction, zone=zone),
        read=WorkbookReader(PostgresMeters(pool).zones),
        workbooks=ExcelReadingWorkbooks(),
        now=lambda: _AT,
        zone=zone,
    )


async def _judged(service: ReadingFileService, contract: _Contract, meters: int) -> float:
    """Rows a second."""
    access = Access(actor=_ACTOR, account_id=contract.account_id, scope=Scope.READINGS, at=_AT)
    began = time.perf_counter()
    file, _ = await service.receive(
        access, ReadingFileId(new_id()), name="bench.xlsx", body=contract.body, source=ReadingSource.FILE
    )
    await service.judge(JudgeReadingFile(account_id=contract.account_id, file_id=file.id))
    seconds = time.perf_counter() - began
    async with service.transaction() as store:
        done = await store.reading_files.found(contract.account_id, file.id)
    if done is None or done.state is not ReadingFileState.JUDGED or done.counts.accepted != meters:
        raise RuntimeError(f"The workbook was not judged as it should: {done}")
    return meters / seconds


async def _bare(owner: asyncpg.Connection, contract: _Contract, meters: int) -> float:
    """Rows a second: the file read in this process, the very rows we made of it copied into tables without
    keys, in one transaction."""
    made = {table: await _rows_of(owner, table, contract.account_id) for table in _TABLES}
    for table in _TABLES:
        await owner.execute(f"DROP TABLE IF EXISTS bench_{table}.bare")
        await owner.execute(f"CREATE TABLE bench_{table}.bare (LIKE kabinet.{table})")
    began = time.perf_counter()
    book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(contract.body))
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python()
    async with owner.transaction():
        for table in _TABLES:
            await owner.copy_records_to_table("bare", schema_name=f"bench_{table}", records=made[table])
    return meters / (time.perf_counter() - began)


async def _rows_of(owner: asyncpg.Connection, table: str, account_id: AccountId) -> list[tuple[object, ...]]:
    match table:
        case "readings":
            sql = "SELECT * FROM readings WHERE account_id = $1"
        case "register_readings":
            sql = "SELECT * FROM register_readings WHERE account_id = $1"
        case "reading_steps":
            sql = "SELECT * FROM reading_steps WHERE account_id = $1"
        case _:
            sql = "SELECT * FROM reading_file_rows WHERE account_id = $1"
    return [tuple(row) for row in await owner.fetch(sql, account_id)]


async def _lay_supplier(owner: asyncpg.Connection) -> None:
    await owner.execute(
        "INSERT INTO suppliers (supplier_id, inn, name) VALUES ($1, $2, 'Bench') ON CONFLICT DO NOTHING",
        UUID(int=1),
        "7200000000",
    )
    await owner.execute(
        "INSERT INTO services (service_code, name, unit) VALUES ('electricity', 'Bench', 'kWh')"
        " ON CONFLICT DO NOTHING"
    )


async def _contract(owner: asyncpg.Connection, number: int, meters: int) -> _Contract:
    """A contract with so many meters of one zone, and its template filled in."""
    account_id, supplier_account_id = AccountId(new_id()), new_id()
    await owner.execute(
        "INSERT INTO accounts (account_id, number, kind, address, holder_name, opened_at)"
        " VALUES ($1, $2, 'unified', '', 'Bench', $3)",
        account_id,
        f"bench-{number}",
        _AT,
    )
    await owner.execute(
        "INSERT INTO supplier_accounts (account_id, supplier_account_id, supplier_id, number)"
        " VALUES ($1, $2, $3, $4)",
        account_id,
        supplier_account_id,
        UUID(int=1),
        f"bench-{number}",
    )
    ids = [new_id() for _ in range(meters)]
    await owner.executemany(
        """
        INSERT INTO meters (account_id, meter_id, supplier_account_id, service_code, unit, serial, model,
                            installed_on, place, digit_count, fraction_digit_count, transformation_ratio,
                            is_automatic)
        VALUES ($1, $2, $3, 'electricity', 'kWh', $4, '', '2026-10-20', '', 6, 0, 1, false)
        """,
        [
            (account_id, meter_id, supplier_account_id, f"{number}{place:07d}")
            for place, meter_id in enumerate(ids)
        ],
    )
    await owner.executemany(
        """
        INSERT INTO meter_registers (account_id, meter_id, zone, direction, label, opening_value)
        VALUES ($1, $2, 'single', 'A+', '', 4000)
        """,
        [(account_id, meter_id) for meter_id in ids],
    )
    await owner.execute("VACUUM ANALYZE meters, meter_registers")
    serials = [f"{number}{place:07d}" for place in range(meters)]
    return _Contract(account_id, _filled(account_id, serials))


def _filled(account_id: AccountId, serials: Sequence[str]) -> bytes:
    rows = [
        TemplateRow(
            point="",
            address="ул. Мира, 1",
            place="ВРУ",
            model="СЕ101",
            serial=serial,
            zone="Круглосуточно",
            direction="A+",
            previous_on=date(2026, 10, 20),
            previous=Decimal(4000),
            ratio=Decimal(1),
            unit="кВт·ч",
            digit_count=6,
            fraction_digit_count=0,
            taken_on=_DAY,
            value=Decimal(_FIRST_VALUE + place % 100),
        )
        for place, serial in enumerate(serials)
    ]
    whole = Template(
        account_id=account_id, account_number="bench", holder_name="", address="", made_on=_DAY, rows=rows
    )
    return template.written(whole, str)
