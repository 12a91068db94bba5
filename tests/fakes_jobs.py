"""The port `Jobs` in memory."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from domain.kernel.jobs import AccountJob, Job


class Promise(msgspec.Struct, frozen=True):
    job: Job
    run_at: datetime
    key: str | None


class FakeJobs:
    def __init__(self) -> None:
        self.waiting: list[Promise] = []

    async def add(self, job: Job, *, run_at: datetime, key: str | None = None) -> None:
        for i, promise in enumerate(self.waiting):
            if key is not None and (promise.key, _group(promise.job)) == (key, _group(job)):
                self.waiting[i] = msgspec.structs.replace(promise, run_at=min(promise.run_at, run_at))
                return
        self.waiting.append(Promise(job, run_at, key))

    async def add_many(self, jobs: Sequence[tuple[Job, datetime]]) -> None:
        self.waiting += [Promise(job, run_at, None) for job, run_at in jobs]

    def pick(self) -> list[Promise]:
        """Whatever waits, now in a worker's hands."""
        picked, self.waiting = self.waiting, []
        return picked


def _group(job: Job) -> object:
    return job.account_id if isinstance(job, AccountJob) else None
