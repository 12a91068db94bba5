"""The ports of cases and drafts: the same tests on the fakes and on PostgreSQL."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from msgspec.structs import replace

from adapters.postgres.cases.cases import PostgresCases
from adapters.postgres.cases.drafts import PostgresDrafts
from domain.applications.recalculation import Recalculation, RecalculationGrant
from domain.applications.recalculation_grounds import Absence
from domain.cases import moves
from domain.cases.cases import (
    Case,
    CaseCursor,
    CaseNotFound,
    CaseQuestion,
    Channel,
    Decision,
    QueueCursor,
    QueueQuestion,
)
from domain.cases.corrections import LoweredLine
from domain.cases.drafts import Draft, DraftCursor
from domain.cases.effects import Performed
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.enquiries.consultation import Consultation
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.errors import TryAgain
from domain.kernel.ids import CaseId, ChargeId, StaffId
from domain.kernel.money import Money
from domain.kinds import FAMILIES, tag_of
from infra.clock import new_id
from tests.cases import operator_access
from tests.fakes_cases import FakeCases, FakeDrafts
from tests.households import lay_household

NOON = datetime(2026, 11, 20, 7, tzinfo=UTC)
OPERATOR = StepBy(kind=ActorKind.STAFF, id=UUID(int=7), name="Орлова Ирина")
QUESTION = Consultation(question="Почему?")
CLAIM = Recalculation(
    why=Absence(left_on=date(2026, 10, 1), back_on=date(2026, 10, 20)), lines=(ChargeId(UUID(int=5)),)
)


class Place:
    def __init__(self, cases, drafts, home):
        self.cases, self.drafts, self.home = cases, drafts, home
        self.owner = self.access(home.user_id)

    def access(self, user_id, *, kind=ActorKind.CUSTOMER):
        actor = Actor(kind=kind, id=user_id, name="И", scopes=frozenset({Scope.APPLICATIONS}))
        return Access(actor=actor, account_id=self.home.account_id, scope=Scope.APPLICATIONS, at=NOON)

    @property
    def staff(self):
        return operator_access(self.home.account_id, NOON)

    async def filed(self, form=QUESTION, *, seconds=0, due_on=date(2026, 11, 25)):
        kind, at = tag_of(type(form)), NOON + timedelta(seconds=seconds)
        case = Case(
            id=CaseId(new_id()),
            account_id=self.home.account_id,
            number=await self.cases.next_number(NOON.date()),
            family=FAMILIES[kind],
            kind=kind,
            form=form,
            channel=Channel.EMAIL,
            by=StepBy.of(self.owner.actor),
            received_at=at,
            state=CaseState.SUBMITTED,
            due_on=due_on,
        )
        first = moves.submitted(case)
        second = moves.registered(first.case, OPERATOR, at)
        await self.cases.add(second.case, [first.step, second.step])
        return second.case

    async def done(self, case, move):
        await self.cases.save(case, move.case, [move.step])
        return move.case


@pytest_asyncio.fixture(params=["fake", "postgres"])
async def place(request, pool):
    home = await lay_household(pool)
    if request.param == "postgres":
        return Place(PostgresCases(pool), PostgresDrafts(pool), home)
    members = {(home.account_id, home.user_id)}
    return Place(FakeCases(members), FakeDrafts(members), home)


async def test_a_case_is_kept_as_it_was_filed(place):
    case = await place.filed(CLAIM)
    assert await place.cases.found(case.account_id, case.id) == case
    assert await place.cases.of_number(case.number) == (case.account_id, case.id)
    assert await place.cases.of_number("К-2026-999999") is None
    assert [step.no for step in await place.cases.steps(case.account_id, case.id)] == [1, 2]
    with pytest.raises(TryAgain):
        await place.cases.add(case, [])


async def test_moves_decisions_and_effects_are_kept(place):
    case = await place.filed(CLAIM)
    case = await place.done(case, moves.taken(case, OPERATOR, NOON, StaffId(OPERATOR.id)))
    lowered = LoweredLine(charge_id=CLAIM.lines[0], principal=Money(100))
    decision = Decision(
        no=1,
        outcome=CaseState.SATISFIED,
        answer="Да",
        rule="354",
        grant=RecalculationGrant(lines=(lowered,)),
        at=NOON,
        by=OPERATOR,
        answered_by=Channel.PHONE,
    )
    case = await place.done(case, moves.decided(case, decision, "сверено"))
    effects = [
        Performed(case_id=case.id, decision=1, no=number, kind="charge", reference=str(new_id()))
        for number in (1, 2)
    ]
    await place.cases.decided(case, effects)
    taken_back = replace(effects[0], no=3, is_annulment=True)
    await place.cases.performed(case.account_id, [taken_back])

    view = await place.cases.view(place.staff, case.id)
    assert view.case == case == await place.cases.locked(case.account_id, case.id)
    assert view.decisions == (decision,)
    assert view.effects == (*effects, taken_back)
    assert [step.verb for step in view.steps] == ["submit", "register", "take", "decide"]
    assert view.steps[-1].inner_note == "сверено"
    assert (view.case.holder, view.case.holder_id, view.case.decisions_count) == (
        OPERATOR.name,
        OPERATOR.id,
        1,
    )


async def test_customers_see_what_is_public(place):
    case = await place.filed()
    case = await place.done(case, moves.noted(case, OPERATOR, NOON, inner_note="между нами"))
    until = NOON + timedelta(days=3)
    await place.done(case, moves.promised(case, OPERATOR, NOON, until=until, why="Ждём акт"))
    steps = (await place.cases.view(place.owner, case.id)).steps
    assert [step.verb for step in steps] == ["submit", "register", "promise"]
    assert steps[-1].until == until
    assert len((await place.cases.view(place.staff, case.id)).steps) == 4


async def test_others_find_nothing(place):
    case = await place.filed()
    stranger = place.access(new_id())
    for asked in (place.cases.view, place.cases.locked_for):
        with pytest.raises(CaseNotFound):
            await asked(stranger, case.id)
        with pytest.raises(CaseNotFound):
            await asked(place.owner, CaseId(new_id()))
    assert await place.cases.of_account(stranger, CaseQuestion(), after=None, limit=9) == []
    assert (await place.cases.locked_for(place.owner, case.id)).id == case.id


async def test_lists_are_narrowed_and_paged(place):
    kept = [await place.filed(CLAIM if n % 2 else QUESTION, seconds=n) for n in range(5)]
    gone = await place.done(kept[4], moves.withdrawn(kept[4], kept[4].by, NOON))

    async def listed(after=None, limit=9, **question):
        found = await place.cases.of_account(place.owner, CaseQuestion(**question), after=after, limit=limit)
        return [case.id for case in found]

    newest_first = [case.id for case in reversed(kept)]
    assert await listed() == newest_first
    first = await listed(limit=2)
    end = CaseCursor(received_at=kept[3].received_at, case_id=kept[3].id)
    assert first + await listed(after=end) == newest_first
    assert await listed(kind="recalculation") == [kept[3].id, kept[1].id]
    assert await listed(is_open=False) == await listed(state=CaseState.WITHDRAWN) == [gone.id]
    assert len(await listed(is_open=True)) == 4


async def test_the_queue_is_by_urgency(place):
    days = [date(2026, 11, day) for day in (27, 24, 25)]
    late, soon, mid = [await place.filed(due_on=day, seconds=no) for no, day in enumerate(days)]
    held = await place.done(mid, moves.taken(mid, OPERATOR, NOON, StaffId(OPERATOR.id)))
    gone = await place.filed(due_on=date(2026, 11, 1))
    await place.done(gone, moves.withdrawn(gone, gone.by, NOON))

    async def queued(after=None, limit=9, **question):
        return [
            case.id for case in await place.cases.queue(QueueQuestion(**question), after=after, limit=limit)
        ]

    assert await queued() == [soon.id, mid.id, late.id]
    assert await queued(after=QueueCursor.of(soon), limit=1) == [mid.id]
    older = await place.filed(due_on=soon.due_on, seconds=-1)
    assert await queued(limit=2) == [older.id, soon.id]
    assert await queued(newest_first=True) == [mid.id, soon.id, late.id, older.id]
    assert await queued(newest_first=True, after=QueueCursor.of(mid), limit=2) == [soon.id, late.id]
    await place.done(older, moves.withdrawn(older, older.by, NOON))
    assert await queued(holder_id=StaffId(OPERATOR.id)) == await queued(is_free=False) == [held.id]
    assert await queued(is_free=True) == [soon.id, late.id]
    assert await queued(due_before=date(2026, 11, 25)) == [soon.id]
    assert await queued(state=CaseState.WITHDRAWN) == [gone.id, older.id]
    assert await queued(kind="recalculation") == []


async def test_cases_whose_clock_stands_still_come_last(place):
    days = [date(2026, 11, day) for day in (21, 24, 22, 25)]
    paused, later, older_paused, last = [await place.filed(due_on=day) for day in days]
    for case in (paused, older_paused):
        asked = moves.asked(case, OPERATOR, NOON, question="Где справка?", until=None)
        await place.done(case, asked._replace(case=replace(asked.case, is_paused=True)))

    async def queued(after=None, limit=9):
        return [case.id for case in await place.cases.queue(QueueQuestion(), after=after, limit=limit)]

    assert await queued() == [later.id, last.id, paused.id, older_paused.id]
    assert await queued(after=QueueCursor.of(last)) == [paused.id, older_paused.id]
    [*_, at_end] = await place.cases.queue(QueueQuestion(), after=None, limit=3)
    assert await queued(after=QueueCursor.of(at_end)) == [older_paused.id]


async def test_numbers_are_given_once_and_by_the_year(place):
    numbers = await asyncio.gather(*(place.cases.next_number(date(2026, 1, 1)) for _ in range(20)))
    assert sorted(numbers) == [f"К-2026-{number:06d}" for number in range(1, 21)]
    assert await place.cases.next_number(date(2027, 1, 1)) == "К-2027-000001"


async def test_drafts_belong_to_who_wrote_them(place):
    def draft(content, *, seconds=0, by=place.home.user_id, id=None):
        return Draft(
            case_id=id or CaseId(new_id()),
            account_id=place.home.account_id,
            by_id=by,
            content=content,
            changed_at=NOON + timedelta(seconds=seconds),
        )

    older, newer = draft({"a": 1}), draft({"b": [None]}, seconds=1)
    assert await place.drafts.keep(older)
    assert await place.drafts.keep(newer)
    changed = draft({"a": 2}, seconds=2, id=older.case_id)
    assert await place.drafts.keep(changed)
    assert not await place.drafts.keep(draft({}, by=new_id(), id=older.case_id))
    assert await place.drafts.found(place.owner, older.case_id) == changed
    assert await place.drafts.found(place.staff, older.case_id) is None
    assert await place.drafts.listed(place.owner, before=None, limit=1) == [changed]
    end = DraftCursor(changed_at=changed.changed_at, case_id=changed.case_id)
    assert await place.drafts.listed(place.owner, before=end, limit=9) == [newer]
    assert await place.drafts.listed(place.access(new_id()), before=None, limit=9) == []
    assert await place.drafts.count(place.home.account_id, place.home.user_id) == 2
    await place.drafts.drop(place.home.account_id, older.case_id, new_id())
    await place.drafts.drop(place.home.account_id, newer.case_id, place.home.user_id)
    assert await place.drafts.listed(place.owner, before=None, limit=9) == [changed]
