"""What waits at the office's desks when the demo begins: readings to be decided, money whose account is not
known, decisions that a second person must approve. All of it goes the way it goes every day."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import NamedTuple

import msgspec

from domain.cases.deciding import Verdict
from domain.cases.states import CaseState
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import KABINET, AccountId, CaseId, ReadingId, derived
from domain.kinds import AnyGrant
from domain.payments.registries.entries import Expected
from domain.payments.registries.files import RegistryIdTaken
from domain.payments.registries.targets import Target
from domain.readings.readings import ReadingSource
from domain.readings.submissions import Submission, ValueGiven
from infra.container import Container
from infra.demo.agents import SBER
from infra.demo.case_forms import facts_of
from infra.demo.cases import customer_of, operator_of
from infra.demo.households import EAGER_ACCOUNT, household
from infra.demo.letters import add_letters
from infra.demo.meters import last_shown
from infra.demo.people import CUSTOMERS
from infra.demo.registry_files import Paid, sberbank

REGISTRY = AccountId(derived(KABINET, "demo registry"))
_PAID_AT = time(19, 40)
_ORDER = "4790"
"""No file that `kabinet demo-data registries` makes bears this number."""


class Doubtful(NamedTuple):
    """A reading that its sender insists on: `more` than the last one that billing knew."""

    word: str
    home: int
    service: str
    more: int
    comment: str


class Slip(NamedTuple):
    """A payment of the registry: `number` is what the payer typed, `home` whose money it is."""

    number: str
    kopecks: int
    home: int


READINGS = (
    Doubtful("heaters", EAGER_ACCOUNT, "electricity", 712, "Месяц топили обогревателями, батареи холодные"),
    Doubtful(
        "less", 10, "electricity", -118, "Прошлое показание передали с ошибкой, сейчас на счётчике столько"
    ),
)
"""The first is sent by who signs in, the second is told to an operator by telephone."""
SLIPS = (
    Slip("7200000014", 214_500, 14),
    Slip("7200001012", 386_140, 12),
    Slip("4127730", 185_000, 0),
    Slip("7200001025", 1_840_000, 25),
)
"""A right number, one with a wrong digit, none of ours, and a sum that nobody moves alone."""


@dataclass(frozen=True, slots=True)
class Office:
    """Safe to repeat: what is there stays."""

    container: Container
    operator: Actor
    seed: int

    async def add(self) -> None:
        for one in READINGS:
            await self._reading(one)
        await self._money()
        await self._claim()
        await add_letters(self.container, self.seed)

    async def _reading(self, one: Doubtful) -> None:
        home, at = household(one.home, self.seed), self.container.now()
        account_id = await self._account_id(one.home)
        if account_id is None:
            return
        is_own = one.home == EAGER_ACCOUNT
        actor = await customer_of(self.container, CUSTOMERS[1].phone) if is_own else self.operator
        access = Access(actor=actor, account_id=account_id, scope=Scope.READINGS, at=at)
        reading_id = ReadingId(derived(KABINET, f"demo reading {one.word}"))
        shown = [each for each in last_shown(home) if each.service == one.service]
        async with self.container.transaction() as store:
            meters = {each.serial: each.id for each in await store.meters.of_account(access)}
            if await store.readings.found(account_id, [reading_id]) or not shown:
                return
        submission = Submission(
            id=reading_id,
            meter_id=meters[shown[0].serial],
            taken_on=business_day(at, self.container.zone),
            values=tuple(ValueGiven(zone=each.zone, value=each.value + one.more) for each in shown),
        )
        source = ReadingSource.CABINET if is_own else ReadingSource.PHONE
        services = self.container.of_readings
        reading, _ = await services.reading_service.submit(access, submission, source)
        if any(value.may_insist for value in reading.values):
            await services.insistence_service.insist(
                access, submission.meter_id, reading_id, one.comment, None
            )

    async def _money(self) -> None:
        """The bank's file of yesterday. An operator has found out whose the large sum is."""
        services = self.container.of_registries
        yesterday = business_day(self.container.now(), self.container.zone) - timedelta(days=1)
        rows = [
            self._paid(no, slip, datetime.combine(yesterday, _PAID_AT)) for no, slip in enumerate(SLIPS, 1)
        ]
        with suppress(RegistryIdTaken):  # begun on another day
            await services.registry_service.receive(
                REGISTRY,
                agent_code=SBER.code,
                file_name=f"sber-{yesterday:%Y-%m-%d}.txt",
                body=sberbank(rows, order=_ORDER),
                who="kabinet run",
                expected=Expected(),
                judges_itself=True,
            )
        await services.registry_service.work(REGISTRY)
        large = max(SLIPS, key=lambda slip: slip.kopecks)
        account_id = await self._account_id(large.home)
        for row in await services.suspense.of_registry(REGISTRY, 0, len(SLIPS)):
            if account_id is not None and row.amount.kopecks == large.kopecks:
                reason = "Плательщик прислал чек: ошибся в одной цифре номера"
                target = Target(account_id=account_id)
                await services.suspense_service.resolve(self.operator, REGISTRY, row.row_no, target, reason)

    def _paid(self, no: int, slip: Slip, at: datetime) -> Paid:
        payer = household(slip.home, self.seed).holder if slip.home else "Кузьмин Пётр Андреевич"
        return Paid(
            at=at + timedelta(minutes=no),
            operation=f"Z{at:%y%m%d}{no:010d}",
            account=slip.number,
            kopecks=slip.kopecks,
            fee=slip.kopecks * 15 // 1000,
            name=payer,
            period=f"{at:%m%y}",
        )

    async def _claim(self) -> None:
        """A quarter of a line is to be taken off: more than one person decides alone."""
        case_id = CaseId(derived(KABINET, f"demo case {ActorKind.STAFF} billing-claim {CaseState.IN_REVIEW}"))
        account_id = await self.container.pool.fetchval(
            "SELECT account_id FROM cases WHERE case_id = $1 AND state = $2", case_id, CaseState.IN_REVIEW
        )
        facts = await facts_of(self.container.pool, account_id) if account_id else None
        if facts is None:
            return
        principal = facts.owed_kopecks // 400 * 100
        line = {"charge_id": facts.charge_id, "principal": {"kopecks": principal}}
        verdict = Verdict(
            outcome=CaseState.PARTLY_SATISFIED,
            answer="Пересчитали объём по контрольному съёму показаний и снизили начисление.",
            rule="Основные положения № 442, п. 179",
            grant=msgspec.convert({"kind": "billing-claim", "lines": [line]}, AnyGrant),
        )
        at = self.container.now()
        access = Access(actor=self.operator, account_id=account_id, scope=Scope.DECIDE, at=at)
        await self.container.of_cases.case_decisions.decide(access, case_id, verdict, seen_step=None)

    async def _account_id(self, ordinal: int) -> AccountId | None:
        """None in a demo of fewer accounts."""
        found: AccountId | None = await self.container.pool.fetchval(
            "SELECT account_id FROM account_numbers WHERE number = $1", household(ordinal, self.seed).number
        )
        return found


async def add_office(container: Container, seed: int) -> None:
    """After the agents and the cases."""
    await Office(container, await operator_of(container), seed).add()
