"""A job in a worker's hands, and what a worker may do with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

LOST = "The worker that held it died or lost its lease"
LONGEST_ERROR_CHARS = 500


class PickedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job in hand. `attempts` counts the runs that began, this one too once it has; with `picked_by` it is
    the proof that the job is still ours: a run of it by anybody else would have raised it.

    `job` is the stored form, not yet decoded. `state` is "picked", or "dead" when the last run
    allowed was lost with its worker. One that is to run `alone` was running when its worker died.
    """

    account_id: UUID | None = None
    job_id: UUID
    kind: str
    job: dict[str, Any]
    key: str | None
    state: str
    attempts: int
    max_attempts: int
    picked_by: str
    begun: bool = False
    alone: bool = False


class JobTable(Protocol):
    """One of the two tables of jobs. Whatever is no longer ours is left untouched."""

    async def pick(self, size: int, *, now: datetime, until: datetime, worker: str) -> list[PickedJob]:
        """Up to `size` jobs that are due, or whose lease ran out before they were begun."""

    async def pick_alone(self, *, now: datetime, until: datetime, worker: str) -> list[PickedJob]:
        """One whose lease ran out in the middle of its run, then or now; none, if another takes it first."""

    async def begin(self, jobs: Sequence[PickedJob]) -> list[UUID]:
        """Count an attempt of each; which of them are still ours."""

    async def done(self, jobs: Sequence[PickedJob]) -> None:
        """Forget them."""

    async def put_back(self, job: PickedJob, *, run_at: datetime, attempts: int, error: str | None) -> None:
        """Let it wait until `run_at`; it merges with one of its key that waits already."""

    async def bury(self, job: PickedJob, error: str) -> None:
        """No more runs until a person asks for it."""

    async def extend(self, jobs: Sequence[PickedJob], until: datetime) -> None:
        """Keep the lease."""
