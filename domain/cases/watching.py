"""Looking at many cases at once for what happened since: behind the live timelines."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from domain.cases.steps import Step
from domain.kernel.access import ActorKind
from domain.kernel.errors import TooMany
from domain.kernel.ids import AccountId, CaseId, SessionId

CaseKey = tuple[AccountId, CaseId]


class TooManyStreams(TooMany):
    code = "too-many-streams"
    text = "You have too many timelines open already: {most} at most"
    remedy = "Close one of them, or look at the case now and then"


class Watcher(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks at a case. `id` and `session_id` as those of the actor; of a system, its key."""

    account_id: AccountId
    case_id: CaseId
    kind: ActorKind
    id: UUID
    session_id: SessionId | None

    @property
    def case(self) -> CaseKey:
        return self.account_id, self.case_id


class CaseWatch(Protocol):
    async def admitted(self, watchers: Sequence[Watcher], at: datetime) -> set[Watcher]:
        """Those whose session or key still opens, and who may still see the account."""

    async def last_steps(self, cases: Sequence[CaseKey]) -> dict[CaseKey, int]:
        """The number of each case's last step."""

    async def steps_after(self, seen: Mapping[CaseKey, int]) -> dict[CaseKey, list[Step]]:
        """The steps of each case after that one, in their order."""
