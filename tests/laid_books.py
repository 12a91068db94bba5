"""The books of a small story, laid by the services themselves."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import asyncpg

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.store import Transactions
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.ids import PaymentId
from domain.kernel.money import Money
from domain.payments.audit import Totals
from domain.payments.payments import CheckPayment, Payment, Wish
from domain.payments.provider import Method
from infra import audit
from infra.clock import new_id
from services.payments.settling import PaymentSettlement
from services.payments.starting import PaymentStart
from tests.fakes_provider import FakeProvider
from tests.households import NOON, Household

OCTOBER = {"electricity": 125050, "heat": 231000, "water": 64033, "waste": 31017, "repairs": 89900}
ALL = sum(OCTOBER.values())


@dataclass
class Laid:
    """Three households: one with every kind of story, one that paid a part, one that has just come."""

    dsn: str
    rich: Household
    plain: Household
    payments: dict[str, PaymentId] = field(default_factory=dict)


class Paying:
    """The real services with a clock of ours and a provider in memory."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.at = NOON
        self.provider = FakeProvider(now=lambda: self.at, shop_id="1")
        zone, transaction = ZoneInfo("Asia/Yekaterinburg"), Transactions(pool, lambda: self.at, new_id)
        self.start = PaymentStart(transaction, self.provider, lambda: self.at, zone, "https://kabinet.test")
        self.settlement = PaymentSettlement(
            transaction, self.provider, self.start, lambda: self.at, new_id, zone, shop_id="1", is_test=True
        )

    async def opened(self, home: Household, kopecks: int) -> Payment:
        actor = Actor(kind=ActorKind.CUSTOMER, id=home.user_id, name="")
        access = Access(actor=actor, account_id=home.account_id, scope=Scope.PAY, at=self.at)
        wish = Wish(amount=Money(kopecks), method=Method.SBP)
        payment, _ = await self.start.start(access, PaymentId(new_id()), wish, confirm_duplicate=True)
        return payment

    async def paid(self, home: Household, kopecks: int) -> Payment:
        payment = await self.opened(home, kopecks)
        await self.provider.pay(payment.provider_payment_id)
        await self.check(payment)
        return payment

    async def check(self, payment: Payment) -> None:
        await self.settlement.check(CheckPayment(account_id=payment.account_id, payment_id=payment.id))


async def audited(connection, laid, chosen=None, workers=1):
    totals, findings = Totals(), []
    async for outcome in audit.audited(PostgresAudit(connection), laid.dsn, chosen, workers=workers):
        totals += outcome.totals
        findings += outcome.findings
    return totals, findings
