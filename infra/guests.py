"""What guests may do, put together."""

from dataclasses import dataclass

from services.guests import GuestDesk
from services.payments.starting import PaymentStart
from services.people.sessions import SessionService
from services.people.tries import count_try, return_try
from services.readings.submitting import ReadingService


@dataclass(frozen=True, slots=True)
class Guesting:
    """What handlers ask for by the names of these fields."""

    guest_desk: GuestDesk


def wired(sessions: SessionService, start: PaymentStart) -> Guesting:
    """On the transaction and the clock of `sessions`."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    submit = ReadingService(transaction, zone).submit
    return Guesting(GuestDesk(transaction, start.start, submit, count_try, return_try, now, zone))
