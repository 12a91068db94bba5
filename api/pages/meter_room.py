"""What pages of meters are made of: the meters, their readings, and what a new one would cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from api.meters import MeterOut, showing_of
from api.pages.figures import NoValues, values_of
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page
from api.problems import Told, status_of
from api.reading_costs import CostOut
from api.reading_shapes import ReadingIn, ReadingOut, ReadingStory, StepOut, fields_of
from api.readings import consumption_of
from domain.accounts.accounts import Accounts
from domain.accounts.suppliers import Suppliers
from domain.kernel.access import Access
from domain.kernel.calendar import Period, business_day
from domain.kernel.errors import Refusal
from domain.kernel.ids import MeterId, ReadingId
from domain.readings.keeping import ReadingQuestion, Readings
from domain.readings.meters import Direction, MeterNotFound, Meters, Zone
from domain.readings.readings import ReadingState
from domain.readings.sent import Sent
from services.readings.cost import CostService
from services.readings.submitting import ReadingService

_LATEST = 12


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a reading that was not taken, with its figures, to be corrected where it stands."""

    reading_id: UUID
    typed: Mapping[str, str]
    today: date


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of figures that are typed and not sent: a verdict on each and the cost, or why
    they cannot be judged."""

    reading: ReadingOut | None = None
    cost: CostOut | None = None
    refusal: Told | None = None


class SentOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent of a meter for a month, the oldest first: what counts, and what does not (yet)."""

    period: Period
    counts: list[ReadingOut]
    others: list[ReadingOut]

    @classmethod
    def of(cls, sent: Sent, zones: Mapping[str, Zone], language: str) -> Self:
        counts = [ReadingOut.of(one, zones, language) for one in sent.counts]
        others = [ReadingOut.of(one, zones, language) for one in sent.others]
        return cls(period=sent.period, counts=counts, others=others)

    @property
    def awaits_word(self) -> bool:
        """Whether all that does not count may still do so."""
        return all(one.state is ReadingState.NEEDS_CONFIRMATION for one in self.others)


@dataclass(frozen=True, slots=True)
class MeterRoom:
    """What pages of meters are made of."""

    accounts: Accounts
    suppliers: Suppliers
    meters: Meters
    readings: Readings
    costs: CostService
    sending: ReadingService
    zone: ZoneInfo

    async def hanging(self, access: Access, language: str) -> list[MeterOut]:
        every = await self.meters.of_account(access)
        if not every:
            await self.accounts.card(access)  # nothing hangs, or nothing to see
        showing = await showing_of(self.meters, access, every, self.zone, language)
        return [showing.out(meter) for meter in every]

    async def meter(self, access: Access, meter_id: MeterId, language: str) -> MeterOut:
        for one in await self.hanging(access, language):
            if one.id == meter_id:
                return one
        raise MeterNotFound

    async def service_names(self) -> dict[str, str]:
        return {code: service.name for code, service in (await self.suppliers.services()).items()}

    async def latest(self, access: Access, meter_id: MeterId, language: str) -> list[ReadingOut]:
        found = await self.readings.listed(access, meter_id, ReadingQuestion(), before=None, limit=_LATEST)
        zones = await self.meters.zones()
        return [ReadingOut.of(one, zones, language) for one in found]

    async def sent(self, access: Access, language: str) -> dict[MeterId, SentOut]:
        """What was sent of each meter in this period, with what became of it."""
        sent = await self.sending.of_this_period(access)
        zones = await self.meters.zones() if sent else {}
        return {meter_id: SentOut.of(one, zones, language) for meter_id, one in sent.items()}

    async def months(self, access: Access, meter_id: MeterId) -> list[tuple[Period, Decimal]]:
        """What was used in each of the last months, all zones together, the oldest first."""
        used = await consumption_of(access, meter_id, self.meters, self.readings, self.zone)
        by_month: dict[Period, Decimal] = {}
        for register in used.registers:
            if register.direction is Direction.A_PLUS:
                for month in register.months:
                    by_month[month.period] = by_month.get(month.period, Decimal()) + month.consumption
        return sorted(by_month.items())[-_LATEST:]

    async def story(
        self, access: Access, meter_id: MeterId, reading_id: ReadingId, language: str
    ) -> ReadingStory:
        view = await self.readings.view(access, meter_id, reading_id)
        zones, meter = await self.meters.zones(), await self.meters.of(access, meter_id)
        cost = await self.costs.of_reading(access, meter, view.reading)
        return ReadingStory(
            **fields_of(view.reading, zones, language),
            steps=[StepOut.of(step, language) for step in view.steps],
            cost=CostOut.of(cost, zones, language),
        )

    async def trial(
        self, request: Request[Any, Any, Any], access: Access, meter_id: MeterId, typed: Mapping[str, str]
    ) -> Trial | None:
        """None while nothing is typed."""
        language = language_for(request)
        try:
            given = reading_of(typed, business_day(access.at, self.zone))
            submission = given.submission(ReadingId(uuid4()), meter_id)
            reading = await self.sending.tried(access, submission, given.source(access.actor.kind))
        except NoValues:
            return None
        except Refusal as refusal:
            return Trial(refusal=in_words(request, refusal))
        zones, meter = await self.meters.zones(), await self.meters.of(access, meter_id)
        cost = await self.costs.of_reading(access, meter, reading)
        return Trial(reading=ReadingOut.of(reading, zones, language), cost=CostOut.of(cost, zones, language))

    async def form(
        self,
        request: Request[Any, Any, Any],
        access: Access,
        meter_id: MeterId,
        typed: Mapping[str, str],
        refusal: Refusal | None = None,
    ) -> Response[str]:
        language = language_for(request)
        return page(
            request,
            "meter.html",
            status=status_of(refusal) if refusal else 200,
            account_id=access.account_id,
            section="readings",
            meter=await self.meter(access, meter_id, language),
            services=await self.service_names(),
            sent=(await self.sent(access, language)).get(meter_id),
            latest=await self.latest(access, meter_id, language),
            months=await self.months(access, meter_id),
            today=business_day(access.at, self.zone),
            reading_id=uuid4(),
            typed=typed,
            trial=None if refusal else await self.trial(request, access, meter_id, typed),
            refusal=in_words(request, refusal) if refusal else None,
        )


def meter_room(
    accounts: NamedDependency[SkipValidation[Accounts]],
    suppliers: NamedDependency[SkipValidation[Suppliers]],
    meters: NamedDependency[SkipValidation[Meters]],
    readings: NamedDependency[SkipValidation[Readings]],
    cost_service: NamedDependency[CostService],
    reading_service: NamedDependency[ReadingService],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> MeterRoom:
    return MeterRoom(accounts, suppliers, meters, readings, cost_service, reading_service, zone)


def again_of(reading: ReadingStory, meter: MeterOut, today: date) -> Again | None:
    """None where every figure was taken, or where nobody writes figures in."""
    if not meter.by_hand.is_taken or not any(
        one.state is ReadingState.REFUSED or one.may_insist for one in reading.values
    ):
        return None
    typed = {
        f"value.{one.zone}.{one.direction}": f"{one.value:f}".replace(".", ",") for one in reading.values
    }
    return Again(reading_id=uuid4(), typed={**typed, "taken_on": reading.taken_on.isoformat()}, today=today)


def reading_of(typed: Mapping[str, str], today: date) -> ReadingIn:
    try:
        taken_on = date.fromisoformat(typed.get("taken_on", ""))
    except ValueError:
        taken_on = today
    return ReadingIn(taken_on=taken_on, values=values_of(typed))
