"""Closing days and proving payments, put together."""

from collections.abc import Callable
from dataclasses import dataclass

import asyncpg

from adapters.postgres.proofs.roots import PostgresRoots
from adapters.secrets.signing import derived_signer, signer_of
from domain.accounts.proofs.roots import Signer
from domain.kernel.letters import Mail
from infra.settings import Settings
from services.accounts.proving import PaymentProofs, WitnessLetters
from services.accounts.sealing import DaySealing
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class Proving:
    """What handlers ask for by the names of these fields, and what jobs need."""

    day_sealing: DaySealing
    payment_proofs: PaymentProofs
    witness_letters: WitnessLetters
    roots: PostgresRoots
    root_signer: Signer


def signer(settings: Settings) -> Signer:
    """The installation's key."""
    return signer_of(settings.proof_key) if settings.proof_key else derived_signer(settings.secret_key)


def wired(
    sessions: SessionService,
    pool: asyncpg.Pool,
    mail: Mail,
    settings: Settings,
    entropy: Callable[[int], bytes],
) -> Proving:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, key = sessions.transaction, signer(settings)
    witnesses = tuple(one.strip() for one in settings.proof_witnesses.split(",") if one.strip())
    return Proving(
        day_sealing=DaySealing(transaction, key, sessions.now, sessions.zone, entropy, witnesses),
        payment_proofs=PaymentProofs(transaction),
        witness_letters=WitnessLetters(transaction, mail, settings.smtp_from.rpartition("@")[2].rstrip(">")),
        roots=PostgresRoots(pool),
        root_signer=key,
    )
