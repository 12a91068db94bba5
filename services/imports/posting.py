"""Posting one batch of billing's lines, again and again until it is in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.accounts.accounts import AccountNotFound
from domain.accounts.billing import BillLine, accounts_of, ids_of
from domain.accounts.charging import charged
from domain.accounts.closed_accounts import held_back
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import ImportCutShort, ImportStore, ImportTransaction, Tally
from domain.kernel.errors import Unavailable

TRIES = 4


class Posters(Protocol):
    """Who posts: this process, or several."""

    @property
    def at_once(self) -> int:
        """How many batches may be given to them at the same time."""

    @property
    def rows_at_once(self) -> int:
        """About how many rows make a batch."""

    async def post(self, kind: ImportKind, lines: Sequence[BillLine], value_date: date) -> Tally:
        """Whole accounts, sorted by id: all of them or none. ImportCutShort when it cannot be done."""


@dataclass(frozen=True, slots=True)
class PostersHere:
    transaction: ImportTransaction
    now: Callable[[], datetime]
    at_once: int = 3
    rows_at_once: int = 500
    """A few milliseconds of the processor, between which others of this process have their turn."""

    async def post(self, kind: ImportKind, lines: Sequence[BillLine], value_date: date) -> Tally:
        """A batch may be posted again: what is there already is unchanged."""
        for attempt in range(1, TRIES + 1):
            try:
                async with self.transaction() as store:
                    return await self._post(store, kind, lines, value_date)
            except (Unavailable, AccountNotFound) as error:
                if attempt == TRIES:
                    raise ImportCutShort from error
        raise AssertionError

    async def _post(
        self, store: ImportStore, kind: ImportKind, lines: Sequence[BillLine], value_date: date
    ) -> Tally:
        asked = accounts_of(kind, lines)
        standings = await store.ledger.standings_locked(asked)
        allowed = [held_back(account, standing) for account, standing in zip(asked, standings, strict=True)]
        outcomes = [
            charged(account, standing, value_date)
            for (account, _), standing in zip(allowed, standings, strict=True)
        ]
        await store.ledger.post(outcomes, self.now())
        return Tally(
            added=sum(outcome.new for outcome in outcomes),
            corrected=sum(outcome.corrected for outcome in outcomes),
            unchanged=sum(outcome.unchanged for outcome in outcomes),
            held_back=_named(kind, lines, frozenset[UUID]().union(*(held for _, held in allowed))),
        )


def _named(kind: ImportKind, lines: Sequence[BillLine], held: frozenset[UUID]) -> tuple[str, ...]:
    """The rows behind these ids, as billing knows them."""
    if not held:
        return ()
    found = (line for line in lines if held & ids_of(kind, line))
    return tuple(f"{line.supplier_account} {line.service} {line.period}" for line in found)
