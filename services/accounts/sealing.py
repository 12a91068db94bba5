"""Closing business days: every changed account is sealed, the root over the seals is signed and published."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import partial

from msgspec.structs import replace

from domain.accounts.proofs.merkle import root_of
from domain.accounts.proofs.roots import Block, DayRoot, Signer, TellWitness, blocks_of, signed_text
from domain.accounts.proofs.seals import BEFORE_ALL, SALT_BYTES, SealDays, Sealing, end_of_day
from domain.kernel.calendar import business_day
from domain.store import Store, Transaction
from services.repeating import repeated

PAGE_ACCOUNTS = 200
"""Locked at the same time, for some tens of milliseconds."""
_LEAVES_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class DaySealing:
    """May be killed anywhere and run by several at once: a day goes on where it stopped. `salt` gives so many
    bytes that nobody can guess. `witnesses` are addresses that are mailed each root."""

    transaction: Transaction
    signer: Signer
    now: Callable[[], datetime]
    zone: tzinfo
    salt: Callable[[int], bytes]
    witnesses: tuple[str, ...] = ()

    async def seal_days(self, job: SealDays) -> None:
        async for _ in self.close_ended():
            pass

    async def close_ended(self) -> AsyncIterator[DayRoot]:
        """Every day that has ended and is not closed, oldest first."""
        yesterday = business_day(self.now(), self.zone) - timedelta(days=1)
        async for root in self._close(yesterday):
            yield root

    async def close_today(self) -> AsyncIterator[DayRoot]:
        """This very day as well, before its end: what is posted from now on belongs to the next."""
        async for root in self._close(business_day(self.now(), self.zone)):
            yield root

    async def _close(self, last: date) -> AsyncIterator[DayRoot]:
        async with self.transaction() as store:
            latest = await store.roots.latest()
            begun = await store.seals.last_sealing()
        # Sealing begins with the first day that was ever closed: older entries belong to that one.
        first = latest.day + timedelta(days=1) if latest else begun.day if begun else last
        for day in _days(first, last):
            await self._seal(day)
            root = await self._publish(day)
            if root:
                yield root

    async def _seal(self, day: date) -> None:
        ends_at = min(end_of_day(day, self.zone), self.now())
        async with self.transaction() as store:
            await store.seals.begin(Sealing(day=day, ends_at=ends_at))
        while not await repeated(partial(self._seal_page, day)):
            pass

    async def _seal_page(self, day: date) -> bool:
        """Whether the day is sealed whole."""
        async with self.transaction() as store:
            sealing = await store.seals.sealing_locked(day)
            assert sealing is not None
            if sealing.is_sealed:
                return True
            ids = await store.seals.changed(sealing.looked_to, PAGE_ACCOUNTS)
            found = await store.seals.unsealed_locked(ids, sealing.ends_at)
            await store.seals.add([one.sealed(day, self.salt(SALT_BYTES)) for one in found])
            is_sealed = len(ids) < PAGE_ACCOUNTS
            looked_to = ids[-1] if ids else sealing.looked_to
            await store.seals.went_on(replace(sealing, looked_to=looked_to, is_sealed=is_sealed))
        return is_sealed

    async def _publish(self, day: date) -> DayRoot | None:
        """None when another has published it."""
        async with self.transaction() as store:
            leaves = await _leaves(store, day)
        blocks = await asyncio.to_thread(blocks_of, leaves)
        return await repeated(partial(self._published, day, len(leaves), blocks))

    async def _published(self, day: date, seals: int, blocks: list[Block]) -> DayRoot | None:
        async with self.transaction() as store:
            await store.seals.sealing_locked(day)
            root = self._signed(day, seals, blocks, await store.roots.latest())
            if not await store.roots.publish(root, blocks):
                return None
            for address in self.witnesses:
                told = TellWitness(day=day, address=address)
                await store.jobs.add(told, run_at=self.now(), key=f"proofs.tell:{day}:{address}")
        return root

    def _signed(self, day: date, seals: int, blocks: list[Block], before: DayRoot | None) -> DayRoot:
        root = root_of([block.node for block in blocks])
        previous_day, previous_root = (before.day, before.root) if before else (None, None)
        text = signed_text(day, seals, root, previous_day, previous_root)
        return DayRoot(
            day=day,
            seals=seals,
            root=root,
            previous_day=previous_day,
            previous_root=previous_root,
            public_key=self.signer.public_key,
            signature=self.signer.sign(text.encode()),
            published_at=self.now(),
        )


async def _leaves(store: Store, day: date) -> list[bytes]:
    """A million take about 100 MB."""
    found: list[bytes] = []
    after = BEFORE_ALL
    while True:
        page = await store.seals.leaves(day, after, _LEAVES_AT_ONCE)
        found += [leaf for _, leaf in page]
        if len(page) < _LEAVES_AT_ONCE:
            return found
        after = page[-1][0]


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
