"""Fiscal receipts, put together."""

from dataclasses import dataclass

import asyncpg

from adapters.postgres.receipts.offsets import PostgresMetAdvances
from adapters.postgres.receipts.receipts import PostgresReceipts
from domain.payments.provider import ProviderUnreachable
from domain.payments.receipts.register import CashRegister, ReceiptWanted, RegisterAnswer
from services.payments.receipt_making import ReceiptMaking
from services.payments.receipt_offsets import ReceiptOffsets
from services.payments.receipt_sending import ReceiptSending
from services.payments.receipt_settings import ReceiptSettings
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class Receipting:
    """What handlers ask for by the names of these fields, and what jobs and commands need."""

    receipt_making: ReceiptMaking
    receipt_sending: ReceiptSending
    receipt_settings: ReceiptSettings
    receipt_offsets: ReceiptOffsets
    receipts: PostgresReceipts


class NoRegister:
    """Where no register is set up receipts wait."""

    async def ask(self, wanted: ReceiptWanted) -> RegisterAnswer:
        raise ProviderUnreachable("there is no cash register")

    async def read(self, provider_receipt_id: str) -> RegisterAnswer:
        raise ProviderUnreachable("there is no cash register")

    async def find(self, wanted: ReceiptWanted, known: frozenset[str]) -> RegisterAnswer | None:
        raise ProviderUnreachable("there is no cash register")


def wired(
    sessions: SessionService, pool: asyncpg.Pool, register: CashRegister | None, own_contact: str
) -> Receipting:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    return Receipting(
        receipt_making=ReceiptMaking(transaction, now, zone),
        receipt_sending=ReceiptSending(transaction, register or NoRegister(), now, zone, own_contact),
        receipt_settings=ReceiptSettings(transaction, now, sessions.new_id, zone),
        receipt_offsets=ReceiptOffsets(transaction, PostgresMetAdvances(pool), zone),
        receipts=PostgresReceipts(pool),
    )
