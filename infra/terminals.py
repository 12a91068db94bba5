"""Terminals put together."""

from dataclasses import dataclass

from services.payments.terminals import TerminalDesk
from services.people.sessions import SessionService
from services.people.tries import count_try


@dataclass(frozen=True, slots=True)
class TerminalServices:
    """What handlers ask for by the names of these fields."""

    terminal_desk: TerminalDesk


def wired(sessions: SessionService) -> TerminalServices:
    """On the transaction and the clock of `sessions`."""
    return TerminalServices(
        TerminalDesk(sessions.transaction, count_try, sessions.now, sessions.new_id, sessions.zone)
    )
