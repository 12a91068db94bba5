"""The office: unidentified money finds its home or goes back; refunds, searches, recalculations, write-offs.

What one decides another approves, where the rules say so; a refusal of the rules is an answer like others.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from domain.cases.cases import Case
from domain.cases.deciding import Verdict
from domain.cases.filing import Filing
from domain.cases.forms import Form
from domain.cases.states import CaseState
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, CaseId, RefundId
from domain.payments.registries.targets import Target
from domain.people.four_eyes import Approval
from infra.simulation.cases import Asked, Cases
from infra.simulation.scheduler import Scheduler
from infra.simulation.town import Home, Town
from infra.simulation.world import Answer, World

_SUSPENSE = """
SELECT account_id, row_no, paid_at FROM registry_rows WHERE state = 'suspense'
ORDER BY account_id, row_no LIMIT 20
"""
_ORDERS = """
SELECT account_id, refund_id, state FROM refunds WHERE rail = 'bank' AND state IN ('prepared', 'sent')
ORDER BY account_id, refund_id LIMIT 20
"""
_GOES_BACK, _RETURNED_BY_BANK, _REOPENED = 0.3, 0.2, 0.2


@dataclass(frozen=True, slots=True)
class Office:
    """Of `town.staff` the first decides, the second approves, the third gives orders to the bank."""

    world: World
    scheduler: Scheduler
    town: Town
    cases: Cases
    cases_a_day: int

    def plan(self, begins: datetime) -> None:
        dice = self.world.chance.dice("office")
        for what, act, times in (
            ("the office looks at unidentified money", self._suspense, 3),
            ("the office orders payments of the bank", self._orders, 2),
            ("a resident comes with a wish", self._case, self.cases_a_day),
        ):
            for _ in range(times):
                self.scheduler.later(what, act, hours=dice.uniform(8, 18))

    async def _suspense(self) -> None:
        dice = self.world.chance.dice("suspense")
        rows = await self.world.pool.fetch(_SUSPENSE)
        if not rows:
            return
        row = dice.choice(rows)
        registry_id, row_no = AccountId(row["account_id"]), row["row_no"]
        home, goes_back = dice.choice(self.town.homes), dice.random() < _GOES_BACK
        day = business_day(self.world.chance.clock(), self.world.container.zone)

        def resolve() -> Awaitable[object]:
            service = self.world.container.of_registries.suspense_service
            actor = self.town.staff[0]
            if goes_back:
                return service.give_back(actor, registry_id, row_no, day, f"PO-{row_no}", "nobody's")
            target = Target(account_id=home.account_id)
            return service.resolve(actor, registry_id, row_no, target, "by phone")

        what = f"row {row_no} of {registry_id} {'goes back' if goes_back else f'to {home.known.number}'}"
        await self.scheduler.until_heard(what, resolve, self._approve)

    async def _approve(self, answer: Answer[Any]) -> None:
        """By the second person, some minutes later, where one is needed."""
        if isinstance(answer.value, Approval):
            act = partial(self._approved, answer.value.id)
            minutes = self.world.chance.dice("office").uniform(1, 90)
            self.scheduler.later("the second person looks", act, minutes=minutes)

    async def _approved(self, approval_id: UUID) -> None:
        def approve() -> Awaitable[object]:
            service = self.world.container.of_staff.approval_service
            return service.approve(self.town.staff[1], approval_id, "agreed")

        await self.scheduler.until_heard(f"approval {approval_id}", approve)

    async def _orders(self) -> None:
        dice = self.world.chance.dice("orders")
        for row in await self.world.pool.fetch(_ORDERS):
            refund_id = RefundId(row["refund_id"])
            fate = "ordered" if row["state"] == "prepared" else "confirmed"
            if fate == "confirmed" and dice.random() < _RETURNED_BY_BANK:
                fate = "failed"
            order = partial(self._ordered, AccountId(row["account_id"]), refund_id, fate)
            await self.scheduler.until_heard(f"refund {refund_id} {fate}", order)

    def _ordered(self, account_id: AccountId, refund_id: RefundId, fate: str) -> Awaitable[object]:
        service = self.world.container.of_refunds.refund_service
        now = self.world.chance.clock()
        actor = self.town.staff[2 if fate == "ordered" else 1]  # who gave the order does not say how it ended
        access = Access(actor=actor, account_id=account_id, scope=Scope.DECIDE, at=now)
        if fate == "ordered":
            return service.ordered(access, refund_id, f"O-{str(refund_id)[-8:]}")
        if fate == "confirmed":
            return service.confirmed(access, refund_id, business_day(now, self.world.container.zone))
        return service.failed(access, refund_id, "the account is closed")

    async def _case(self) -> None:
        asked = await self.cases.draw()
        if asked is None:
            return
        case_id = CaseId(self.world.chance.new_id())

        def file() -> Awaitable[object]:
            access = asked.home.access(Scope.APPLICATIONS, self.world.chance.clock())
            return self.world.container.of_cases.case_filing.submit(access, case_id, Filing(form=asked.form))

        async def filed(answer: Answer[Any]) -> None:
            if answer.is_done:
                hours = self.world.chance.dice("office").uniform(0.2, 20)
                decide = partial(self._decide, case_id, asked)
                self.scheduler.later("an officer decides", decide, hours=hours)

        await self.scheduler.until_heard(f"case {case_id} {_word(asked.form)}", file, filed)

    async def _decide(self, case_id: CaseId, asked: Asked) -> None:
        verdict = Verdict(
            outcome=CaseState.SATISFIED,
            answer="Проверили и решили в вашу пользу.",
            rule="ПП РФ 354",
            grant=asked.grant,
        )

        def decide() -> Awaitable[object]:
            decisions = self.world.container.of_cases.case_decisions
            return decisions.decide(self._access(asked.home), case_id, verdict, seen_step=None)

        async def decided(answer: Answer[Any]) -> None:
            await self._approve(answer)
            dice = self.world.chance.dice("office")
            if isinstance(answer.value, Case) and dice.random() < _REOPENED:
                reopen = partial(self._reopen, case_id, asked)
                self.scheduler.later("a decision is taken back", reopen, hours=dice.uniform(1, 60))

        await self.scheduler.until_heard(f"case {case_id} decided", decide, decided)

    async def _reopen(self, case_id: CaseId, asked: Asked) -> None:
        def reopen() -> Awaitable[object]:
            deciding = self.world.container.of_cases.case_deciding
            return deciding.reopen(self._access(asked.home), case_id, "a mistake")

        await self.scheduler.until_heard(f"case {case_id} reopened", reopen)

    def _access(self, home: Home) -> Access:
        return Access(
            actor=self.town.staff[0],
            account_id=home.account_id,
            scope=Scope.DECIDE,
            at=self.world.chance.clock(),
        )


def _word(form: Form) -> str:
    return str(form.__struct_config__.tag)
