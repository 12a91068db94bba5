"""Accounts that several people act on, put together: rights, invitations, changes of owner, closing."""

import secrets
from dataclasses import dataclass

import asyncpg

from adapters.postgres.people.delegation import PostgresDelegations
from adapters.postgres.people.invitations import PostgresInvitations
from domain.kernel.letters import Sms
from services.people.account_changes import AccountChanges
from services.people.delegation import DelegationService
from services.people.sessions import SessionService

# Without the letters and digits that are mistaken for each other when typed from a small screen.
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_GROUPS, _GROUP_CHARS = 4, 4


@dataclass(frozen=True, slots=True)
class Sharing:
    """What handlers ask for by the names of these fields, and what jobs need."""

    delegation_service: DelegationService
    account_changes: AccountChanges
    delegations: PostgresDelegations
    invitations: PostgresInvitations


def wired(sessions: SessionService, pool: asyncpg.Pool, sms: Sms) -> Sharing:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, new_id, zone = sessions.transaction, sessions.now, sessions.new_id, sessions.zone
    return Sharing(
        delegation_service=DelegationService(transaction, sms, now, new_id, invitation_code, zone),
        account_changes=AccountChanges(transaction, now, new_id, zone),
        delegations=PostgresDelegations(pool),
        invitations=PostgresInvitations(pool),
    )


def invitation_code() -> str:
    """Four groups of four: 78 random bits, as "K7WM-2QXD-…"."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_CHARS)) for _ in range(_GROUPS))
    return "-".join(groups)
