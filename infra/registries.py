"""Payment registries put together: for the application, the jobs and the command line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

import asyncpg

from adapters.postgres.registries.agents import PostgresPaymentAgents
from adapters.postgres.registries.files import PostgresPaymentRegistries
from adapters.postgres.registries.rows import PostgresRegistryRows
from adapters.postgres.registries.suspense import PostgresSuspense
from adapters.registries import parse_registry
from domain.payments.registries.suspense import ResolveSuspense, ReturnSuspense
from domain.people.four_eyes import Action
from domain.store import Transaction
from services.payments.registries import RegistryService
from services.payments.registry_posting import RegistryPosting
from services.payments.suspense import SuspenseService
from services.people.approvals import Doer
from services.people.rights import asking
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class Registries:
    """What handlers ask for by the names of these fields."""

    registry_service: RegistryService
    suspense_service: SuspenseService
    payment_registries: PostgresPaymentRegistries
    payment_agents: PostgresPaymentAgents
    registry_rows: PostgresRegistryRows
    suspense: PostgresSuspense

    @property
    def doers(self) -> Mapping[type[Action], Doer]:
        return {
            ResolveSuspense: self.suspense_service.do_resolve,
            ReturnSuspense: self.suspense_service.do_return,
        }


def registry_service(transaction: Transaction, now: Callable[[], datetime], zone: tzinfo) -> RegistryService:
    posting = RegistryPosting(transaction, now, zone)
    return RegistryService(transaction, parse_registry, posting, now, zone)


def wired(sessions: SessionService, pool: asyncpg.Pool) -> Registries:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    return Registries(
        registry_service=registry_service(transaction, now, zone),
        suspense_service=suspense_service(transaction, now, sessions.new_id, zone),
        payment_registries=PostgresPaymentRegistries(pool),
        payment_agents=PostgresPaymentAgents(pool),
        registry_rows=PostgresRegistryRows(pool),
        suspense=PostgresSuspense(pool),
    )


def suspense_service(
    transaction: Transaction, now: Callable[[], datetime], new_id: Callable[[], UUID], zone: tzinfo
) -> SuspenseService:
    return SuspenseService(transaction, now, zone, asking(now, new_id, zone))
