"""Payments through the provider, put together."""

from dataclasses import dataclass

import asyncpg

from adapters.postgres.payments import PostgresPayments
from domain.payments.provider import Provider
from infra.settings import Settings
from services.payments.codes import PaymentCodes
from services.payments.following import PaymentFollowing
from services.payments.settling import PaymentSettlement
from services.payments.starting import PaymentStart
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class Paying:
    payment_start: PaymentStart
    payment_settlement: PaymentSettlement
    payment_codes: PaymentCodes
    payment_following: PaymentFollowing


def wired(sessions: SessionService, pool: asyncpg.Pool, provider: Provider, settings: Settings) -> Paying:
    """On the transaction and the clock of `sessions`; what only watches, on the pool."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    start = PaymentStart(
        transaction=transaction,
        provider=provider,
        now=now,
        zone=zone,
        default_return_url=settings.public_url,
    )
    return Paying(
        payment_start=start,
        payment_settlement=PaymentSettlement(
            transaction=transaction,
            provider=provider,
            start=start,
            now=now,
            new_id=sessions.new_id,
            zone=zone,
            shop_id=settings.yookassa_shop_id,
            is_test=settings.yookassa_secret.startswith("test_"),
        ),
        payment_codes=PaymentCodes(transaction, zone),
        payment_following=PaymentFollowing(PostgresPayments(pool)),
    )
