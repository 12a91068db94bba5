"""One thing said to one person by one channel, from its promise to its fate. One cause makes one notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Access
from domain.kernel.errors import NotFound
from domain.kernel.ids import AccountId, UserId
from domain.kernel.jobs import Job
from domain.kernel.lifecycle import Lifecycle
from domain.notices.kinds import AnyWords
from domain.notices.words import Channel

NoticeId = NewType("NoticeId", UUID)


class NoticeNotFound(NotFound):
    code = "notice-not-found"
    text = "There is no such notice among yours"


class NoticeState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    """Taken by the mail server. Whether it was read is not known, and not looked at."""
    CANCELLED = "cancelled"
    """Not sent: when its turn came it was no longer due, or no longer allowed."""
    REFUSED = "refused"
    """The mail server will never take it."""
    BOUNCED = "bounced"
    """Sent, and reported back as undeliverable."""


LIFECYCLE = Lifecycle(
    {
        NoticeState.WAITING: frozenset({NoticeState.SENT, NoticeState.CANCELLED, NoticeState.REFUSED}),
        NoticeState.SENT: frozenset({NoticeState.BOUNCED}),
    }
)


class NoticeStep(msgspec.Struct, frozen=True, kw_only=True):
    """`note` is a code: why it was cancelled (`WhyNot`), or what the mail server said in numbers."""

    state: NoticeState
    at: datetime
    note: str | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """`cause` is the same for every copy of one notice: a person hears of one cause once per channel.
    `series` groups those of a kind that count together, such as reminders of one billing period.
    `address` is where it goes or went."""

    id: NoticeId
    user_id: UserId
    account_id: AccountId | None
    channel: Channel
    cause: str
    series: str = ""
    address: str
    words: AnyWords
    state: NoticeState = NoticeState.WAITING
    made_at: datetime
    steps: tuple[NoticeStep, ...] = ()

    @property
    def kind(self) -> str:
        return self.words.kind

    def sent(self, address: str, words: AnyWords, at: datetime) -> Notice:
        """Taken by the mail server as it was written at that moment."""
        return replace(self._moved(NoticeState.SENT, at), address=address, words=words)

    def cancelled(self, why: str, at: datetime) -> Notice:
        return self._moved(NoticeState.CANCELLED, at, why)

    def refused(self, address: str, note: str, at: datetime) -> Notice:
        return replace(self._moved(NoticeState.REFUSED, at, note), address=address)

    def bounced(self, note: str, at: datetime) -> Notice:
        return self._moved(NoticeState.BOUNCED, at, note)

    def _moved(self, state: NoticeState, at: datetime, note: str | None = None) -> Notice:
        step = NoticeStep(state=LIFECYCLE.check(self.state, state), at=at, note=note)
        return replace(self, state=state, steps=(*self.steps, step))


class NoticeKey(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of notices ended."""

    made_at: datetime
    notice_id: NoticeId


class SendNotice(Job, frozen=True, kw_only=True, tag="notices.send"):
    """See whether the notice is still due and allowed, and send it."""

    user_id: UserId
    notice_id: NoticeId


class Notices(Protocol):
    async def add(self, notices: Sequence[Notice]) -> list[NoticeId]:
        """Keep them; the ids of those whose cause that person had not heard of by that channel."""

    async def found(self, user_id: UserId, id: NoticeId) -> Notice | None: ...

    async def locked(self, user_id: UserId, id: NoticeId) -> Notice | None: ...

    async def save(self, notice: Notice) -> None: ...


class NoticeLog(Protocol):
    """What was said, the newest first."""

    async def of_user(self, user_id: UserId, *, before: NoticeKey | None, limit: int) -> list[Notice]: ...

    async def one(self, user_id: UserId, id: NoticeId) -> Notice | None: ...

    async def of_account(self, access: Access, *, before: NoticeKey | None, limit: int) -> list[Notice]:
        """About one account: to a customer their own, to staff and systems everybody's."""
