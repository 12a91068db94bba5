"""Taking one's data out of the cabinet: what goes at once, what stays, and by which law."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

import msgspec

from domain.kernel.errors import Forbidden
from domain.kernel.ids import AccountId, SessionId, UserId
from domain.people.retention import BASES, RetentionTerms, Sort

FRESH = timedelta(minutes=5)
"""A sign-in no older than this proves who asks, by whatever means it was made."""


class ErasureUnproved(Forbidden):
    code = "erasure-unproved"
    text = "Erasing is for good, so prove once more that it is you"
    remedy = "Send your password, or sign in again and repeat within 5 minutes"


class ProofKind(StrEnum):
    PASSWORD = "password"  # noqa: S105 - a word, not a secret
    FRESH_SIGN_IN = "fresh-sign-in"


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody's data was erased. Nothing in it says whose it was."""

    user_id: UserId
    erased_at: datetime
    proof: ProofKind
    accounts_left: int
    sessions_ended: int
    consents_withdrawn: int


class Staying(msgspec.Struct, frozen=True, kw_only=True):
    """What stays of somebody, until when at least (None: as long as the supply contract and its
    limitation period last), and the law behind it."""

    what: str
    until: date | None
    basis: str


CONTRACT = "The account itself: address, holder, charges, contacts that billing sent"
RIGHTS = "By whose leave or power of attorney, with your INN in it, you acted on accounts, and when"
RIGHTS_BASIS = "Proof of who acted for whom: Civil Code, articles 185 and 196"
WHAT: Sequence[tuple[Sort, str]] = (
    (Sort.PAYMENTS, "Payments and how each was spread, without your name and contacts"),
    (Sort.LEDGER, "Every movement of what was owed"),
    (Sort.READINGS, "Readings, what became of each, the files they came in and what was written beside them"),
    (
        Sort.CASES,
        "Applications, claims and enquiries with the name of who filed them, every step, decision and answer",
    ),
    (Sort.CASE_FILES, "Files laid to applications that were sent, with the name of who laid them"),
    (Sort.VISITS, "Visits to meters, with the name of who booked them, and the acts drawn up"),
    (Sort.WEBHOOK_LOG, "What was sent to the systems of legal entities"),
    (Sort.LETTERS, "Letters that came: address, subject and what became of them"),
    (Sort.CONSENTS, "That consents were given and withdrawn, without address and device"),
    (Sort.VIEWS, "Which of the staff looked at the account"),
    (Sort.ATTEMPTS, "Counters of sign-in attempts by phone and network"),
    (Sort.ERASURES, "That your data was erased, and when"),
)
CONTRACT_BASIS = "The supply contract goes on without the cabinet: 152-FZ, article 6, part 1, item 5"


def staying(terms: RetentionTerms, day: date) -> list[Staying]:
    """What is kept after an erasure on `day`; texts are message ids."""
    return [
        Staying(what=CONTRACT, until=None, basis=CONTRACT_BASIS),
        Staying(what=RIGHTS, until=None, basis=RIGHTS_BASIS),
        *(Staying(what=what, until=terms.until(sort, day), basis=BASES[sort]) for sort, what in WHAT),
    ]


class Erasures(Protocol):
    async def found(self, user_id: UserId) -> Erasure | None:
        """The erasure of that person, if it has happened; the person stays locked until the end."""

    async def accounts_of(self, user_id: UserId) -> list[AccountId]:
        """Every account the person has added, by id."""

    async def forget_phone(self, account_id: AccountId, user_id: UserId) -> None:
        """Empty the person's phone in the invitations by which they came to the account."""

    async def forget_sendings(self, account_id: AccountId, user_id: UserId) -> None:
        """Delete the person's drafts on the account with their files, and take their name off the files of
        readings they have sent."""

    async def erase(
        self, user_id: UserId, proof: ProofKind, at: datetime, *, accounts_left: int
    ) -> tuple[Erasure, list[SessionId]]:
        """Free the login, end the sessions, withdraw the consents, empty the person, and note it. Gives
        the ended sessions, to be forgotten by whoever remembers them."""
