"""The payment document, put together."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import asyncpg

from adapters.pdf.typesetting import TypstDocuments
from adapters.postgres.accounts import PostgresAccounts
from adapters.postgres.bills.bills import PostgresBills
from adapters.qr import symbols
from infra.refunds import words
from services.bills.account_papers import AccountPapers
from services.bills.checking import BillChecking
from services.bills.documents import BillDocuments
from services.bills.issuing import BillIssuing
from services.people.sessions import SessionService
from services.people.tries import count_try

_MARK_BYTES = 4


@dataclass(frozen=True, slots=True)
class BillServices:
    """What handlers ask for by the names of these fields, and what commands need."""

    bills: PostgresBills
    bill_issuing: BillIssuing
    bill_documents: BillDocuments
    bill_checking: BillChecking
    account_papers: AccountPapers


def mark(entropy: Callable[[int], bytes] = os.urandom) -> int:
    """What makes a bill's number hard to guess."""
    return int.from_bytes(entropy(_MARK_BYTES))


def wired(sessions: SessionService, pool: asyncpg.Pool, entropy: Callable[[int], bytes]) -> BillServices:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    bills = PostgresBills(pool)
    return BillServices(
        bills=bills,
        bill_issuing=BillIssuing(transaction, now, zone, partial(mark, entropy)),
        bill_documents=BillDocuments(TypstDocuments(), symbols, words),
        account_papers=AccountPapers(
            PostgresAccounts(pool), bills, transaction, TypstDocuments(), words, now, zone
        ),
        bill_checking=BillChecking(transaction, count_try, now, zone),
    )
