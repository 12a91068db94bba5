"""Cases: how many are filed a second beside the bare writing of their rows, and whether a timeline, an
account's list and the staff's queue cost the same among few cases and among many.

Accounts have the same number of cases whichever the size, so what is read is the same; what differs is how
many others there are.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from adapters.postgres.cases.cases import PostgresCases
from adapters.postgres.pool import connect, create_pool
from adapters.postgres.store import Transactions
from domain.cases.cases import CaseQuestion, QueueQuestion
from domain.cases.filing import Filing
from domain.enquiries.consultation import Consultation
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.ids import AccountId, CaseId, UserId
from infra.bench.flatness import GOAL as FLAT_GOAL
from infra.bench.flatness import Size
from infra.bench.results import Result
from infra.clock import new_id
from services.cases.filing import CaseFiling

CASES_OF_ACCOUNT = 20
RATE_GOAL = 0.2
RATE_WORK = (
    "Filing an enquiry: number, account looked at under its lock, case, steps, promises to tell of them. "
    "Limit: the same rows inserted barely, in as many transactions"
)
FLAT_WORK = {
    "timeline": "Reading a case with its timeline",
    "list": "Reading a page of an account's cases",
    "queue": "Reading a page of the staff's queue",
}
_PAGE = 50
_AT = datetime(2026, 11, 20, 7, tzinfo=UTC)
_SYSTEM = Actor(
    kind=ActorKind.SYSTEM, id=UUID(int=1), name="kabinet bench", scopes=frozenset({Scope.APPLICATIONS})
)
_LAY = (
    """
    INSERT INTO cases (account_id, case_id, number, family, kind, form, form_version, channel, by_kind, by_id,
                       by_name, received_at, state, is_open, due_on, is_paused, decisions_count, step_no)
    SELECT a.account_id, md5(a.account_id::text || n)::uuid, 'Б-' || (a.place * $2 + n), 'enquiries',
           'consultation', '{"kind": "consultation", "question": "Почему такой счёт?"}', 1, 'cabinet',
           'customer', a.account_id, 'Иванов И. И.', $3::timestamptz + n * interval '1 minute',
           'registered', true, DATE '2026-11-25' + (a.place % 30)::int, false, 0, 2
    FROM (SELECT account_id, row_number() OVER (ORDER BY md5(account_id::text)) AS place FROM accounts
          ORDER BY md5(account_id::text) LIMIT $1) a
    CROSS JOIN generate_series(1, $2::int) AS n
    """,
    """
    INSERT INTO case_steps (account_id, case_id, step_no, at, by_kind, by_id, by_name, verb, state,
                            public_note, inner_note)
    SELECT c.account_id, c.case_id, s.step_no, c.received_at, 'customer', c.by_id, c.by_name, s.verb, s.state,
           '', ''
    FROM cases c CROSS JOIN (VALUES (1, 'submit', 'submitted'), (2, 'register', 'registered'))
         AS s (step_no, verb, state)
    """,
)


class _One(NamedTuple):
    account_id: AccountId
    case_id: CaseId
    user_id: UserId

    @property
    def access(self) -> Access:
        actor = Actor(kind=ActorKind.CUSTOMER, id=self.user_id, name="")
        return Access(actor=actor, account_id=self.account_id, scope=Scope.SEE, at=_AT)


async def lay(admin_dsn: str, count: int) -> None:
    """So many cases, each with two steps, spread over accounts drawn by chance."""
    admin = await connect(admin_dsn, role=None)
    try:
        await admin.execute("SET session_replication_role = replica", timeout=60)
        cases, steps = _LAY
        accounts = count // CASES_OF_ACCOUNT
        await admin.execute(cases, accounts, CASES_OF_ACCOUNT, _AT, timeout=3600)
        await admin.execute(steps, timeout=3600)
        await admin.execute("VACUUM ANALYZE cases, case_steps", timeout=3600)
    finally:
        await admin.close()


async def filed(dsn: str, rounds: int, each: int) -> list[Result]:
    """Cases filed a second by one process, one after another."""
    pool, bare = await create_pool(dsn, min_size=1, max_size=1), await connect(dsn)
    filing = CaseFiling(Transactions(pool, lambda: _AT, new_id), ZoneInfo("Asia/Yekaterinburg"))
    try:
        drawn = await bare.fetch(
            "SELECT account_id FROM accounts ORDER BY md5(account_id::text || 'f') LIMIT $1",
            (rounds + 1) * each,
        )
        accounts = [row["account_id"] for row in drawn]
        pairs = []
        for number in range(rounds + 1):
            mine = [accounts[(number * each + place) % len(accounts)] for place in range(each)]
            ours = await _per_second(mine, lambda account_id: _file(filing, account_id))
            limit = await _per_second(mine, lambda account_id: _barely(bare, account_id))
            if number:  # the first fills caches
                pairs.append((ours, limit))
    finally:
        await bare.close()
        await pool.close()
    return [Result.rate(RATE_WORK, "cases/s", pairs=pairs, goal=RATE_GOAL)]


async def _per_second(accounts: Sequence[AccountId], work: Callable[[AccountId], Awaitable[None]]) -> float:
    began = time.perf_counter()
    for account_id in accounts:
        await work(account_id)
    return len(accounts) / (time.perf_counter() - began)


async def _file(filing: CaseFiling, account_id: AccountId) -> None:
    access = Access(actor=_SYSTEM, account_id=account_id, scope=Scope.APPLICATIONS, at=_AT)
    await filing.submit(access, CaseId(new_id()), Filing(form=Consultation(question="Почему такой счёт?")))


async def _barely(connection: asyncpg.Connection, account_id: AccountId) -> None:
    case_id = new_id()
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO case_counters (year, last_no) VALUES (1, 1)"
            " ON CONFLICT (year) DO UPDATE SET last_no = case_counters.last_no + 1"
        )
    async with connection.transaction():
        await connection.execute(
            """
            INSERT INTO cases (account_id, case_id, number, family, kind, form, form_version, channel,
                               by_kind, by_id, by_name, received_at, state, is_open, due_on, is_paused,
                               decisions_count, step_no)
            VALUES ($1, $2, $3, 'enquiries', 'consultation', $4, 1, 'cabinet', 'system', $1, '', $5,
                    'registered', true, $6, false, 0, 2)
            """,
            account_id,
            case_id,
            str(case_id),
            {"kind": "consultation", "question": "Почему такой счёт?"},
            _AT,
            date(2026, 11, 25),
        )
        await connection.execute(
            "INSERT INTO case_numbers (number, account_id, case_id) VALUES ($1, $2, $3)",
            str(case_id),
            account_id,
            case_id,
        )
        await connection.executemany(
            """
            INSERT INTO case_steps (account_id, case_id, step_no, at, by_kind, by_id, by_name, verb, state,
                                    public_note, inner_note)
            VALUES ($1, $2, $3, $4, 'system', $1, '', 'register', 'registered', '', '')
            """,
            [(account_id, case_id, number, _AT) for number in (1, 2)],
        )
        await connection.executemany(
            """
            INSERT INTO account_jobs (account_id, job_id, kind, job, state, run_at, attempts, max_attempts,
                                      created_at)
            VALUES ($1, $2, 'bench', $3, 'waiting', $4, 0, 1, $4)
            """,
            [(account_id, new_id(), {}, _AT) for _ in range(2)],
        )


@dataclass(frozen=True, slots=True)
class _World:
    cases: PostgresCases
    drawn: list[_One]

    async def took_ms(self, work: str, ones: Sequence[_One]) -> float:
        took = []
        for one in ones:
            began = time.perf_counter()
            await self._do(work, one)
            took.append((time.perf_counter() - began) * 1000)
        return median(took)

    async def _do(self, work: str, one: _One) -> None:
        match work:
            case "timeline":
                await self.cases.view(one.access, one.case_id)
            case "list":
                await self.cases.of_account(one.access, CaseQuestion(), after=None, limit=_PAGE)
            case _:
                await self.cases.queue(QueueQuestion(kind="consultation"), after=None, limit=_PAGE)


async def flat(
    few: Size, few_cases: int, many: Size, many_cases: int, rounds: int, each: int
) -> list[Result]:
    """Cases are drawn from all of them, and each is read once before it counts."""
    async with AsyncExitStack() as stack:
        worlds = []
        for size, count in ((few, few_cases), (many, many_cases)):
            await lay(size.admin_dsn, count)
            connection = await connect(size.dsn)
            stack.push_async_callback(connection.close)
            worlds.append(_World(PostgresCases(connection), await _drawn(connection, (rounds + 1) * each)))
        for world in worlds:
            for work in FLAT_WORK:
                await world.took_ms(work, world.drawn)
        pairs: dict[str, list[tuple[float, float]]] = {work: [] for work in FLAT_WORK}
        for number in range(rounds):
            for work in FLAT_WORK:
                ours, limit = [
                    await world.took_ms(work, world.drawn[number * each : (number + 1) * each])
                    for world in reversed(worlds)
                ]
                pairs[work].append((ours, limit))
    return [
        Result.cost(
            f"{words} among {many_cases:,} cases. Limit: the same among {few_cases:,}",
            "ms",
            pairs=pairs[work],
            goal=FLAT_GOAL,
        )
        for work, words in FLAT_WORK.items()
    ]


async def _drawn(connection: asyncpg.Connection, count: int) -> list[_One]:
    rows = await connection.fetch(
        """
        SELECT c.account_id, c.case_id, m.user_id FROM cases c
        JOIN account_members m ON m.account_id = c.account_id
        ORDER BY md5(c.case_id::text) LIMIT $1
        """,
        count,
        timeout=600,
    )
    found = [_One(row["account_id"], row["case_id"], row["user_id"]) for row in rows]
    return [found[place % len(found)] for place in range(count)]
