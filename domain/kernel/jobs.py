"""Work promised now and done later. A promise is written in the transaction of its cause."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Protocol

import msgspec

from domain.kernel.ids import AccountId


class Job(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A promise of no particular account. Each feature declares its own, tagged `feature.verb`.

    Handlers run at least once: they must be safe to repeat and to run twice at the same time.
    After `max_attempts` failures the job is dead and waits for a person. A run whose worker died is one of
    them, and the job runs alone from then on. A run longer than `max_seconds` is broken off and counts as
    a failure. One that `is_routine` comes with the clock: that it was done is no news.
    """

    max_attempts: ClassVar[int] = 20
    max_seconds: ClassVar[int] = 300
    is_routine: ClassVar[bool] = False


class AccountJob(Job, frozen=True, kw_only=True):
    """A promise about one account: it lives beside that account's rows."""

    account_id: AccountId


class NotYet(Exception):
    """Raised by a handler: nothing is wrong, but its time has not come. The job waits until then, and no
    attempt of it is used up."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"not before {until:%Y-%m-%dT%H:%M:%SZ}")
        self.until = until


class Jobs(Protocol):
    async def add(self, job: Job, *, run_at: datetime, key: str | None = None) -> None:
        """Promise `job` for `run_at`. It merges with a waiting one under the same `key`
        (never with one already picked): the earlier `run_at` of the two holds."""

    async def add_many(self, jobs: Sequence[tuple[Job, datetime]]) -> None:
        """Promise many jobs of no account, each for its moment; none of them merges."""
