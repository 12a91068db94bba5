"""The loop of one worker: pick a batch, begin some at a time, write off what is done, keep the leases.

What was running when a worker died may have killed it. It runs alone from then on, when all else in hand is
done, so that its next death takes no attempt of another job. One such job and one batch of others take turns.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from adapters.postgres.job_queue import JobQueue
from adapters.postgres.picked_job import PickedJob
from infra.job_errors import described
from infra.job_runs import JobRuns, Outcome, Run

log = structlog.get_logger("kabinet.worker")


_Beginning = tuple[PickedJob, "asyncio.Future[PickedJob | None]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`batch` jobs are in hand at most, `at_once` of them run. A large batch saves round trips, but
    what waits in one worker's hand cannot be run by another."""

    at_once: int
    batch: int
    poll_seconds: float = 1.0
    stop_seconds: float = 10.0


@dataclass(slots=True)
class JobLoop:
    """Jobs in hand are picked and ours. They leave it only when the database knows what came of them,
    or when that could not be written: then their lease runs out and they are picked again."""

    queue: JobQueue
    runs: JobRuns
    pace: Pace
    hint: asyncio.Event = field(default_factory=asyncio.Event)
    _in_hand: dict[UUID, PickedJob] = field(default_factory=dict, init=False)
    _ready: asyncio.Queue[PickedJob] = field(default_factory=asyncio.Queue, init=False)
    _beginning: list[_Beginning] = field(default_factory=list, init=False)
    _some_begin: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _done: list[PickedJob] = field(default_factory=list, init=False)
    _some_done: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _some_left: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop`; then finishes what runs within the time allowed and gives back the rest."""
        runners = [asyncio.create_task(self._run_jobs(), name=f"job-{i}") for i in range(self.pace.at_once)]
        keepers = [
            asyncio.create_task(self._begin(), name="begin"),
            asyncio.create_task(self._write_off(), name="write-off"),
            asyncio.create_task(self._keep_leases(), name="leases"),
        ]
        picking = asyncio.create_task(self._pick(stop), name="pick")
        try:
            # None of them ends by itself; an end of one is a bug that must be seen, not slept over.
            tasks = {picking, *runners, *keepers}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
            await self._finish_started()
        finally:
            await _cancel([picking, *runners, *keepers])
            await self._give_back()

    async def _pick(self, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self.hint.clear()
                for suspect in await self._picked(self.queue.pick_alone()):
                    await self._run_alone(suspect, stopping)
                if self._room() < self._enough() or not await self._pick_some():
                    await self._pause(stopping)
        finally:
            stopping.cancel()

    async def _pick_some(self) -> bool:
        """Whether anything came."""
        picked = await self._picked(self.queue.pick(self._room()))
        for job in picked:
            self._ready.put_nowait(job)
        return bool(picked)

    async def _picked(self, pick: Awaitable[list[PickedJob]]) -> list[PickedJob]:
        """What is in hand now. A database that is away is waited for."""
        try:
            picked = await pick
        except Exception as error:  # noqa: BLE001 - the worker outlives its database
            log.warning("jobs cannot be picked", error=described(error))
            return []
        for job in picked:
            if job.state == "dead":
                log.error("job dead", kind=job.kind, job_id=str(job.job_id), attempts=job.attempts)
        living = [job for job in picked if job.state != "dead"]
        self._in_hand.update({job.job_id: job for job in living})
        return living

    async def _run_alone(self, suspect: PickedJob, stopping: "asyncio.Task[bool]") -> None:
        """Nothing else is picked until it ends. While it waits for the others it is not begun: a death then
        is not its doing."""
        await self._until_left(1, stopping)
        if stopping.done():
            await self._release(suspect)
            return
        self._ready.put_nowait(suspect)
        await self._until_left(0, stopping)

    async def _until_left(self, count: int, stopping: "asyncio.Task[bool]") -> None:
        """Until no more than so many are in hand, or the stop."""
        while len(self._in_hand) > count and not stopping.done():
            self._some_left.clear()
            await _first_of(self._some_left, stopping)

    async def _pause(self, stopping: "asyncio.Task[bool]") -> None:
        """Until a hint, the stop or the next poll."""
        await _first_of(self.hint, stopping, self.pace.poll_seconds)

    async def _run_jobs(self) -> None:
        while True:
            picked = await self._ready.get()
            job = await self._begun(picked)
            if job is None:
                self._forget(picked)
                continue
            run = await self.runs.run(job)
            if run.outcome is Outcome.DONE:
                self._done.append(job)
                self._some_done.set()
            elif run.until is not None:
                await _tried(self.queue.put_off(job, run.until), "a job cannot be put off")
                self._forget(job)
            else:
                await self._give_up(run)

    async def _begun(self, picked: PickedJob) -> PickedJob | None:
        """None when it is not ours any more, or that cannot be known: then it must not run."""
        answer: asyncio.Future[PickedJob | None] = asyncio.get_running_loop().create_future()
        self._beginning.append((picked, answer))
        self._some_begin.set()
        return await answer

    async def _begin(self) -> None:
        """All that were to begin while the last ones were being noted are noted together."""
        while True:
            await self._some_begin.wait()
            self._some_begin.clear()
            asked, self._beginning = self._beginning, []
            begun: dict[UUID, PickedJob] = {}
            try:
                begun = {job.job_id: job for job in await self.queue.begin([job for job, _ in asked])}
            except Exception as error:  # noqa: BLE001 - the worker outlives its database
                log.warning("jobs cannot be begun", error=described(error))
            self._in_hand.update(begun)
            for job, answer in asked:
                answer.set_result(begun.get(job.job_id))

    async def _give_up(self, run: Run) -> None:
        verdict = self.queue.failed if run.outcome is Outcome.FAILED else self.queue.bury
        await _tried(verdict(run.job, run.error), "a failure cannot be written")
        self._forget(run.job)

    async def _write_off(self) -> None:
        """All that was done while the last ones were being written goes in one transaction."""
        while True:
            await self._some_done.wait()
            await self._write_off_done()

    async def _write_off_done(self) -> None:
        self._some_done.clear()
        done, self._done = self._done, []
        if done:
            await _tried(self.queue.done(done), "jobs done cannot be written off")
        for job in done:
            self._forget(job)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self.queue.lease.total_seconds() / 3)
            if self._in_hand:
                await _tried(self.queue.extend(list(self._in_hand.values())), "leases cannot be extended")

    async def _finish_started(self) -> None:
        """Wait for the runs under way; nothing new is begun."""
        while not self._ready.empty():
            await self._release(self._ready.get_nowait())
        try:
            async with asyncio.timeout(self.pace.stop_seconds):
                while self._in_hand:
                    self._some_left.clear()
                    await self._some_left.wait()
        except TimeoutError:
            log.warning("jobs broken off by the stop", count=len(self._in_hand))

    async def _give_back(self) -> None:
        await self._write_off_done()
        for job in list(self._in_hand.values()):
            await self._release(job)

    async def _release(self, job: PickedJob) -> None:
        await _tried(self.queue.release(job), "a job cannot be given back")
        self._forget(job)

    def _forget(self, job: PickedJob) -> None:
        self._in_hand.pop(job.job_id, None)
        self._some_left.set()
        if self._room() >= self._enough():
            self.hint.set()

    def _room(self) -> int:
        return self.pace.batch - len(self._in_hand)

    def _enough(self) -> int:
        """Picking a few at a time would cost a round trip for each."""
        return max(1, self.pace.batch // 2)


async def _first_of(
    event: asyncio.Event, stopping: "asyncio.Task[bool]", seconds: float | None = None
) -> None:
    happened = asyncio.create_task(event.wait())
    await asyncio.wait({happened, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    happened.cancel()


async def _tried(write: Awaitable[None], complaint: str) -> None:
    """What cannot be written is left to the lease: it runs out and another run decides."""
    try:
        await write
    except Exception as error:  # noqa: BLE001 - the worker outlives its database
        log.warning(complaint, error=described(error))


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
