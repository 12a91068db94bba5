"""One run of one job: decode it, call its handler, tell what came of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec
import structlog

from adapters.postgres.jobs import kind_of
from adapters.postgres.picked_job import PickedJob
from domain.kernel.jobs import Job, NotYet
from infra.handlers import Handlers
from infra.job_errors import described
from infra.job_metrics import RUN_SECONDS, RUNS
from services.repeating import repeated

log = structlog.get_logger("kabinet.worker")


class Outcome(StrEnum):
    DONE = "done"
    FAILED = "failed"
    HOPELESS = "hopeless"
    PUT_OFF = "put-off"


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run. `error` is fit to be kept: no personal data. `until` when it is put off."""

    job: PickedJob
    outcome: Outcome
    error: str = ""
    until: datetime | None = None


class JobRuns:
    """Runs jobs by kind. Raises ValueError at the start when two kinds bear one tag."""

    def __init__(self, handlers: Handlers) -> None:
        self._kinds: dict[str, tuple[type[Job], Callable[[Any], Awaitable[None]]]] = {}
        for job, handler in handlers.items():
            if kind_of(job) in self._kinds:
                raise ValueError(f"two kinds of jobs are called {kind_of(job)}")
            self._kinds[kind_of(job)] = (job, handler)

    async def run(self, picked: PickedJob) -> Run:
        """Never raises but CancelledError: a job that fails must not stop the others."""
        if picked.kind not in self._kinds:
            return _logged(Run(picked, Outcome.HOPELESS, f"No handler knows the kind {picked.kind}"), 0)
        kind, handler = self._kinds[picked.kind]
        began = time.perf_counter()
        try:
            # Lenient: fields that a newer or older version wrote do not stop the promise.
            job = msgspec.convert(picked.job, kind, strict=False)
        except msgspec.ValidationError as error:
            return _logged(Run(picked, Outcome.HOPELESS, f"Cannot be decoded: {described(error)}"), 0)
        try:
            async with asyncio.timeout(kind.max_seconds):
                await repeated(partial(handler, job))
        except NotYet as later:
            run = Run(picked, Outcome.PUT_OFF, until=later.until)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is kept with its job and tried again
            run = Run(picked, Outcome.FAILED, described(error))
        else:
            run = Run(picked, Outcome.DONE)
        return _logged(run, time.perf_counter() - began, is_routine=kind.is_routine)


def _logged(run: Run, seconds: float, *, is_routine: bool = False) -> Run:
    RUNS.labels(run.job.kind, run.outcome).inc()
    RUN_SECONDS.labels(run.job.kind).observe(seconds)
    facts: Mapping[str, object] = {
        "kind": run.job.kind,
        "job_id": str(run.job.job_id),
        "attempts": run.job.attempts,
        "ms": round(seconds * 1000, 1),
    }
    if run.outcome is Outcome.PUT_OFF:
        log.debug("job put off", **facts)
    elif run.outcome is Outcome.DONE:
        (log.debug if is_routine else log.info)("job done", **facts)
    else:
        log.warning("job not done", outcome=run.outcome, **facts, error=run.error)
    return run
