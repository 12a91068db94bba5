"""What operators do with a case before it is decided: take it, hand it over, ask, promise, send it on."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from domain.cases import moves
from domain.cases.cases import Case
from domain.cases.steps import StepBy
from domain.kernel.access import Access
from domain.kernel.calendar import business_day
from domain.kernel.ids import CaseId, StaffId
from domain.people.staff import StaffNotFound
from domain.store import Transaction
from services.cases.deciding import CaseDeciding
from services.cases.keeping import clock_of


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """`seen_step` is the last step the operator has seen: CaseMoved when another followed."""

    transaction: Transaction
    deciding: CaseDeciding

    async def take(self, access: Access, case_id: CaseId, *, seen_step: int | None) -> Case:
        verb = partial(
            moves.taken, by=StepBy.of(access.actor), at=access.at, holder_id=StaffId(access.actor.id)
        )
        return await self.deciding.move(access, case_id, verb, seen_step=seen_step)

    async def hand_over(
        self, access: Access, case_id: CaseId, to: StaffId, inner_note: str, *, seen_step: int | None
    ) -> Case:
        """StaffNotFound when there is nobody of that id at work."""
        async with self.transaction() as store:
            member = await store.staff.by_id(to)
        if member is None or member.disabled_at is not None:
            raise StaffNotFound(field="staff_id")
        verb = partial(
            moves.handed_over,
            by=StepBy.of(access.actor),
            at=access.at,
            holder_id=to,
            holder=member.name,
            inner_note=inner_note,
        )
        return await self.deciding.move(access, case_id, verb, seen_step=seen_step)

    async def ask(
        self, access: Access, case_id: CaseId, question: str, until: datetime | None, *, seen_step: int | None
    ) -> Case:
        by, at = StepBy.of(access.actor), access.at
        verb = partial(moves.asked, by=by, at=at, question=question, until=until)
        return await self.deciding.move(access, case_id, verb, seen_step=seen_step)

    async def promise(
        self, access: Access, case_id: CaseId, until: datetime, why: str, *, seen_step: int | None
    ) -> Case:
        """PromiseTooLate."""
        async with self.transaction() as store:
            case = await store.cases.locked_for(access, case_id)
            steps, zone = await store.cases.steps(case.account_id, case.id), self.deciding.zone
            clock = await clock_of(store.terms, store.calendar, case, steps, zone, access.at)
        clock.check_promise(business_day(until, zone))
        verb = partial(moves.promised, by=StepBy.of(access.actor), at=access.at, until=until, why=why)
        return await self.deciding.move(access, case_id, verb, seen_step=seen_step)

    async def send_on(
        self, access: Access, case_id: CaseId, to: str, why: str, inner_note: str, *, seen_step: int | None
    ) -> Case:
        by, at = StepBy.of(access.actor), access.at
        verb = partial(moves.sent_on, by=by, at=at, to=to, why=why, inner_note=inner_note)
        return await self.deciding.move(access, case_id, verb, seen_step=seen_step)
