"""A memory of 3 s before the check of tokens: a revoked token is dead within 5 s everywhere, at once
in the process that ended it."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from domain.kernel.ids import SessionId
from domain.people.sessions import Presence, Presences
from domain.people.tokens import AccessToken, KeyToken

_Key = tuple[UUID, SessionId | None]

KEPT_FOR = timedelta(seconds=3)
MOST_KEPT = 10_000


@dataclass(slots=True)
class RememberedPresences:
    """Only good answers are kept, and each answers only for the secret it was asked with: a wrong
    token never gets in by memory, and a fresh one never fails because of it."""

    inner: Presences
    now: Callable[[], datetime]
    _kept: OrderedDict[_Key, tuple[datetime, Presence]] = field(default_factory=OrderedDict)
    # Counts forgetting, so that an answer read before it is not kept after it.
    _forgotten: int = 0

    async def of(self, shown: AccessToken | KeyToken) -> Presence | None:
        key, at = _key(shown), self.now()
        if (kept := self._kept.get(key)) and kept[0] > at and kept[1].admits(shown, at):
            return kept[1]
        forgotten = self._forgotten
        presence = await self.inner.of(shown)
        if presence is not None and presence.admits(shown, at) and forgotten == self._forgotten:
            self._keep(key, at, presence)
        return presence

    async def saw(self, shown: AccessToken | KeyToken, at: datetime) -> None:
        # Remembered before it is written, so that requests at the same time do not write it too.
        if kept := self._kept.get(_key(shown)):
            self._kept[_key(shown)] = (kept[0], replace(kept[1], last_seen_at=at))
        await self.inner.saw(shown, at)

    def forget(self, owner_id: UUID, session_id: SessionId) -> None:
        self._forgotten += 1
        self._kept.pop((owner_id, session_id), None)

    def _keep(self, key: _Key, at: datetime, presence: Presence) -> None:
        self._kept[key] = (at + KEPT_FOR, presence)
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _key(shown: AccessToken | KeyToken) -> _Key:
    return (shown.api_key_id, None) if isinstance(shown, KeyToken) else (shown.owner_id, shown.session_id)
