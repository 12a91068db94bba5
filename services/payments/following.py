"""A payment that somebody watches: one look every second for all who watch in this process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from domain.kernel.errors import TooMany
from domain.kernel.ids import AccountId, PaymentId
from domain.payments.keeping import PaymentWatch

LOOK_SECONDS = 1.0
LONGEST_SECONDS = 900
HEARTBEAT_LOOKS = 15
MOST = 1000

_Key = tuple[AccountId, PaymentId]


class TooManyWatchers(TooMany):
    code = "too-many-watchers"
    text = "Too many pages follow payments at this moment"
    remedy = "Load the page again to see how the payment stands"


@dataclass(slots=True)
class PaymentFollowing:
    """It lives in one event loop. While nobody watches, nothing is asked of the database."""

    watch: PaymentWatch
    look_seconds: float = LOOK_SECONDS
    _counts: dict[_Key, int] = field(default_factory=dict)
    _watchers: dict[_Key, int] = field(default_factory=dict)
    _looking: asyncio.Task[None] | None = None
    _is_stopped: bool = False

    async def follow(
        self, account_id: AccountId, payment_id: PaymentId, seen: int
    ) -> AsyncIterator[int | None]:
        """The number of the payment's steps each time it grows beyond `seen`; None as a sign of life. Whether
        the payment may be seen must have been asked before. TooManyWatchers."""
        if len(self._watchers) >= MOST:
            raise TooManyWatchers
        key = (account_id, payment_id)
        self._watchers[key] = self._watchers.get(key, 0) + 1
        try:
            for look in range(int(LONGEST_SECONDS / self.look_seconds)):
                count = self._counts.get(key, 0)
                if count > seen:
                    seen = count
                    yield count
                elif look % HEARTBEAT_LOOKS == 0:
                    yield None
                self._look()
                await asyncio.sleep(self.look_seconds)
                if self._is_stopped:
                    return
        finally:
            self._left(key)

    def stop(self) -> None:
        """This process ends: so do its streams; whoever watches comes again elsewhere."""
        self._is_stopped = True

    def _left(self, key: _Key) -> None:
        self._watchers[key] -= 1
        if not self._watchers[key]:
            del self._watchers[key]
            self._counts.pop(key, None)

    def _look(self) -> None:
        """One question for all, however many watch."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        found = await self.watch.step_counts(list(self._watchers))
        self._counts |= {key: count for key, count in found.items() if key in self._watchers}
        await asyncio.sleep(self.look_seconds / 2)
