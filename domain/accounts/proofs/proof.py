"""The proof that a posting stands in the books of a published day: a file that anyone checks alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

import msgspec

from domain.accounts.audit import TransferRow
from domain.accounts.books import Book
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer, entry_text
from domain.accounts.proofs.merkle import Step
from domain.accounts.proofs.roots import DayRoot
from domain.accounts.proofs.seals import Seal
from domain.kernel.errors import Conflict
from domain.kernel.ids import AccountId
from domain.kernel.money import Money

PROOF_FORMAT = "kabinet.payment-proof.v1"
MOST_ENTRIES = 20_000
"""Between a payment and the end of its day. Only a day that closed years of history comes near."""


class NotPosted(Conflict):
    code = "not-posted"
    text = "This payment has not come into the books, so there is nothing to prove"


class NotYetSealed(Conflict):
    code = "not-yet-sealed"
    text = "The business day of this payment is not closed yet"
    remedy = "Ask again when the day is over and its root is published: see GET /api/v1/proofs"


class TooLongToProve(Conflict):
    code = "too-long-to-prove"
    text = "More than {most} entries stand between the payment and the end of its day"
    remedy = "Ask the company: `kabinet verify --day` proves the whole day"


class ProofEntries(Protocol):
    async def numbers(self, account_id: AccountId, posting_id: UUID) -> tuple[int, int] | None:
        """The first and the last entry of a posting."""

    async def between(self, account_id: AccountId, first: int, last: int) -> Sequence[TransferRow]: ...

    async def hash_of(self, account_id: AccountId, entry_no: int) -> bytes:
        """FIRST_HASH before the first entry."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """`entries` are those of the payment and all after it that the same seal covers; `before` is the hash
    before the first. `steps` lead from the seal's leaf to the root."""

    account_id: AccountId
    payment_id: UUID
    before: bytes
    entries: Sequence[TransferRow]
    seal: Seal
    index: int
    steps: Sequence[Step]
    root: DayRoot

    def as_json(self) -> dict[str, Any]:
        return {
            "format": PROOF_FORMAT,
            "account_id": str(self.account_id),
            "payment_id": str(self.payment_id),
            "before": self.before.hex(),
            "entries": [_entry(self.account_id, row) for row in self.entries],
            "seal": _seal(self.seal),
            "index": self.index,
            "path": [_step(step) for step in self.steps],
            "root": self.root.as_json(),
        }


def _entry(account_id: AccountId, row: TransferRow) -> dict[str, Any]:
    """`text` is what the hash is over, after the hash before; the fields above it say the same."""
    transfer = Transfer(
        debit=Book(row.debit), credit=Book(row.credit), amount=Money(row.kopecks), charge_id=row.charge_id
    )
    cause = Cause(kind=CauseKind(row.cause_kind), id=row.cause_id, version=row.cause_version)
    posting = Posting(account_id=account_id, cause=cause, value_date=row.value_date, transfers=())
    text = entry_text(row.entry_no, row.line_no, posting, transfer, row.posted_at)
    lines = text.split("\n")
    return {
        "entry_no": row.entry_no,
        "posting_id": lines[3],
        "line_no": row.line_no,
        "debit": row.debit,
        "credit": row.credit,
        "kopecks": row.kopecks,
        "charge_id": lines[8],
        "cause": row.cause_kind,
        "cause_id": str(row.cause_id),
        "cause_version": row.cause_version,
        "value_date": lines[12],
        "posted_at": lines[13],
        "text": text,
        "hash": row.hash.hex(),
    }


def _seal(seal: Seal) -> dict[str, Any]:
    return {
        "day": seal.day.isoformat(),
        "account_id": str(seal.account_id),
        "after_no": seal.after_no,
        "last_no": seal.last_no,
        "last_hash": seal.last_hash.hex(),
        "text": seal.text,
        "salt": seal.salt.hex(),
        "leaf": seal.leaf.hex(),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "neighbour": "left" if step.is_left else "right",
        "hash": step.hash.hex(),
        "gives": step.gives.hex(),
    }
