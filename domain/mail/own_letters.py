"""Letters that came, as those see them whom they are about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from domain.kernel.ids import AccountId
from domain.mail.letters_in import LetterCursor, LetterId, LetterState, Reason


class OwnLetter(msgspec.Struct, frozen=True, kw_only=True):
    """`files` are the names of its workbooks; of another's letter only of those it brought for one's
    accounts."""

    id: LetterId
    received_at: datetime
    sender: str
    subject: str
    size_bytes: int
    state: LetterState
    reason: Reason
    files: tuple[str, ...] = ()


class OwnLetters(Protocol):
    async def listed(
        self,
        email: str | None,
        account_ids: Sequence[AccountId],
        *,
        before: LetterCursor | None,
        limit: int,
    ) -> Sequence[OwnLetter]:
        """From that address (lower case), and those taken for these accounts; the newest first. Whoever asks
        has seen to it that address and accounts are the person's."""
