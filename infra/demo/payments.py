"""Payments of the demo: really paid, through the sandbox in this process, before it has one of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx

from adapters.yookassa.client import YooKassaClient
from adapters.yookassa.provider import YooKassa
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.ids import KABINET, AccountId, PaymentId, derived
from domain.kernel.money import Money
from domain.payments.payments import CheckPayment, Payment, Wish
from domain.payments.provider import Method
from infra.container import Container
from infra.sandbox.app import create
from infra.sandbox.config import Config
from infra.settings import Settings


@dataclass(frozen=True, slots=True)
class DemoPayer:
    """Pays by SBP on the sandbox's page, and the money is posted at once."""

    container: Container
    page: httpx.AsyncClient
    provider: YooKassa

    async def pay(self, account_id: AccountId, word: str, amount: Money) -> Payment:
        """The payment of that word; one that is there is not paid again."""
        payment_id = PaymentId(derived(KABINET, f"demo payment {word}"))
        start = replace(self.container.payment_start, provider=self.provider)
        at = self.container.now()
        access = Access(actor=OURSELVES, account_id=account_id, scope=Scope.PAY, at=at)
        wish = Wish(amount=amount, method=Method.SBP)
        payment, _ = await start.start(access, payment_id, wish, confirm_duplicate=True)
        await self.page.post(f"/checkout/{payment.provider_payment_id}/pay")
        settlement = replace(self.container.payment_settlement, provider=self.provider, start=start)
        await settlement.check(CheckPayment(account_id=account_id, payment_id=payment_id))
        return payment


@asynccontextmanager
async def payer(container: Container, settings: Settings) -> AsyncIterator[DemoPayer]:
    """With the sandbox's own file: when it runs for itself later, it knows what was paid."""
    config = Config.of(settings)
    config.file.parent.mkdir(parents=True, exist_ok=True)
    app = create(config, busy=False)
    way = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar names its scopes more narrowly
    auth = (config.shop_id, config.secret_key)
    try:
        async with (
            httpx.AsyncClient(transport=way, base_url=config.public_url) as page,
            httpx.AsyncClient(transport=way, base_url=f"{config.public_url}/v3", auth=auth) as shop,
        ):
            yield DemoPayer(container, page, YooKassa(YooKassaClient(shop)))
    finally:
        app.state.desk.store.close()
