"""Meters and what their readings cost, put together."""

from dataclasses import dataclass

import asyncpg

from adapters.postgres.readings.meters import PostgresMeters
from adapters.postgres.readings.prices import PostgresPrices
from services.people.sessions import SessionService
from services.readings.cost import CostService


@dataclass(frozen=True, slots=True)
class Metering:
    """What handlers ask for by the names of these fields."""

    meters: PostgresMeters
    cost_service: CostService


def wired(sessions: SessionService, pool: asyncpg.Pool) -> Metering:
    """On the clock of `sessions`; both only read."""
    return Metering(
        meters=PostgresMeters(pool),
        cost_service=CostService(PostgresPrices(pool), sessions.now, sessions.zone),
    )
