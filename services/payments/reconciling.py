"""Reconciling: each agent's day in its own zone, as often as one likes; nothing is posted by it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.kernel.access import Actor
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.payments.provider import ProviderUnreachable
from domain.payments.reconciliation.days import (
    LOOK_BACK_DAYS,
    DayNotAsked,
    DayNotOver,
    DayReconciliation,
    DayRow,
    DiscrepancyNotFound,
    ReconcileDays,
    ReconciliationTerms,
    Resolution,
    RowCursor,
)
from domain.payments.reconciliation.facts import (
    CREDIT_WITHIN,
    Booked,
    Credit,
    DayFacts,
    Operation,
    ProviderOperations,
    ReconciliationFacts,
)
from domain.payments.reconciliation.findings import Category, Compared, Discrepancy, agreed, compared
from domain.payments.reconciliation.matching import paired
from domain.payments.registries.agents import AgentNotFound, PaymentAgent
from domain.payments.registries.entries import Direction
from domain.payments.registries.rows import IN_SUSPENSE
from domain.store import Transaction

ONLINE_ZONE = ZoneInfo("Europe/Moscow")
"""The online provider counts its days by Moscow time."""
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Span:
    day: date
    since: datetime
    until: datetime

    @classmethod
    def of(cls, day: date, zone: tzinfo) -> "_Span":
        return cls(
            day, datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)
        )


@dataclass(frozen=True, slots=True)
class Reconciling:
    """`online` is the provider's own registry, where it can be asked for."""

    transaction: Transaction
    facts: ReconciliationFacts
    online: ProviderOperations | None
    now: Callable[[], datetime]
    zone: tzinfo

    async def work(self, _: ReconcileDays) -> None:
        """Safe to repeat. A day is looked at again while something of it is open."""
        for code, zone in await self._sides():
            last = business_day(self.now(), zone) - _A_DAY
            days = [last - timedelta(days=back) for back in range(LOOK_BACK_DAYS)]
            async with self.transaction() as store:
                settled = await store.reconciliations.settled(code, days[1:])
            for day in sorted(set(days) - settled):
                await self._reconcile(code, _Span.of(day, zone))

    async def reconcile(self, day: date, agent_code: str | None = None) -> list[DayReconciliation]:
        """That day of every agent, or of one; all that is kept of the day. DayNotOver, AgentNotFound."""
        sides = [one for one in await self._sides() if agent_code in {None, one[0]}]
        if not sides:
            raise AgentNotFound(agent=agent_code)
        spans = [(code, _Span.of(day, zone)) for code, zone in sides]
        if any(span.until > self.now() for _, span in spans):
            raise DayNotOver(day=str(day))
        for code, span in spans:
            await self._reconcile(code, span)
        async with self.transaction() as store:
            kept = await store.reconciliations.of_day(day)
        return [one for one in kept if agent_code in {None, one.agent_code}]

    async def resolve(
        self, actor: Actor, agent_code: str, day: date, discrepancy_id: UUID, reason: str
    ) -> DayReconciliation:
        """Keep why a difference is right as it is, beside what others said of it. Above the limit it counts
        once two people have. DiscrepancyNotFound, NothingToResolve."""
        async with self.transaction() as store:
            days = await store.reconciliations.of_day(day)
            kept = next((one for one in days if one.agent_code == agent_code), None)
            if kept is None:
                raise DiscrepancyNotFound
            found = kept.discrepancy(discrepancy_id)
            if (actor.id, reason) not in {(one.by_id, one.reason) for one in kept.holding(found)}:
                terms = await store.terms.at(ReconciliationTerms, business_day(self.now(), self.zone))
                said = Resolution.by(actor, found, reason, terms, self.now())
                await store.reconciliations.resolve(agent_code, day, said)
            days = await store.reconciliations.of_day(day)
            [kept] = [one for one in days if one.agent_code == agent_code]
            await store.reconciliations.keep(kept)  # how much is open has changed
        return kept

    async def rows(
        self,
        day: date,
        category: Category | None,
        agent_code: str | None,
        *,
        after: RowCursor | None,
        limit: int,
    ) -> list[DayRow]:
        """A page of what fell under a category that day, by agent and operation; without a category what is
        left to explain. What agrees is not kept: it is looked up anew. DayNotAsked."""
        async with self.transaction() as store:
            days = await store.reconciliations.of_day(day)
        found: list[DayRow] = []
        for kept in sorted(days, key=lambda one: one.agent_code):
            is_past = after is not None and kept.agent_code < after.agent_code
            if is_past or agent_code not in {None, kept.agent_code}:
                continue
            rows = [kept.row(one) for one in await self._under(kept, category)]
            rows.sort(key=lambda row: row.place)
            found += [row for row in rows if after is None or row.place > after]
            if len(found) >= limit:
                break
        return found[:limit]

    async def _under(self, kept: DayReconciliation, category: Category | None) -> Sequence[Discrepancy]:
        if category is None:
            return kept.open
        if category is not Category.MATCHED:
            return [one for one in kept.found if one.category is category]
        zone = dict(await self._sides()).get(kept.agent_code)
        if zone is None:
            return ()
        agents = await self._agents()
        agent = next((one for one in agents if one.code == kept.agent_code), None)
        try:
            return agreed(await self._said(kept.agent_code, agent, agents, _Span.of(kept.day, zone)))
        except ProviderUnreachable as error:
            raise DayNotAsked(agent=kept.agent_code) from error

    async def _sides(self) -> list[tuple[str, tzinfo]]:
        found: dict[str, tzinfo] = {self.online.name: ONLINE_ZONE} if self.online else {}
        found |= {one.code: one.timezone for one in await self._agents()}
        return sorted(found.items())

    async def _agents(self) -> list[PaymentAgent]:
        async with self.transaction() as store:
            return await store.payment_agents.all(business_day(self.now(), self.zone))

    async def _reconcile(self, code: str, span: _Span) -> None:
        agents = await self._agents()
        agent = next((one for one in agents if one.code == code), None)
        note, said = "", None
        try:
            said = compared(await self._said(code, agent, agents, span))
        except ProviderUnreachable as error:
            note = str(error)[:300]
        async with self.transaction() as store:
            days = await store.reconciliations.of_day(span.day)
            before = next((one for one in days if one.agent_code == code), None)
            kept = DayReconciliation.of(code, span.day, self.now(), said or Compared(), note)
            if before:
                kept = kept.with_resolutions(before.resolutions)
            await store.reconciliations.keep(kept)

    async def _said(
        self, code: str, agent: PaymentAgent | None, agents: Sequence[PaymentAgent], span: _Span
    ) -> DayFacts:
        operations = await self.facts.operations(code, span.since, span.until)
        booked = await self.facts.booked(code, span.since, span.until)
        if self.online and code == self.online.name:
            operations += await self.online.between(span.since, span.until)
        out = [one.id for one in operations if one.direction is Direction.OUT]
        is_statement = agent is not None and agent.bank_account is not None
        has_own_credit = agent is not None and not is_statement
        wide = span.since - CREDIT_WITHIN, span.until + CREDIT_WITHIN
        return DayFacts(
            agent_code=code,
            day=span.day,
            since=span.since,
            until=span.until,
            due=span.until + _A_DAY,
            operations=operations,
            booked=[*booked, *await self._suspended(code, operations, booked)],
            files=await self.facts.files(code, *wide) if has_own_credit else (),
            credits=await self.facts.credits(agent.inn, *wide) if agent and has_own_credit else (),
            refunds=await self.facts.refunds(out),
            stray=await self._strays(code, agents, span) if is_statement else (),
            is_statement=is_statement,
        )

    async def _suspended(
        self, code: str, operations: Sequence[Operation], booked: Sequence[Booked]
    ) -> list[Booked]:
        """Money in suspense of the day's operations; what has come home is booked there."""
        home = {one.payment_id for one in booked}
        wanted = {
            one.payment_id for one in operations if one.state in IN_SUSPENSE and one.payment_id not in home
        }
        files: set[AccountId] = {
            one.registry_id for one in operations if one.registry_id and one.payment_id in wanted
        }
        found = await self.facts.suspended(sorted(files), code) if files else []
        return [one for one in found if one.payment_id in wanted]

    async def _strays(self, code: str, agents: Sequence[PaymentAgent], span: _Span) -> list[Credit]:
        """Credits of the day in the statement of `code` that pay no registry."""
        own = await self.facts.credits(None, span.since, span.until)
        own = [one for one in own if one.statement_of == code]
        explained: set[tuple[AccountId, int]] = set()
        for agent in agents:
            if agent.inn in {one.payer_inn for one in own}:
                wide = span.since - CREDIT_WITHIN, span.until + CREDIT_WITHIN
                files = await self.facts.files(agent.code, *wide)
                for _, credit in paired(files, await self.facts.credits(agent.inn, *wide)):
                    if credit:
                        explained.add((credit.registry_id, credit.row_no))
        return [one for one in own if (one.registry_id, one.row_no) not in explained]
