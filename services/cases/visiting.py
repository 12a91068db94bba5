"""Visits: hours on offer, and a time booked, moved or called off by the applicant or the staff."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from domain.cases import moves
from domain.cases.cases import Case
from domain.cases.slots import Area, Areas, Slot, SlotNotFound
from domain.cases.steps import StepBy
from domain.cases.visits import (
    CallOffVisit,
    OfferVisit,
    Visit,
    VisitNotDue,
    VisitNotFound,
    VisitState,
    order_of,
)
from domain.kernel.access import OURSELVES, Access
from domain.kernel.calendar import business_day
from domain.kernel.ids import CaseId, VisitId
from domain.store import Store, Transaction
from services.cases.keeping import keep

OFFERED = "Somebody will come to your meter: choose the day and the hour"
BOOKED = "A visit is booked for {when}"
MOVED = "The visit of {before} was moved to {when}"
CANCELLED = "The visit of {when} was called off"
MOST_SLOTS = 500


@dataclass(frozen=True, slots=True)
class VisitService:
    """Locks: the case, then the hours by id. `translate` gives the words of the case's timeline."""

    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo
    translate: Callable[[str], str]

    async def offer_slots(self, slots: Sequence[Slot]) -> list[Slot]:
        """Offered again with another capacity, that is changed. SlotTaken, AreaUnknown."""
        async with self.transaction() as store:
            areas = await self._areas(store, self.now())
            for one in slots:
                areas.checked(one.area)
            known = await store.visits.slots_locked([one.id for one in slots])
            offered = {
                one.id: known[one.id].with_capacity(one.capacity) if one.id in known else one for one in slots
            }
            await store.visits.save_slots(list(offered.values()))
        return sorted(offered.values(), key=lambda one: (one.starts_at, one.id))

    async def free_slots(self, access: Access, case_id: CaseId, until: datetime) -> list[Slot]:
        """Of the account's service area, from now on. CaseNotFound, VisitNotDue."""
        async with self.transaction() as store:
            order_of((await store.cases.view(access, case_id)).case)
            area = await self._area(store, access)
            return await store.visits.slots(area.code, access.at, until, is_free=True, limit=MOST_SLOTS)

    async def slots_of_day(self, area: str, since: datetime, until: datetime) -> list[Slot]:
        """Full ones too. AreaUnknown."""
        async with self.transaction() as store:
            (await self._areas(store, since)).checked(area)
            return await store.visits.slots(area, since, until, is_free=False, limit=MOST_SLOTS)

    async def of_case(self, access: Access, case_id: CaseId) -> list[Visit]:
        async with self.transaction() as store:
            await store.cases.view(access, case_id)
            return await store.visits.of_case(access.account_id, case_id)

    async def book(
        self, access: Access, case_id: CaseId, visit_id: VisitId, slot_id: UUID, note: str
    ) -> tuple[Visit, bool]:
        """The visit, and whether this call booked it. One that stands is moved: of a case one visit stands.

        CaseNotFound, VisitNotDue, SlotNotFound, SlotFull, SlotPast, VisitBegun; VisitIdTaken.
        """
        async with self.transaction() as store:
            case = await store.cases.locked_for(access, case_id)
            if kept := await store.visits.found(access.account_id, visit_id):
                return kept.same_as(case_id, slot_id, note), False
            order = order_of(case)
            before = _standing(await store.visits.of_case(access.account_id, case_id))
            slot = await self._exchange(store, slot_id, before, access)
            assert case.decision
            visit = Visit(
                id=visit_id,
                account_id=access.account_id,
                case_id=case_id,
                decision_no=case.decision.no,
                purpose=order.purpose,
                slot_id=slot_id,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                state=VisitState.BOOKED,
                by=StepBy.of(access.actor),
                booked_at=access.at,
                note=note,
                meter_ids=order.meter_ids,
            )
            if before:
                await store.visits.save(before.moved(access.at))
            await store.visits.add(visit)
            words = self._booked(visit, before)
            await self._tell(store, case, StepBy.of(access.actor), access.at, words)
        return visit, True

    async def cancel(self, access: Access, case_id: CaseId, visit_id: VisitId, why: str) -> Visit:
        """Safe to repeat. VisitNotFound, VisitBegun, VisitEnded."""
        async with self.transaction() as store:
            case = await store.cases.locked_for(access, case_id)
            before = await visit_of(store, case, visit_id)
            if before.state is VisitState.CANCELLED:
                return before
            after = before.cancelled(access.at, why)
            await self._give_back(store, before)
            await store.visits.save(after)
            words = self.translate(CANCELLED).format(when=self._when(after))
            words = f"{words}: {why}" if why else words
            await self._tell(store, case, StepBy.of(access.actor), access.at, words)
        return after

    async def offer(self, job: OfferVisit) -> None:
        """Told once, however often the job runs, while the decision stands and no time is booked."""
        at, key = self.now(), f"visit-offer:{job.decision_no}"
        async with self.transaction() as store:
            case = await store.cases.locked(job.account_id, job.case_id)
            if not _is_due(case, job.decision_no):
                return
            if _standing(await store.visits.of_case(case.account_id, case.id)):
                return
            steps = await store.cases.steps(case.account_id, case.id)
            if not any(step.inner_note == key for step in steps):
                await self._tell(store, case, StepBy.of(OURSELVES), at, self.translate(OFFERED), key)

    async def call_off(self, job: CallOffVisit) -> None:
        """What was booked by a decision that was taken back."""
        at = self.now()
        async with self.transaction() as store:
            case = await store.cases.locked(job.account_id, job.case_id)
            visit = _standing(await store.visits.of_case(case.account_id, case.id))
            if visit is None or visit.decision_no != job.decision_no:
                return
            await self._give_back(store, visit)
            await store.visits.save(visit.called_off(at))
            words = self.translate(CANCELLED).format(when=self._when(visit))
            await self._tell(store, case, StepBy.of(OURSELVES), at, words)

    async def _areas(self, store: Store, at: datetime) -> Areas:
        return await store.terms.at(Areas, business_day(at, self.zone))

    async def _area(self, store: Store, access: Access) -> Area:
        """Where the account is served."""
        card = await store.accounts.card(access)
        return (await self._areas(store, access.at)).of(card.account.address)

    async def _exchange(self, store: Store, slot_id: UUID, before: Visit | None, access: Access) -> Slot:
        """A place is taken, and that of the visit before given back. Hours of another area are not found."""
        at, area = access.at, await self._area(store, access)
        given = [before.slot_id] if before else []
        slots = dict(await store.visits.slots_locked([slot_id, *given]))
        if slot_id not in slots or slots[slot_id].area != area.code:
            raise SlotNotFound(field="slot_id")
        if before:
            before.moved(at)  # refused, when it has begun, before the hours are
            slots[before.slot_id] = slots[before.slot_id].given_back()
        slots[slot_id] = slots[slot_id].taken(at)
        await store.visits.save_slots(list(slots.values()))
        return slots[slot_id]

    async def _give_back(self, store: Store, visit: Visit) -> None:
        slots = await store.visits.slots_locked([visit.slot_id])
        await store.visits.save_slots([slots[visit.slot_id].given_back()])

    async def _tell(
        self, store: Store, case: Case, by: StepBy, at: datetime, words: str, key: str = ""
    ) -> None:
        told = moves.effect_told(case, by, at, public_note=words, inner_note=key)
        await keep(store, case, [told], at, self.zone)

    def _booked(self, visit: Visit, before: Visit | None) -> str:
        if before is None:
            return self.translate(BOOKED).format(when=self._when(visit))
        return self.translate(MOVED).format(before=self._when(before), when=self._when(visit))

    def _when(self, visit: Visit) -> str:
        starts, ends = visit.starts_at.astimezone(self.zone), visit.ends_at.astimezone(self.zone)
        return f"{starts:%d.%m.%Y %H:%M}–{ends:%H:%M}"


async def visit_of(store: Store, case: Case, visit_id: VisitId) -> Visit:
    """VisitNotFound, also when it is another case's."""
    visit = await store.visits.found(case.account_id, visit_id)
    if visit is None or visit.case_id != case.id:
        raise VisitNotFound
    return visit


def _standing(visits: Sequence[Visit]) -> Visit | None:
    return next((visit for visit in visits if visit.state is VisitState.BOOKED), None)


def _is_due(case: Case, decision_no: int) -> bool:
    try:
        order_of(case)
    except VisitNotDue:
        return False
    return case.decision is not None and case.decision.no == decision_no
