"""Finding customers, put together."""

from dataclasses import dataclass

import asyncpg

from adapters.postgres.account_search import PostgresAccountSearch
from services.accounts.searching import AccountSearching
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class Searching:
    """What handlers ask for by the name of this field."""

    account_searching: AccountSearching


def wired(sessions: SessionService, pool: asyncpg.Pool) -> Searching:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    search = PostgresAccountSearch(pool)
    return Searching(AccountSearching(sessions.transaction, search, sessions.now, sessions.new_id))
