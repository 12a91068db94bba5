"""Penalties, put together."""

from dataclasses import dataclass

from services.penalties.posting import PenaltyPosting
from services.penalties.showing import PenaltyReading
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class Penalising:
    """What handlers ask for by the names of these fields, and what jobs need."""

    penalty_posting: PenaltyPosting
    penalty_reading: PenaltyReading


def wired(sessions: SessionService) -> Penalising:
    """On the transaction and the clock of `sessions`."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    return Penalising(
        penalty_posting=PenaltyPosting(transaction, now, zone),
        penalty_reading=PenaltyReading(transaction, now, zone),
    )
