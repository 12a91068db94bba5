"""Sealing every kept secret anew, under the present key of the installation."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import msgspec

from domain.kernel.secrets import Box, BoxBroken
from domain.people.sealed import SealedSecret, SealedSecrets, SealedSort

PAGE_ROWS = 200


class ResealProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far one sort is. `unreadable`: owners whose secret opens by no key that is given."""

    sort: SealedSort
    total: int
    seen: int = 0
    resealed: int = 0
    unreadable: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Resealing:
    """Each secret is replaced by a statement of its own, so it may be broken off and run again: what the
    present key opens is left alone."""

    secrets: SealedSecrets
    box: Box

    async def reseal(self, sort: SealedSort) -> AsyncIterator[ResealProgress]:
        """Where the work stands, after each page."""
        progress, after = ResealProgress(sort=sort, total=await self.secrets.count(sort)), UUID(int=0)
        yield progress
        while page := await self.secrets.page(sort, after, PAGE_ROWS):
            for kept in page:
                progress = await self._resealed(progress, kept)
            after = page[-1].owner_id
            yield progress

    async def _resealed(self, progress: ResealProgress, kept: SealedSecret) -> ResealProgress:
        sort, done, unreadable = progress.sort, progress.resealed, progress.unreadable
        try:
            sealed = self.box.resealed(kept.sealed, of=sort.of(kept.owner_id))
        except BoxBroken:
            unreadable = (*unreadable, kept.owner_id)
        else:
            done += sealed is not None and await self.secrets.replace(sort, kept, sealed)
        return msgspec.structs.replace(progress, seen=progress.seen + 1, resealed=done, unreadable=unreadable)
