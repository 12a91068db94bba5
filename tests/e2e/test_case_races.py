"""Cases under pressure: many decide at once, and a process dies at every step of filing and deciding. What a
decision sets in motion happens once, or not at all."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.cases.audit import PostgresCaseAudit
from domain.applications.recalculation import Recalculation, RecalculationGrant
from domain.applications.recalculation_grounds import Absence, Price
from domain.cases.audit import case_findings
from domain.cases.corrections import LoweredLine
from domain.cases.deciding import Verdict
from domain.cases.effects import AwaitPapers
from domain.cases.filing import Filing
from domain.cases.moves import AppealToAnother, CaseAnswered
from domain.cases.states import CaseState
from domain.kernel.access import OURSELVES, Access, Actor, ActorKind, Scope
from domain.kernel.errors import OutcomeUnknown, Unavailable
from domain.kernel.ids import CaseId
from domain.kernel.money import Money
from domain.payments.audit import account_findings
from infra.clock import new_id
from infra.container import wire
from infra.simulation.crashes import Crash, DyingPool, Fate, killing
from services.repeating import repeated
from tests.cases import operator_access, own_suppliers
from tests.households import charge, lay_household
from tests.kabinets import DEBTS
from tests.worlds import with_post


class Life:
    """One account with bills, and the services on a pool that may die."""

    def __init__(self, kabinet, pool, fate):
        self.kabinet, self.pool, self.fate = kabinet, pool, fate
        self.lives = 0
        self.restart()

    def restart(self):
        old = self.kabinet.container
        container = wire(
            old.settings, DyingPool(self.pool, self.fate), old.payment_start.provider, self.kabinet.clock
        )
        self.filing, self.deciding = container.of_cases.case_filing, container.of_cases.case_deciding
        self.awaiting = container.of_cases.paper_awaiting

    async def begin(self):
        """An account of its own, so that nothing of the life before is in the way."""
        self.lives += 1
        self.home = await lay_household(self.pool, number=f"66{self.lives:08d}")
        await charge(self.pool, self.home, DEBTS, penalties={"electricity": 5000})
        self.line = await self.pool.fetchval(
            "SELECT charge_id FROM charges WHERE account_id = $1 AND service_code = 'electricity'",
            self.home.account_id,
        )
        self.case_id, self.why = CaseId(new_id()), Price(tariff_roubles=Decimal("4.10"))

    @property
    def owner(self):
        actor = Actor(kind=ActorKind.CUSTOMER, id=self.home.user_id, name="Иванов И. И.")
        at = self.kabinet.clock()
        return Access(actor=actor, account_id=self.home.account_id, scope=Scope.APPLICATIONS, at=at)

    def operator(self, number=7):
        return operator_access(self.home.account_id, self.kabinet.clock(), UUID(int=number))

    @property
    def form(self):
        return Recalculation(why=self.why, lines=(self.line,))

    def verdict(self, kopecks=25050):
        grant = RecalculationGrant(lines=(LoweredLine(charge_id=self.line, principal=Money(kopecks)),))
        return Verdict(outcome=CaseState.SATISFIED, answer="Снято по акту", rule=RULE, grant=grant)

    async def file(self):
        return await repeated(lambda: self.filing.submit(self.owner, self.case_id, Filing(form=self.form)))

    async def decide(self, verdict=None, number=7):
        verdict = verdict or self.verdict()
        return await repeated(lambda: self.deciding.decide(self.operator(number), self.case_id, verdict))

    async def owed(self):
        """What electricity costs in all, with what was taken off."""
        access = Access(
            actor=OURSELVES, account_id=self.home.account_id, scope=Scope.SEE, at=self.kabinet.clock()
        )
        card = await self.kabinet.container.accounts.card(access)
        one = card.supplier_account(self.home.supplier_accounts["electricity"])
        return one.balance.to_pay.kopecks

    async def check_whole(self):
        """Books, chain and lines of the account, and one effect for each that is kept."""
        async with self.pool.acquire() as connection:
            [rows] = await PostgresAudit(connection).accounts([self.home.account_id])
            cases = await PostgresCaseAudit(connection).accounts([self.home.account_id])
        assert account_findings(rows) == []
        assert [finding for account in cases for finding in case_findings(account)] == []

    async def effects(self):
        return await self.pool.fetchval(
            "SELECT count(*) FROM case_effects WHERE account_id = $1", self.home.account_id
        )


@pytest_asyncio.fixture
async def life(pool, owner, tmp_path):
    async with with_post(pool, tmp_path) as kabinet:
        life = Life(kabinet, pool, Fate(killing(owner)))
        await life.begin()
        await own_suppliers(pool)
        yield life


DEBT = DEBTS["electricity"] + 5000
RULE = "ПП РФ 354, п. 31"


async def test_one_of_many_decisions_at_once_stands(life):
    await life.file()
    decided = await asyncio.gather(
        *(life.decide(life.verdict(1000 * number), number) for number in range(1, 9)), return_exceptions=True
    )
    stands = [one for one in decided if not isinstance(one, BaseException)]
    assert len(stands) == 1
    assert all(isinstance(one, CaseAnswered) for one in decided if isinstance(one, BaseException))
    taken = stands[0].decision.grant.money.kopecks
    assert await life.owed() == DEBT - taken
    assert await life.effects() == 1
    await life.check_whole()


async def test_the_same_decision_at_once_is_one(life):
    await life.file()
    decided = await asyncio.gather(*(life.decide() for _ in range(6)))
    assert len({one.decision.at for one in decided}) == 1
    assert await life.owed() == DEBT - 25050
    await life.check_whole()


async def test_reopening_takes_the_effects_back_and_a_new_decision_gives_its_own(life):
    await life.file()
    await life.decide()
    await life.deciding.reopen(life.operator(), life.case_id, "Ошиблись строкой")
    assert await life.owed() == DEBT
    again = await life.deciding.reopen(life.operator(), life.case_id, "Ошиблись строкой")
    assert (again.state, again.decision, again.decisions_count) == ("in_review", None, 1)
    await life.decide(life.verdict(1000))
    assert await life.owed() == DEBT - 1000
    await life.check_whole()


async def test_a_new_decision_after_an_appeal_replaces_the_one_before(life):
    await life.file()
    await life.decide()
    await life.filing.appeal(life.owner, life.case_id, "Мало")
    assert await life.owed() == DEBT - 25050
    with pytest.raises(AppealToAnother):
        await life.decide(life.verdict(30000))
    case = await life.decide(life.verdict(30000), number=8)
    assert (case.decision.no, await life.owed()) == (2, DEBT - 30000)
    await life.filing.appeal(life.owner, life.case_id, "Всё равно мало")
    upheld = await life.decide(
        Verdict(
            outcome=CaseState.PARTLY_SATISFIED,
            answer="Всё было верно",
            rule=RULE,
            grant=life.verdict(30000).grant,
        ),
        number=9,
    )
    assert (upheld.decision.no, await life.owed()) == (2, DEBT - 30000)
    await life.check_whole()


async def lived(life, dies_at):
    """One case from filing to reopening, repeated by whoever asked until it is answered."""
    await life.begin()
    fate = life.fate
    fate.dies_at, fate.steps, fate.died, fate.armed = frozenset(dies_at), [], [], True
    await _until_answered(life, life.file)
    await _until_answered(life, life.decide)
    fate.armed = False
    assert await life.owed() == DEBT - 25050, fate.died
    assert await life.effects() == 1, fate.died
    steps = await life.pool.fetch(
        "SELECT verb FROM case_steps WHERE account_id = $1 ORDER BY step_no", life.home.account_id
    )
    assert [row["verb"] for row in steps] == ["submit", "register", "decide"], fate.died
    told = await life.pool.fetchval(
        "SELECT count(*) FROM account_jobs WHERE account_id = $1 AND kind = 'cases.tell'",
        life.home.account_id,
    )
    assert told == 3, fate.died
    await life.check_whole()
    return len(fate.steps)


async def _until_answered(life, call):
    for _ in range(10):
        try:
            return await call()
        except Crash:
            life.restart()
        except (OutcomeUnknown, Unavailable):
            continue
    raise AssertionError("never answered")


async def test_a_death_at_any_step_of_filing_and_deciding_does_it_once(life):
    steps = await lived(life, ())
    assert steps > 15
    for step in count():
        await lived(life, (step,))
        if not life.fate.died:
            break
    assert step >= steps


async def unproved(life, step):
    """What was granted ahead of an absence, and its papers never came: taken back by a job that dies once."""
    await life.begin()
    today = life.kabinet.clock().date()
    life.why = Absence(left_on=today - timedelta(days=9), back_on=today + timedelta(days=2))
    await life.file()
    await life.decide()
    assert await life.owed() == DEBT - 25050
    job = await life.pool.fetchval(
        "SELECT job FROM account_jobs WHERE account_id = $1 AND kind = 'cases.await-papers'",
        life.home.account_id,
    )
    life.kabinet.clock.later(days=40)
    fate = life.fate
    fate.dies_at, fate.steps, fate.died, fate.armed = frozenset({step}), [], [], True
    await _until_answered(life, lambda: life.awaiting.work(msgspec.convert(job, AwaitPapers)))
    fate.armed = False
    await life.awaiting.work(msgspec.convert(job, AwaitPapers))
    assert (await life.owed(), await life.effects()) == (DEBT, 3), fate.died
    await life.check_whole()


async def test_a_death_at_any_step_of_taking_back_does_it_once(life):
    for step in count():
        await unproved(life, step)
        if not life.fate.died:
            break
    assert step > 2


async def test_the_audit_finds_effects_that_are_missing_doubled_or_nobodys(life, owner):
    await life.file()
    await life.decide(life.verdict(kopecks=1000))
    await life.check_whole()

    async def found():
        [rows] = await PostgresCaseAudit(owner).accounts([life.home.account_id])
        return {finding.code for finding in case_findings(rows)}

    await owner.execute("ALTER TABLE case_effects DISABLE TRIGGER case_effects_append_only")
    try:
        await owner.execute("UPDATE case_effects SET reference = $1", str(new_id()))
        assert await found() == {"case-effect-missing", "case-charge-stray"}
        await owner.execute("DELETE FROM case_effects")
        assert await found() == {"case-effects-count", "case-charge-stray"}
    finally:
        await owner.execute("ALTER TABLE case_effects ENABLE TRIGGER case_effects_append_only")
    await owner.execute("UPDATE cases SET state = 'closed', step_no = 3")
    assert await found() == {"case-effects-count", "case-charge-stray", "case-state"}
