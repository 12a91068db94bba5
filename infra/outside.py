"""Those we talk to over the network: opened together, closed together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

from adapters.oidc.answers import http_client as identity_http_client
from adapters.powers.register import HttpPowerRegister
from adapters.sms.gateway import GatewaySms
from adapters.yookassa.client import YooKassaClient, http_client
from adapters.yookassa.provider import YooKassa
from adapters.yookassa.receipts import YooKassaReceipts
from domain.kernel.letters import Sms
from domain.payments.provider import Provider
from domain.payments.receipts.register import CashRegister
from domain.people.identities import IdentityProvider
from domain.people.powers import PowerRegister
from infra import clock
from infra.identity_providers import identity_providers
from infra.settings import Settings

SMS_TIMEOUT_SECONDS = 10.0
POWER_REGISTER_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Outside:
    """None and nothing where the settings name nobody."""

    provider: Provider
    cash_register: CashRegister
    sms: Sms | None
    identity_from: Mapping[str, IdentityProvider]
    power_register: PowerRegister | None


@asynccontextmanager
async def outside(settings: Settings) -> AsyncIterator[Outside]:
    async with AsyncExitStack() as stack:
        yookassa = http_client(
            settings.yookassa_url,
            settings.yookassa_shop_id,
            settings.yookassa_secret,
            timeout_seconds=settings.yookassa_timeout_seconds,
        )
        client = YooKassaClient(await stack.enter_async_context(yookassa))
        identity_http = await stack.enter_async_context(identity_http_client())
        yield Outside(
            provider=YooKassa(client),
            cash_register=YooKassaReceipts(client),
            sms=await _sms(settings, stack),
            identity_from=identity_providers(settings, identity_http, clock.now),
            power_register=await _power_register(settings, stack),
        )


async def _sms(settings: Settings, stack: AsyncExitStack) -> Sms | None:
    if not settings.sms_gateway_url:
        return None
    http = httpx.AsyncClient(timeout=SMS_TIMEOUT_SECONDS, trust_env=False)
    return GatewaySms(
        await stack.enter_async_context(http),
        settings.sms_gateway_url,
        settings.sms_gateway_token,
        settings.sms_sender,
    )


async def _power_register(settings: Settings, stack: AsyncExitStack) -> PowerRegister | None:
    if not settings.powers_register_url:
        return None
    http = httpx.AsyncClient(timeout=POWER_REGISTER_TIMEOUT_SECONDS, trust_env=False)
    return HttpPowerRegister(
        await stack.enter_async_context(http), settings.powers_register_url, settings.powers_register_token
    )
