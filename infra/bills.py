"""The payment document, put together."""

import random
from dataclasses import dataclass

import asyncpg

from adapters.pdf.typesetting import TypstDocuments
from adapters.postgres.bills.bills import PostgresBills
from adapters.qr import symbols
from infra.refunds import words
from services.bills.checking import BillChecking
from services.bills.documents import BillDocuments
from services.bills.issuing import BillIssuing
from services.people.sessions import SessionService
from services.people.tries import count_try

_BITS = 32
_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class BillServices:
    """What handlers ask for by the names of these fields, and what commands need."""

    bills: PostgresBills
    bill_issuing: BillIssuing
    bill_documents: BillDocuments
    bill_checking: BillChecking


def mark() -> int:
    """What makes a bill's number hard to guess."""
    return _random.getrandbits(_BITS)


def wired(sessions: SessionService, pool: asyncpg.Pool) -> BillServices:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    return BillServices(
        bills=PostgresBills(pool),
        bill_issuing=BillIssuing(transaction, now, zone, mark),
        bill_documents=BillDocuments(TypstDocuments(), symbols, words),
        bill_checking=BillChecking(transaction, count_try, now, zone),
    )
