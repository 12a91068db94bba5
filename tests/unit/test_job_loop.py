"""What may have killed a worker runs alone, whatever else waits."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from adapters.postgres.picked_job import PickedJob
from infra.job_loop import JobLoop, Pace
from infra.job_runs import Outcome, Run


class Queue:
    """The queue in memory: `plain` and `suspects` wait, `attempts` are the runs that began."""

    lease = timedelta(seconds=30)

    def __init__(self, plain, suspects):
        self.plain, self.suspects = [job(n) for n in plain], [job(n, alone=True) for n in suspects]
        self.attempts = Counter()
        self.left = []

    async def pick_alone(self):
        picked, self.suspects = self.suspects[:1], self.suspects[1:]
        return picked

    async def pick(self, size):
        picked, self.plain = self.plain[:size], self.plain[size:]
        return picked

    async def begin(self, jobs):
        self.attempts.update(number(one) for one in jobs)
        return [replace(one, attempts=one.attempts + 1, begun=True) for one in jobs]

    async def done(self, jobs):
        return

    async def release(self, one):
        self.left.append(number(one))


class Runs:
    """Notes who runs beside whom. Nothing ends before it `may`."""

    def __init__(self):
        self.now, self.seen, self.may = set(), [], asyncio.Event()

    async def run(self, picked):
        self.now.add(number(picked))
        self.seen.append(set(self.now))
        await self.may.wait()
        await asyncio.sleep(0.001)
        self.now.remove(number(picked))
        return Run(picked, Outcome.DONE)


def job(number, *, alone=False):
    return PickedJob(
        job_id=UUID(int=number),
        kind="k",
        job={},
        key=None,
        state="picked",
        attempts=0,
        max_attempts=3,
        picked_by="w",
        alone=alone,
    )


def number(picked):
    return picked.job_id.int


async def until(condition):
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come about in time")


async def test_a_suspect_runs_alone_and_lets_a_batch_pass_before_the_next():
    queue, runs, stop = Queue(plain=range(1, 13), suspects=[101, 102]), Runs(), asyncio.Event()
    runs.may.set()
    working = asyncio.create_task(JobLoop(queue, runs, Pace(at_once=4, batch=8, poll_seconds=0.01)).run(stop))
    await until(lambda: len(runs.seen) == 14 and not runs.now)
    stop.set()
    await working
    with_suspects = [at_once for at_once in runs.seen if at_once & {101, 102}]
    assert with_suspects == [{101}, {102}]
    assert 0 < runs.seen.index({102}) - runs.seen.index({101}) - 1 <= 8
    assert queue.attempts == Counter([*range(1, 13), 101, 102])


async def test_while_it_waits_for_the_others_it_is_not_begun_and_goes_back_at_a_stop():
    queue, runs, stop = Queue(plain=[1, 2, 3], suspects=[]), Runs(), asyncio.Event()
    pace = Pace(at_once=2, batch=8, poll_seconds=0.01, stop_seconds=5)
    working = asyncio.create_task(JobLoop(queue, runs, pace).run(stop))
    await until(lambda: runs.now == {1, 2})
    queue.suspects = [job(101, alone=True)]
    await until(lambda: not queue.suspects)
    stop.set()
    await until(lambda: 101 in queue.left)
    assert queue.attempts == Counter([1, 2])
    runs.may.set()
    await working
    assert sorted(queue.left) == [3, 101]
    assert runs.seen[-1] == {1, 2}
