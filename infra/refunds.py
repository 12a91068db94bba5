"""Money that goes back or to another account, put together."""

from dataclasses import dataclass

import asyncpg

from adapters.postgres.refunds import PostgresRefunds
from adapters.postgres.traces import PostgresMoneyTraces
from api.texts import DEFAULT, catalogue
from domain.payments.provider import Provider
from services.payments.moving import PaymentMoving
from services.payments.offsetting import OffsetCounting
from services.payments.refunding import RefundService
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class Refunding:
    """What handlers ask for by the names of these fields, and what jobs need."""

    refund_service: RefundService
    offset_counting: OffsetCounting
    payment_moving: PaymentMoving
    refunds: PostgresRefunds
    money_traces: PostgresMoneyTraces


def words(text: str) -> str:
    """In the language that timelines are kept in; its places are filled by who asks."""
    return catalogue(DEFAULT).gettext(text)


def wired(sessions: SessionService, pool: asyncpg.Pool, provider: Provider) -> Refunding:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    return Refunding(
        refund_service=RefundService(transaction, provider, now, zone, words),
        offset_counting=OffsetCounting(transaction, now, zone, words),
        payment_moving=PaymentMoving(transaction, now, zone, words),
        refunds=PostgresRefunds(pool),
        money_traces=PostgresMoneyTraces(pool),
    )
