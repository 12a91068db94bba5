"""Customers with money ahead, officers who decide it, and refunds followed to their end."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.cases.audit import PostgresCaseAudit
from domain.accounts.requisites import account_with_check_digit
from domain.applications.refund import RefundGrant, RefundOfMoney
from domain.cases.audit import case_findings
from domain.cases.deciding import Verdict
from domain.cases.filing import Filing
from domain.cases.states import CaseState
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.ids import CaseId
from domain.kernel.money import Money
from domain.payments.audit import account_findings, account_totals, total_findings
from domain.payments.refund_keeping import PromiseRefundChecks
from domain.payments.refundable import RefundPart
from domain.payments.refunds import Payee
from infra.clock import new_id
from infra.container import Container
from services.repeating import repeated
from tests.actors import add_customer, customer_token
from tests.cases import operator_access
from tests.households import BIC, Household, lay_household
from tests.kabinets import Kabinet

PAYEE = Payee(
    name="Иванов Иван Иванович", bic=BIC, account=account_with_check_digit(BIC, "4081781000000000001")
)
OUTCOME = CaseState.SATISFIED


@dataclass
class Refunds:
    """One account with money ahead, and the services of `container`."""

    kabinet: Kabinet
    home: Household

    @property
    def container(self) -> Container:
        return self.kabinet.container

    @property
    def pool(self) -> asyncpg.Pool:
        """The real one, where the container's may die."""
        return getattr(self.container.pool, "real", self.container.pool)

    @property
    def owner(self) -> Access:
        actor = Actor(kind=ActorKind.CUSTOMER, id=self.home.user_id, name="Иванов И. И.")
        at = self.kabinet.clock()
        return Access(actor=actor, account_id=self.home.account_id, scope=Scope.APPLICATIONS, at=at)

    def operator(self, number: int = 7) -> Access:
        return operator_access(self.home.account_id, self.kabinet.clock(), UUID(int=number))

    def part(self, kopecks: int, payment_id: UUID | None = None, service: str = "electricity") -> RefundPart:
        owner = self.home.supplier_accounts[service]
        return RefundPart(supplier_account_id=owner, amount=Money(kopecks), payment_id=payment_id)

    async def file(self, case_id: UUID | None = None, **form: Any) -> CaseId:
        case_id = CaseId(case_id or new_id())
        filing = Filing(form=RefundOfMoney(**{"payee": PAYEE, **form}))
        await repeated(partial(self.container.of_cases.case_filing.submit, self.owner, case_id, filing))
        return case_id

    async def decide(self, case_id: CaseId, *parts: RefundPart, number: int = 7) -> None:
        verdict = Verdict(
            outcome=OUTCOME, answer="Возвращаем", rule="ГК РФ, ст. 1102", grant=RefundGrant(parts=parts)
        )
        deciding = self.container.of_cases.case_deciding
        await repeated(partial(deciding.decide, self.operator(number), case_id, verdict))

    async def rows(self) -> list[asyncpg.Record]:
        return await self.pool.fetch(
            "SELECT * FROM refunds WHERE account_id = $1 ORDER BY prepared_at, refund_id",
            self.home.account_id,
        )

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.rows()]

    async def book(self, name: str) -> int:
        found = await self.pool.fetchval(
            "SELECT balance_kopecks FROM books WHERE account_id = $1 AND book = $2",
            self.home.account_id,
            name,
        )
        return found or 0

    async def ahead(self, service: str = "electricity") -> int:
        return -await self.book(f"advance:{self.home.supplier_accounts[service]}")

    def at_provider(self) -> list[dict[str, Any]]:
        """The account's refunds there, whatever became of them."""
        found = self.kabinet.sandbox.desk.store.page("refund", {}, ("~", "~"), 100_000)
        return [one.body for one in found if one.body["metadata"]["account_id"] == str(self.home.account_id)]

    def returned(self) -> int:
        """Kopecks that the provider has really returned."""
        done = [one for one in self.at_provider() if one["status"] == "succeeded"]
        return sum(int(one["amount"]["value"].replace(".", "")) for one in done)

    async def tick(self, **later: float) -> None:
        """Time passes, the timer of refunds fires, the jobs are done."""
        self.kabinet.clock.later(**later)
        await self.container.of_refunds.refund_service.promise_checks(PromiseRefundChecks())
        await self.kabinet.work(most=2000)

    async def notes(self, case_id: UUID) -> list[str]:
        """What the timeline tells of the refund."""
        rows = await self.pool.fetch(
            "SELECT public_note FROM case_steps WHERE case_id = $1 AND verb = 'effect' ORDER BY step_no",
            case_id,
        )
        return [row["public_note"].replace("\u00a0", " ") for row in rows]

    async def case_state(self, case_id: UUID) -> str:
        return await self.pool.fetchval("SELECT state FROM cases WHERE case_id = $1", case_id)

    async def check_whole(self, *, alone: bool = False) -> None:
        """Books, chain, lines, payments, refunds and cases of every account, or of this one alone."""
        ids = [row["account_id"] for row in await self.pool.fetch("SELECT account_id FROM accounts")]
        ids = [self.home.account_id] if alone else ids
        async with self.pool.acquire() as connection:
            rows = await PostgresAudit(connection).accounts(ids)
            cases = await PostgresCaseAudit(connection).accounts(ids)
        assert [finding for one in rows for finding in account_findings(one)] == []
        assert [finding for one in cases for finding in case_findings(one)] == []
        totals = account_totals(rows[0])
        for one in rows[1:]:
            totals += account_totals(one)
        assert list(total_findings(totals)) == []


async def account(kabinet: Kabinet, user_id: UUID | None = None) -> Refunds:
    """An account on which nothing is owed; without `user_id` a new customer's, who is signed in."""
    if user_id is None:
        user_id = await add_customer(kabinet.container)
        token = await customer_token(kabinet.container, user_id)
        kabinet.http.headers["Authorization"] = f"Bearer {token}"
    number = f"66{new_id().int % 10**8:08}"
    return Refunds(kabinet, await lay_household(kabinet.container.pool, user_id=user_id, number=number))


async def pay(refunds: Refunds, method: str = "sbp", **kopecks: int) -> UUID:
    """The customer who is signed in pays so much to each service, by the provider."""
    kabinet, home, payment_id = refunds.kabinet, refunds.home, new_id()
    parts = [
        {"supplier_account_id": str(home.supplier_accounts[service]), "amount": {"kopecks": amount}}
        for service, amount in kopecks.items()
    ]
    answer = await kabinet.pay(home, payment_id, parts=parts, method=method, confirm_duplicate=True)
    assert answer.status_code in {200, 201}, answer.text
    await kabinet.play(home, payment_id)
    await kabinet.notices()
    await kabinet.work()
    assert (await kabinet.payment(home, payment_id))["state"] == "paid"
    return payment_id
