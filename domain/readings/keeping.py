"""Readings as they are kept, found, listed, and put before those who decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

import msgspec

from domain.kernel.access import Access, Actor
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, MeterId, ReadingId
from domain.readings.judging import Replaced
from domain.readings.meters import Direction
from domain.readings.past import History, RegisterKey
from domain.readings.readings import Nature, Reading, ReadingSource, ReadingState, Reason


class SendingAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The account that readings are sent to. `groups`: where its rules are looked for, its own group first,
    then its kind."""

    groups: tuple[str, ...]
    is_closed: bool


class ReadingStep(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the timeline of one register's value."""

    zone: str
    direction: Direction
    step_no: int
    state: ReadingState
    at: datetime
    reason: Reason | None = None
    note: str | None = None


class ReadingView(msgspec.Struct, frozen=True, kw_only=True):
    """A reading with the steps of each of its values, in order."""

    reading: Reading
    steps: tuple[ReadingStep, ...]


class ReadingCursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of readings ended."""

    received_at: datetime
    reading_id: ReadingId


class ReadingQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Which readings are asked for; None does not narrow."""

    source: ReadingSource | None = None
    state: ReadingState | None = None
    period: Period | None = None


class Awaiting(msgspec.Struct, frozen=True, kw_only=True):
    """A reading that an operator is to decide on."""

    account_id: AccountId
    account_number: str
    since: datetime
    serial: str
    reading: Reading


class AwaitingCursor(msgspec.Struct, frozen=True, kw_only=True):
    since: datetime
    reading_id: ReadingId


class Consumed(msgspec.Struct, frozen=True, kw_only=True):
    """What one register's standing value says was used, in the meter's unit; None for the first."""

    meter_id: MeterId
    zone: str
    direction: Direction
    period: Period
    taken_on: date
    value: Decimal
    previous_on: date | None
    consumption: Decimal | None
    source: ReadingSource
    nature: Nature

    @property
    def is_estimated(self) -> bool:
        return self.nature is Nature.CALCULATED


class Readings(Protocol):
    """Changes are made under the lock of the meter (`Meters.locked`)."""

    async def sending_account(self, access: Access) -> SendingAccount:
        """AccountNotFound for those who may not."""

    async def histories(
        self, account_id: AccountId, registers: Sequence[RegisterKey], *, since: date
    ) -> Mapping[RegisterKey, History]:
        """The latest values that stand or are pending, and consumption and days since `since`."""

    async def found(
        self, account_id: AccountId, reading_ids: Sequence[ReadingId]
    ) -> dict[ReadingId, Reading]:
        """Those that are kept, with repeats as they stand now."""

    async def add(self, readings: Sequence[Reading], replaced: Sequence[Replaced], actor: Actor) -> None:
        """Keep new readings with all steps of their values, and the values they replace with their step.
        TryAgain when one of the ids was taken at the same time."""

    async def save(
        self,
        before: Reading,
        after: Reading,
        replaced: Sequence[Replaced],
        actor: Actor,
        at: datetime,
        note: str,
    ) -> None:
        """Keep what changed in the values, a step for each that moved, and the insistence."""

    async def view(self, access: Access, meter_id: MeterId, reading_id: ReadingId) -> ReadingView:
        """ReadingNotFound."""

    async def listed(
        self,
        access: Access,
        meter_id: MeterId,
        question: ReadingQuestion,
        *,
        before: ReadingCursor | None,
        limit: int,
    ) -> list[Reading]:
        """The newest first."""

    async def sent_since(self, access: Access, since: datetime) -> list[Reading]:
        """Of all meters of the account, billing's own left out, the newest first."""

    async def consumed(self, access: Access, meter_ids: Sequence[MeterId], *, since: date) -> list[Consumed]:
        """Of values that stand, the oldest first."""

    async def awaiting(self, *, after: AwaitingCursor | None, limit: int) -> list[Awaiting]:
        """Over all accounts, those that wait longest first."""
