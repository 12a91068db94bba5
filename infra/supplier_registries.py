"""Registries to suppliers, put together."""

from dataclasses import dataclass

import asyncpg

from adapters.postgres.supplier_registries.collected import PostgresCollected
from adapters.postgres.supplier_registries.files import PostgresSupplierRegistries
from services.payments.telling_suppliers import SupplierTelling
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class SupplierTellingServices:
    """What handlers ask for by the names of these fields, and what jobs need."""

    supplier_telling: SupplierTelling
    supplier_registries: PostgresSupplierRegistries


def wired(sessions: SessionService, pool: asyncpg.Pool) -> SupplierTellingServices:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    return SupplierTellingServices(
        supplier_telling=SupplierTelling(
            sessions.transaction, PostgresCollected(pool), sessions.now, sessions.zone
        ),
        supplier_registries=PostgresSupplierRegistries(pool),
    )
