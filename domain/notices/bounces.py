"""Letters that came back: they are told in the log of notices, and no more go to that address for a while."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec

from domain.kernel.ids import UserId
from domain.kernel.jobs import Job
from domain.kernel.terms import Term
from domain.notices.notices import NoticeId

_KEY = re.compile(r"<?notice\.([0-9a-f]{32})\.([0-9a-f]{32})@")


class BounceTerms(Term, frozen=True, kw_only=True):
    """Days an address is left alone after a letter to it came back for good."""

    name: ClassVar[str] = "notices.bounces"

    days: int

    def since(self, at: datetime) -> datetime:
        return at - timedelta(days=self.days)


class BounceReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail server said of a letter of ours. `status` as in RFC 3463: 5.1.1."""

    message_id: str
    status: str


class MarkBounced(Job, frozen=True, kw_only=True, tag="notices.mark-bounced"):
    """Tell of bounces in the log of notices."""

    is_routine = True


class BounceReports(Protocol):
    async def among(self, addresses: Sequence[str], since: datetime) -> frozenset[str]:
        """Those of the addresses (lower case) from which a letter came back for good since then, or whose
        mail server did not take a notice."""

    async def of_notices(self, since: datetime, limit: int) -> list[BounceReport]:
        """Letters of notices that came back for good, the latest first."""


def letter_key(user_id: UserId, notice_id: NoticeId) -> str:
    """The key of a notice's letter; its Message-ID leads back to the notice."""
    return f"notice.{user_id.hex}.{notice_id.hex}"


def notice_of(id: str) -> tuple[UserId, NoticeId] | None:
    """The notice whose letter has that Message-ID, if it is one of a notice."""
    found = _KEY.match(id)
    return (UserId(UUID(found[1])), NoticeId(UUID(found[2]))) if found else None
