"""Visits to meters, put together."""

from dataclasses import dataclass

import asyncpg

from adapters.postgres.cases.visits import PostgresVisits
from api.texts import DEFAULT, catalogue
from services.cases.acting import ActService
from services.cases.visiting import VisitService
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class VisitServices:
    """What handlers ask for by the names of these fields, and what jobs need."""

    visit_service: VisitService
    act_service: ActService
    visits: PostgresVisits


def wired(sessions: SessionService, pool: asyncpg.Pool) -> VisitServices:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    words = catalogue(DEFAULT).gettext
    return VisitServices(
        visit_service=VisitService(transaction, now, zone, words),
        act_service=ActService(transaction, zone, words),
        visits=PostgresVisits(pool),
    )
