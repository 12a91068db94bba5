"""Tries of what can be guessed: counted, slowed, locked, and never a way to lock out somebody else.

A lock falls on a phone *tried from one network*; whoever guesses from elsewhere locks only
themselves. Over all networks a phone is merely slowed, and not at all for a network from which its
owner has signed in before. A try is counted and committed before it is checked, so that neither a
refusal nor a crash gives it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.errors import TooMany
from domain.kernel.ids import UserId
from domain.kernel.jobs import Job
from domain.kernel.terms import Term


class TooManyAttempts(TooMany):
    code = "too-many-attempts"
    text = "Too many attempts: wait {retry_after_seconds} s"
    remedy = "Try again when the time has passed"


class TryKind(StrEnum):
    SIGN_IN = "sign-in"
    SIGN_IN_NETWORK = "sign-in-network"
    SIGN_IN_PHONE = "sign-in-phone"
    SIGN_IN_KNOWN = "sign-in-known"
    PROOF_ACCOUNT = "proof-account"
    PROOF_USER = "proof-user"
    BEGIN_NETWORK = "begin-network"
    INVITATION_CODE = "invitation-code"
    INVITE_USER = "invite-user"
    INVITE_PHONE = "invite-phone"
    CODE_ASK = "code-ask"
    CODE_ASK_ADDRESS = "code-ask-address"
    CODE_ASK_NETWORK = "code-ask-network"
    CODE_TRY = "code-try"
    CODE_TRY_ADDRESS = "code-try-address"
    CODE_TRY_NETWORK = "code-try-network"
    PASSWORD = "password"  # noqa: S105 - a name
    SECOND_FACTOR = "second-factor"
    SECOND_FACTOR_PERSON = "second-factor-person"
    BILL_CHECK = "bill-check"
    GUEST_GUESS = "guest-guess"
    GUEST_USE = "guest-use"
    TERMINAL_GUESS = "terminal-guess"


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """`tries` in `window_seconds`, then a lock of `lock_seconds` that doubles with every further
    lock up to `most_lock_seconds`, until a day goes by without one."""

    tries: int
    window_seconds: int
    lock_seconds: int
    most_lock_seconds: int

    def lock(self, lock_no: int) -> timedelta:
        return timedelta(seconds=min(self.lock_seconds * 2 ** min(lock_no, 20), self.most_lock_seconds))


class AttemptTerms(Term, frozen=True, kw_only=True):
    name: ClassVar[str] = "people.attempts"

    limits: Mapping[TryKind, Limit]


class Door(msgspec.Struct, frozen=True, order=True):
    """What is being tried: a kind and its key. Doors are locked in their order."""

    kind: TryKind
    key: str


_FORGIVEN_AFTER = timedelta(days=1)


class Tries(msgspec.Struct, frozen=True, kw_only=True):
    """How often a door was tried. `count` is of the current window, `lock_no` of the locks so far."""

    kind: TryKind
    key: str
    window_started_at: datetime
    count: int = 0
    lock_no: int = 0
    locked_until: datetime | None = None

    def wait_seconds(self, at: datetime) -> int:
        """Whole seconds until the door may be tried again, 0 when it may be now."""
        if self.locked_until is None or self.locked_until <= at:
            return 0
        return max(1, round((self.locked_until - at).total_seconds()))

    def tried(self, limit: Limit, at: datetime) -> Tries:
        """One try more. The last one of a window is still allowed, and locks the door behind it."""
        tries = self._in_window(limit, at)
        if tries.count + 1 < limit.tries:
            return replace(tries, count=tries.count + 1)
        return replace(
            tries,
            window_started_at=at,
            count=0,
            lock_no=tries.lock_no + 1,
            locked_until=at + limit.lock(tries.lock_no),
        )

    def returned(self) -> Tries:
        """A try that was right does not count; a lock it has brought is lifted."""
        if self.locked_until is not None and self.count == 0:
            return replace(self, lock_no=max(self.lock_no - 1, 0), locked_until=None)
        return replace(self, count=max(self.count - 1, 0))

    def _in_window(self, limit: Limit, at: datetime) -> Tries:
        last = max(self.window_started_at, self.locked_until or self.window_started_at)
        lock_no = 0 if at - last >= _FORGIVEN_AFTER else self.lock_no
        if at - self.window_started_at < timedelta(seconds=limit.window_seconds):
            return replace(self, lock_no=lock_no)
        return replace(self, window_started_at=at, count=0, lock_no=lock_no)


def network_of(ip: str) -> str:
    """The client's network: an IPv4 address itself, the /64 of an IPv6 address (one household or
    server gets a whole /64), "unknown" for what is no address."""
    try:
        address = ip_address(ip)
    except ValueError:
        return "unknown"
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return str(mapped)
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))


def sign_in_door(login: str, ip: str) -> Door:
    return Door(TryKind.SIGN_IN, f"{login} {network_of(ip)}")


def known_door(login: str, ip: str) -> Door:
    """Not tried but left behind by a sign-in that went well: the owner comes from here."""
    return Door(TryKind.SIGN_IN_KNOWN, f"{login} {network_of(ip)}")


def sign_in_doors(login: str, ip: str, *, known: bool) -> list[Door]:
    """Every door a sign-in must pass, in the order of locking."""
    doors = [sign_in_door(login, ip), Door(TryKind.SIGN_IN_NETWORK, network_of(ip))]
    return sorted(doors if known else [*doors, Door(TryKind.SIGN_IN_PHONE, login)])


def code_ask_doors(address: str, ip: str, *, known: bool) -> list[Door]:
    """Every door somebody passes who wants a code sent to that phone or e-mail."""
    network = network_of(ip)
    doors = [Door(TryKind.CODE_ASK, f"{address} {network}"), Door(TryKind.CODE_ASK_NETWORK, network)]
    return sorted(doors if known else [*doors, Door(TryKind.CODE_ASK_ADDRESS, address)])


def code_try_doors(address: str, ip: str, *, known: bool) -> list[Door]:
    """Every door somebody passes who shows a code."""
    network = network_of(ip)
    doors = [Door(TryKind.CODE_TRY, f"{address} {network}"), Door(TryKind.CODE_TRY_NETWORK, network)]
    return sorted(doors if known else [*doors, Door(TryKind.CODE_TRY_ADDRESS, address)])


def password_door(user_id: UserId) -> Door:
    """The present password, asked of somebody who is signed in."""
    return Door(TryKind.PASSWORD, str(user_id))


def second_factor_doors(owner_id: UUID, ip: str, *, known: bool) -> list[Door]:
    """Every door the second step of a sign-in must pass; the person's own only where nothing says that
    they come from their own network."""
    doors = [Door(TryKind.SECOND_FACTOR, f"{owner_id} {network_of(ip)}")]
    return sorted(doors if known else [*doors, Door(TryKind.SECOND_FACTOR_PERSON, str(owner_id))])


def begin_door(ip: str) -> Door:
    """Beginning a sign-in that is finished elsewhere: by a passkey, at an identity provider."""
    return Door(TryKind.BEGIN_NETWORK, network_of(ip))


def bill_check_door(ip: str) -> Door:
    """Asking whether a bill is ours, which needs no sign-in."""
    return Door(TryKind.BILL_CHECK, network_of(ip))


def guest_doors(ip: str) -> list[Door]:
    """Naming an account without a sign-in. Only the guess is given back when it was right."""
    return sorted([Door(TryKind.GUEST_USE, network_of(ip)), guest_guess_door(ip)])


def guest_guess_door(ip: str) -> Door:
    return Door(TryKind.GUEST_GUESS, network_of(ip))


def terminal_door(agent_code: str) -> Door:
    """Numbers that are not there, asked for by an agent's terminals."""
    return Door(TryKind.TERMINAL_GUESS, agent_code)


def factor_change_door(owner_id: UUID) -> Door:
    """A code of the second factor, asked of somebody who is signed in. A door apart: guesses by a stolen
    session must not shut the one of signing in."""
    return Door(TryKind.SECOND_FACTOR, f"{owner_id} signed-in")


def proof_doors(user_id: UserId, number: str) -> list[Door]:
    return sorted([Door(TryKind.PROOF_USER, str(user_id)), Door(TryKind.PROOF_ACCOUNT, number)])


class PruneAttempts(Job, frozen=True, kw_only=True, tag="people.prune-attempts"):
    """Forget old counters of tries: they hold phones and networks."""

    is_routine = True


class Attempts(Protocol):
    async def locked(self, door: Door, at: datetime) -> Tries:
        """The door's row, locked, made on the first try."""

    async def save(self, tries: Tries) -> None: ...

    async def forget(self, door: Door) -> None: ...

    async def exists(self, door: Door) -> bool: ...

    async def prune(self, before: datetime) -> int:
        """Forget doors whose window began before that and which are not locked; how many."""
