"""The demo's cases: each kind in each state, through the services. Safe to repeat: what is there stays.

They stand on accounts that nobody of the demo signs in to, so that no letters are written; the demo's people
have a few of their own.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle

from domain.accounts.accounts import AccountKind
from domain.cases import moves
from domain.cases.cases import Case, Channel
from domain.cases.deciding import Verdict
from domain.cases.filing import Filing
from domain.cases.slots import REGION, Slot
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import KABINET, AccountId, CaseId, StaffId, derived
from domain.people.phones import normalised
from domain.people.staff import SCOPES, staff_login
from infra.container import Container
from infra.demo.case_forms import KINDS_OF, Facts, facts_of, form, grant, lay_point
from infra.demo.households import DEBTOR_ACCOUNT, METERS_ACCOUNT, household
from infra.demo.money_cases import MoneyCases
from infra.demo.payments import payer
from infra.demo.people import CUSTOMERS, STAFF
from infra.settings import Settings

WAYS: Mapping[CaseState, tuple[str, ...]] = {
    CaseState.REGISTERED: (),
    CaseState.IN_REVIEW: ("take",),
    CaseState.WAITING_FOR_APPLICANT: ("take", "ask"),
    CaseState.SENT_ON: ("send-on",),
    CaseState.SATISFIED: ("take", "grant"),
    CaseState.PARTLY_SATISFIED: ("take", "grant-in-part"),
    CaseState.EXECUTED: ("take", "grant", "execute"),
    CaseState.REFUSED: ("take", "refuse"),
    CaseState.LEFT_WITHOUT_CONSIDERATION: ("take", "leave"),
    CaseState.CLOSED: ("take", "refuse", "close"),
    CaseState.WITHDRAWN: ("withdraw",),
    CaseState.APPEALED: ("take", "refuse", "appeal"),
}
"""How a case comes there from where filing leaves it."""
_ANSWERS = {
    "grant": (CaseState.SATISFIED, "Рассмотрели и решили в вашу пользу."),
    "grant-in-part": (CaseState.PARTLY_SATISFIED, "Рассмотрели и решили в вашу пользу частично."),
    "refuse": (CaseState.REFUSED, "Проверили: всё начислено и сделано верно, оснований нет."),
    "leave": (CaseState.LEFT_WITHOUT_CONSIDERATION, "Не хватает документов, о которых мы просили."),
}
_GRANTS = {"grant", "grant-in-part"}
_MONEY = {"refund", "payment-search"}
"""Granted where there is money for it: money_cases.py."""
_RULE = "ПП РФ 354, п. 31"
FRIDAY = 5
_CHANNELS = (Channel.PHONE, Channel.OFFICE, Channel.EMAIL, Channel.CHAT)
_OF_PEOPLE = (
    (0, DEBTOR_ACCOUNT, "recalculation", CaseState.REGISTERED),
    (0, DEBTOR_ACCOUNT, "consultation", CaseState.WAITING_FOR_APPLICANT),
    (0, DEBTOR_ACCOUNT, "meter-sealing", CaseState.SATISFIED),
    (2, METERS_ACCOUNT, "billing-claim", CaseState.IN_REVIEW),
    (2, METERS_ACCOUNT, "meter-replacement", CaseState.REGISTERED),
)
"""The person among CUSTOMERS, the household, the kind and how far it has come."""


async def add_cases(container: Container, settings: Settings, seed: int) -> None:
    """After people and staff are there. Where the provider is a real one nothing is paid."""
    operator = await operator_of(container)
    rows = await container.pool.fetch("SELECT case_id FROM cases")
    await offer_hours(container)
    desk = _Desk(container, operator, frozenset(row["case_id"] for row in rows))
    work = [
        desk.fill(kind, state, account_id, facts)
        for kind in KINDS_OF
        for state, (account_id, facts) in zip(WAYS, cycle(await desk.free(kind)), strict=False)
    ]
    await asyncio.gather(*work)
    if settings.yookassa_url.startswith(f"http://127.0.0.1:{settings.sandbox_port}"):
        async with payer(container, settings) as pays:
            await MoneyCases(container, operator, desk.there, pays).add()
    for person, ordinal, word, state in _OF_PEOPLE:
        number = household(ordinal, seed).number
        account_id = await container.pool.fetchval(
            "SELECT account_id FROM account_numbers WHERE number = $1", number
        )
        customer = await customer_of(container, CUSTOMERS[person].phone)
        facts = await facts_of(container.pool, account_id) if account_id else None
        if facts is not None:
            if ordinal == METERS_ACCOUNT:
                await lay_point(container.pool, account_id, facts)
            await desk.case(customer, account_id, facts, word, state, Channel.CABINET)


async def offer_hours(container: Container) -> None:
    """Two visits in each of four stretches of the next ten working days: somebody can come."""
    at = container.now()
    local = at.astimezone(container.of_visits.visit_service.zone)
    days = [local + timedelta(days=ahead) for ahead in range(1, 15)]
    hours = [
        day.replace(hour=hour, minute=0, second=0, microsecond=0)
        for day in days
        if day.isoweekday() <= FRIDAY
        for hour in (9, 11, 14, 16)
    ]
    slots = [Slot.offered(REGION, begin, begin + timedelta(hours=2), 2) for begin in hours]
    await container.of_visits.visit_service.offer_slots(slots)


async def operator_of(container: Container) -> Actor:
    async with container.transaction() as store:
        member = await store.staff.by_login(staff_login(STAFF[0].phone))
    assert member is not None
    scopes = SCOPES[member.role]
    return Actor(kind=ActorKind.STAFF, id=member.id, name=member.name, role=member.role, scopes=scopes)


async def customer_of(container: Container, phone: str) -> Actor:
    async with container.transaction() as store:
        person = await store.customers.by_phone(normalised(phone))
    assert person is not None
    return Actor(kind=ActorKind.CUSTOMER, id=person.id, name=person.name)


@dataclass(frozen=True, slots=True)
class _Desk:
    container: Container
    operator: Actor
    there: frozenset[CaseId]

    async def free(self, kind: AccountKind) -> Sequence[tuple[AccountId, Facts]]:
        """Accounts that nobody has in their cabinet; those that owe most are the first."""
        rows = await self.container.pool.fetch(
            """
            SELECT a.account_id FROM accounts a WHERE a.kind = $1 AND a.closed_at IS NULL
              AND NOT EXISTS (SELECT 1 FROM account_members m WHERE m.account_id = a.account_id)
            ORDER BY a.number LIMIT $2
            """,
            kind,
            8 * len(WAYS),
        )
        found = [(row["account_id"], await facts_of(self.container.pool, row["account_id"])) for row in rows]
        known = [(account_id, facts) for account_id, facts in found if facts is not None]
        return sorted(known, key=lambda one: -one[1].owed_kopecks)[: len(WAYS)]

    async def fill(self, kind: AccountKind, state: CaseState, account_id: AccountId, facts: Facts) -> None:
        """All kinds in one state on one account."""
        if kind is AccountKind.CONTRACT:
            await lay_point(self.container.pool, account_id, facts)
        for place, word in enumerate(KINDS_OF[kind]):
            if word in _MONEY and _GRANTS & set(WAYS[state]):
                continue
            channel = _CHANNELS[place % len(_CHANNELS)]
            await self.case(self.operator, account_id, facts, word, state, channel)

    async def case(
        self, by: Actor, account_id: AccountId, facts: Facts, kind: str, state: CaseState, channel: Channel
    ) -> None:
        """Filed some days ago and brought to that state, as far as the account allows it."""
        at = self.container.now() - timedelta(days=2 + list(WAYS).index(state))
        case_id = CaseId(derived(KABINET, f"demo case {by.kind} {kind} {state}"))
        if case_id in self.there:
            return
        access = Access(actor=by, account_id=account_id, scope=Scope.APPLICATIONS, at=at)
        filing = Filing(form=form(kind, facts, at), channel=channel)
        case, _ = await self.container.of_cases.case_filing.submit(access, case_id, filing)
        for step in WAYS[state]:
            # Money moves today: what is posted is never posted for a day that is over.
            at = self.container.now() if step in _GRANTS else at + timedelta(hours=3)
            if not await self._does(step, case, by, facts, at):
                return

    async def _does(self, step: str, case: Case, by: Actor, facts: Facts, at: datetime) -> bool:
        """Whether it was done: a kind may have no grant here, an account no room for it."""
        deciding = self.container.of_cases.case_deciding
        access = Access(actor=self.operator, account_id=case.account_id, scope=Scope.DECIDE, at=at)
        if step in _ANSWERS:
            outcome, words = _ANSWERS[step]
            granted = grant(case.kind, facts) if step in _GRANTS else None
            if step in _GRANTS and granted is None:
                return False
            try:
                verdict = Verdict(outcome=outcome, answer=words, rule=_RULE, grant=granted)
                await deciding.decide(access, case.id, verdict)
            except Refusal:
                return False
            return True
        applicant, operator = StepBy.of(by), StepBy.of(self.operator)
        verb = {
            "take": partial(moves.taken, by=operator, holder_id=StaffId(operator.id)),
            "ask": partial(moves.asked, by=operator, question="Пришлите, пожалуйста, фото.", until=None),
            "send-on": partial(moves.sent_on, by=operator, to="grid-company", why="Решает сеть."),
            "execute": partial(moves.executed, by=operator, public_note="Всё выполнено."),
            "close": partial(moves.closed, by=operator),
            "withdraw": partial(moves.withdrawn, by=applicant, why="Вопрос решён."),
            "appeal": partial(moves.appealed, by=applicant, why="Ответ не по существу."),
        }[step]
        await deciding.move(access, case.id, partial(verb, at=at))
        return True
