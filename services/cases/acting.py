"""The act of a visit: written down once, and with it the meters, their figures and the case move."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo

from msgspec.structs import replace

from domain.cases import moves
from domain.cases.cases import Case
from domain.cases.effects import EffectDone
from domain.cases.on_site import VisitOrder
from domain.cases.steps import StepBy
from domain.cases.visits import ActKept, MeterNotOrdered, Visit, VisitState, is_whole, order_of
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.calendar import Period
from domain.kernel.ids import CaseId, MeterId, ReadingId, SupplierAccountId, VisitId
from domain.readings.acts import (
    ActEntry,
    ActOutcome,
    VisitAct,
    ZoneUnknown,
    hung,
    looked_at,
    taken_down,
)
from domain.readings.control import Controlled, controlled
from domain.readings.deciding import released
from domain.readings.judging import Histories
from domain.readings.meters import Direction, Meter
from domain.readings.windows import ReadingWindows
from domain.store import Store, Transaction
from services.cases.keeping import keep
from services.cases.visiting import visit_of

A_YEAR = timedelta(days=365)
SAYS = {
    ActOutcome.ADMITTED: "The visit was made, act {number} of {day}: the meter counts",
    ActOutcome.NOT_ADMITTED: "The visit was made, act {number} of {day}: the meter is not admitted. {words}",
    ActOutcome.UNACCOUNTED: (
        "The visit was made, act {number} of {day}: consumption past the meter was found. {words} "
        "The readings of the meter are not taken until an act admits it; what was used past it is reckoned "
        "by the act"
    ),
    ActOutcome.NO_ACCESS: "Nobody let us in, act {number} of {day}: choose another time",
}


@dataclass(frozen=True, slots=True)
class ActService:
    """Locks: the case, then its meters by id."""

    transaction: Transaction
    zone: tzinfo
    translate: Callable[[str], str]

    async def act(self, access: Access, case_id: CaseId, visit_id: VisitId, act: VisitAct) -> Visit:
        """Staff write down what the crew found and did. Safe to repeat with the same act; else ActKept.

        VisitNotFound, VisitEnded, VisitNotBegun, MeterNotOrdered, and what speaks against the figures.
        """
        async with self.transaction() as store:
            case = await store.cases.locked_for(access, case_id)
            before = await visit_of(store, case, visit_id)
            if before.act is not None:
                if before.act != act:
                    raise ActKept
                return before
            order = order_of(case)
            by = StepBy.of(access.actor)
            after = before.carried_out(act, by, order, access.at, self.zone)
            meters = await self._meters_moved(store, access, after, order)
            after = replace(after, meter_ids=tuple(dict.fromkeys((*after.meter_ids, *meters))))
            await store.visits.save(after)
            await self._tell(store, case, order, after, access)
        return after

    async def _meters_moved(
        self, store: Store, access: Access, visit: Visit, order: VisitOrder
    ) -> list[MeterId]:
        """All meters of the act, new ones too."""
        act = visit.act
        assert act is not None
        if visit.state is not VisitState.DONE:
            return []
        zones = await store.meters.zones()
        for entry in act.entries:
            for given in (*entry.values, *(entry.new_meter.values if entry.new_meter else ())):
                if given.zone not in zones:
                    raise ZoneUnknown(field="values", zone=given.zone)
        await store.meters.locked(access.account_id, sorted(act.meter_ids))
        every = (await store.meters.in_accounts([access.account_id]))[access.account_id]
        hanging = {meter.id: meter for meter in every}
        after: list[Meter] = []
        for entry in act.entries:
            before = hanging[entry.meter_id] if entry.meter_id else None
            after += _after(entry, act, before, _counted_at(order, before), access)
            if before and entry.values:
                await self._control(store, access, visit, before, entry)
        await store.meters.save([hanging[one] for one in act.meter_ids], after)
        return [meter.id for meter in after]

    async def _control(
        self, store: Store, access: Access, visit: Visit, meter: Meter, entry: ActEntry
    ) -> None:
        """What the meter showed is a reading that stands; what waited and agrees with it is released."""
        act = visit.act
        assert act is not None
        keys = [(meter.id, one.zone, one.direction) for one in entry.values]
        found = await store.readings.histories(access.account_id, keys, since=act.drawn_on - A_YEAR)
        histories: Histories = {(zone, direction): history for (_, zone, direction), history in found.items()}
        done = controlled(
            meter,
            entry.values,
            histories,
            visit_id=visit.id,
            period=await self._period(store, access, act),
            on=act.drawn_on,
            at=access.at,
            by=access.actor,
        )
        await self._release(store, access, done, act.number)
        await store.readings.add([done.reading], done.replaced, access.actor)

    async def _period(self, store: Store, access: Access, act: VisitAct) -> Period:
        ours = Access(actor=OURSELVES, account_id=access.account_id, scope=Scope.SEE, at=access.at)
        account = await store.readings.sending_account(ours)
        windows = (await store.terms.at(ReadingWindows, act.drawn_on)).groups
        return next(windows[group] for group in account.groups if group in windows).period_on(act.drawn_on)

    async def _release(self, store: Store, access: Access, done: Controlled, number: str) -> None:
        by_reading: dict[ReadingId, list[tuple[str, Direction]]] = {}
        for one in done.released:
            by_reading.setdefault(one.reading_id, []).append(one.value.register)
        found = await store.readings.found(access.account_id, [one.reading_id for one in done.released])
        for reading_id, reading in found.items():
            after = released(reading, by_reading[reading_id])
            await store.readings.save(reading, after, (), access.actor, access.at, number)

    async def _tell(self, store: Store, case: Case, order: VisitOrder, visit: Visit, access: Access) -> None:
        """A step at once for a missed visit; the case hears of a visit made by a job, as of any effect."""
        act = visit.act
        assert act is not None
        words = self.translate(SAYS[act.outcome]).format(
            number=act.number, day=f"{act.drawn_on:%d.%m.%Y}", words=act.words
        )
        if act.outcome is ActOutcome.NO_ACCESS:
            told = moves.effect_told(case, StepBy.of(access.actor), access.at, public_note=words.strip())
            await keep(store, case, [told], access.at, self.zone)
            return
        visits = await store.visits.of_case(case.account_id, case.id)
        job = EffectDone(
            account_id=case.account_id,
            case_id=case.id,
            key=f"visit:{visit.id}",
            public_note=words.strip(),
            is_last=is_whole(order, visits),
        )
        await store.jobs.add(job, run_at=access.at)


def _after(
    entry: ActEntry, act: VisitAct, before: Meter | None, counted_at: SupplierAccountId, access: Access
) -> Sequence[Meter]:
    if entry.new_meter is None:
        assert before is not None
        return [looked_at(before, entry, act)]
    new = hung(entry, act, account_id=access.account_id, supplier_account_id=counted_at, instead=before)
    return [taken_down(before, entry, act.drawn_on), new] if before else [new]


def _counted_at(order: VisitOrder, before: Meter | None) -> SupplierAccountId:
    counted_at = before.supplier_account_id if before else order.supplier_account_id
    if counted_at is None:
        raise MeterNotOrdered(field="entries")
    return counted_at
