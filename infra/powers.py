"""Powers of attorney, put together."""

from dataclasses import dataclass

import asyncpg

from adapters.postgres.people.powers import PostgresPowers
from adapters.powers.register import NoPowerRegister
from domain.people.powers import PowerRegister
from services.people.powers import PowerService
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class Powers:
    """What handlers ask for by the names of these fields, and what jobs need."""

    power_service: PowerService
    powers: PostgresPowers


def wired(sessions: SessionService, pool: asyncpg.Pool, register: PowerRegister | None) -> Powers:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    powers = PostgresPowers(pool)
    service = PowerService(
        sessions.transaction,
        powers,
        register or NoPowerRegister(),
        sessions.now,
        sessions.new_id,
        sessions.zone,
    )
    return Powers(service, powers)
