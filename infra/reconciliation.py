"""Reconciliation, put together."""

from dataclasses import dataclass

import asyncpg

from adapters.postgres.reconciliation.days import PostgresReconciliations
from adapters.postgres.reconciliation.facts import PostgresReconciliationFacts
from adapters.yookassa.operations import YooKassaOperations
from adapters.yookassa.provider import YooKassa
from domain.payments.provider import Provider
from services.payments.reconciling import Reconciling
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class ReconciliationServices:
    """What handlers ask for by the names of these fields, and what jobs need."""

    reconciling: Reconciling
    reconciliations: PostgresReconciliations


def wired(sessions: SessionService, pool: asyncpg.Pool, provider: Provider) -> ReconciliationServices:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    online = YooKassaOperations(provider.client) if isinstance(provider, YooKassa) else None
    return ReconciliationServices(
        reconciling=Reconciling(
            sessions.transaction, PostgresReconciliationFacts(pool), online, sessions.now, sessions.zone
        ),
        reconciliations=PostgresReconciliations(pool),
    )
