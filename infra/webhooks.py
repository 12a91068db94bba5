"""Webhooks of legal entities, put together."""

from dataclasses import dataclass
from functools import cache
from secrets import token_bytes
from ssl import SSLContext

import asyncpg
import httpx

from adapters.postgres.webhooks.webhooks import PostgresWebhooks
from adapters.webhooks.receivers import TIMEOUT_SECONDS, HttpReceivers
from domain.cases.cases import TellOfStep
from domain.kernel.secrets import Box
from infra.settings import DEMO_SECRET_KEY, Settings
from services.notices.cases import CaseNotices
from services.people.sessions import SessionService
from services.webhooks.delivering import WebhookDelivery
from services.webhooks.endpoints import WebhookService

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class WebhookServices:
    """What handlers ask for by the names of these fields, and what jobs need."""

    webhook_service: WebhookService
    webhook_delivery: WebhookDelivery
    webhooks: PostgresWebhooks


@cache
def _authorities() -> SSLContext:
    """Reading them takes longer than all else of a container's making: once for the process."""
    return httpx.create_ssl_context(trust_env=False)


def receivers(settings: Settings) -> HttpReceivers:
    http = httpx.AsyncClient(
        timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=False, verify=_authorities()
    )
    return HttpReceivers(http, everywhere=settings.secret_key == DEMO_SECRET_KEY)


def wired(sessions: SessionService, pool: asyncpg.Pool, box: Box, settings: Settings) -> WebhookServices:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    calls = receivers(settings)
    return WebhookServices(
        webhook_service=WebhookService(transaction, calls, box, lambda: token_bytes(_SECRET_BYTES), zone),
        webhook_delivery=WebhookDelivery(transaction, calls, box, now, zone),
        webhooks=PostgresWebhooks(pool),
    )


@dataclass(frozen=True, slots=True)
class StepTelling:
    """Whoever is to hear of a step of a case: people by letter, their systems by webhook."""

    notices: CaseNotices
    delivery: WebhookDelivery

    async def tell(self, job: TellOfStep) -> None:
        await self.delivery.note_step(job)
        await self.notices.tell(job)
