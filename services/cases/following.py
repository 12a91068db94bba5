"""Live timelines: one look every two seconds for all who follow a case in this process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.cases.steps import Step
from domain.cases.watching import CaseWatch, TooManyStreams, Watcher
from domain.kernel.access import Access, ActorKind
from domain.kernel.errors import Refusal
from domain.kernel.ids import CaseId

LOOK_SECONDS = 2.0
HEARTBEAT_SECONDS = 15.0
MOST_OF_ONE = 5
MOST = 1000


class Ending(StrEnum):
    """Why a stream ends that nobody closed."""

    NOT_ADMITTED = "not-admitted"
    STOPPING = "stopping"
    TOO_MANY = "too-many"


@dataclass(eq=False, slots=True)
class Follower:
    """`seen` is the number of the last step that was told, or passed over as not theirs."""

    watcher: Watcher
    seen: int
    told: asyncio.Queue[list[Step] | Ending] = field(default_factory=asyncio.Queue)

    def sees(self, step: Step) -> bool:
        return self.watcher.kind is ActorKind.STAFF or step.is_public


@dataclass(slots=True)
class CaseFollowing:
    """It lives in one event loop. While nobody follows anything, nothing is asked of the database."""

    watch: CaseWatch
    now: Callable[[], datetime]
    look_seconds: float = LOOK_SECONDS
    heartbeat_seconds: float = HEARTBEAT_SECONDS
    _followers: set[Follower] = field(default_factory=set)
    _looking: asyncio.Task[None] | None = None
    _is_stopped: bool = False

    def follower(self, access: Access, case_id: CaseId, seen: int) -> Follower:
        """For `follow`. TooManyStreams of one person, or in all. Whether there is such a case for them must
        have been asked before."""
        actor = access.actor
        watcher = Watcher(
            account_id=access.account_id,
            case_id=case_id,
            kind=actor.kind,
            id=actor.id,
            session_id=actor.session_id,
        )
        self._check_room(watcher)
        return Follower(watcher, seen)

    async def follow(self, follower: Follower) -> AsyncIterator[list[Step] | Ending]:
        """Steps as they come, an empty list now and then to show that the line stands, an Ending last."""
        if self._is_stopped:
            yield Ending.STOPPING
            return
        try:
            self._check_room(follower.watcher)
        except TooManyStreams:
            yield Ending.TOO_MANY
            return
        self._followers.add(follower)
        try:
            await self._look([follower])
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look_again_and_again())
            while True:
                try:
                    told = await asyncio.wait_for(follower.told.get(), self.heartbeat_seconds)
                except TimeoutError:
                    told = []
                yield told
                if isinstance(told, Ending):
                    return
        finally:
            self._followers.discard(follower)

    def stop(self) -> None:
        """The process ends: every stream is closed, no other opened. From within the loop."""
        self._is_stopped = True
        for follower in self._followers:
            follower.told.put_nowait(Ending.STOPPING)

    def _check_room(self, watcher: Watcher) -> None:
        theirs = sum(1 for one in self._followers if one.watcher.id == watcher.id)
        if theirs >= MOST_OF_ONE or len(self._followers) >= MOST:
            raise TooManyStreams(most=MOST_OF_ONE, retry_after_seconds=10)

    async def _look_again_and_again(self) -> None:
        while self._followers:
            await asyncio.sleep(self.look_seconds)
            # A look that fails is made up for by the next: everybody's place is kept.
            try:
                await self._look(list(self._followers))
            except (Refusal, OSError, TimeoutError):
                continue

    async def _look(self, followers: list[Follower]) -> None:
        if not followers:
            return
        admitted = await self.watch.admitted([one.watcher for one in followers], self.now())
        for one in followers:
            if one.watcher not in admitted:
                one.told.put_nowait(Ending.NOT_ADMITTED)
        here = [one for one in followers if one.watcher in admitted]
        last = await self.watch.last_steps(sorted({one.watcher.case for one in here}))
        behind = [one for one in here if one.seen < last.get(one.watcher.case, 0)]
        if not behind:
            return
        seen = {
            case: min(one.seen for one in behind if one.watcher.case == case)
            for case in {one.watcher.case for one in behind}
        }
        steps = await self.watch.steps_after(seen)
        for one in behind:
            new = [step for step in steps[one.watcher.case] if step.no > one.seen]
            one.seen = max([one.seen, *(step.no for step in new)])
            if told := [step for step in new if one.sees(step)]:
                one.told.put_nowait(told)
