"""What a file says, read and not yet believed: its rows, its totals, what is wrong with it.

Source of the control: rules of banks' registries (count and sums in the trailer; a mismatch stops the whole
file); 1CClientBankExchange and camt.053 tell balances and turnovers instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

import msgspec

from domain.kernel.calendar import Period
from domain.kernel.money import Money
from domain.payments.registries.agents import Layout, PaymentAgent
from domain.payments.registries.faults import FaultCode, RegistryFault

ROWS_MAX = 200_000
LINE_CHARS = 8_000


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    """Money that went back or away: told, never posted from a registry."""


class Payer(msgspec.Struct, frozen=True, kw_only=True):
    """What a file tells of who paid. Kept only while the payment's account is not known."""

    name: str = ""
    address: str = ""
    inn: str = ""
    bank_account: str = ""

    @property
    def key(self) -> bytes | None:
        """The same payer next time, told by a hash: by bank account, or by name and address together."""
        if self.bank_account:
            return sha256(f"account\n{self.bank_account}\n{self.inn}".encode()).digest()
        if self.name and self.address:
            return sha256(f"name\n{plain(self.name)}\n{plain(self.address)}".encode()).digest()
        return None


class RegistryEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One payment as the file tells it. `account_texts`: the number as it stands, or those that stand in the
    purpose. `line_no` is where it begins in the file."""

    line_no: int
    operation_id: str
    direction: Direction
    paid_at: datetime
    amount: Money
    account_texts: tuple[str, ...]
    fee: Money | None = None
    transferred: Money | None = None
    period: Period | None = None
    reference: str = ""
    purpose: str = ""
    payer: Payer | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Totals that the file tells of itself; None where it says nothing. `rows` counts both directions,
    `amount` is money in, `net` less what went out, `opening` and `closing` are balances."""

    rows: int | None = None
    rows_in: int | None = None
    amount: Money | None = None
    net: Money | None = None
    transferred: Money | None = None
    fees: Money | None = None
    out: Money | None = None
    opening: Money | None = None
    closing: Money | None = None
    order_number: str | None = None
    order_date: date | None = None


class ParsedRegistry(msgspec.Struct, frozen=True, kw_only=True):
    """`faults` are all that could be kept of `faults_count`. `rows` and the sums count what stands in the
    file, rows with faults too, as far as they could be read."""

    entries: Sequence[RegistryEntry]
    told: Told
    faults: Sequence[RegistryFault] = ()
    faults_count: int = 0
    rows: int
    amount: Money
    out: Money
    fees: Money
    transferred: Money


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever sends the file says of it."""

    rows: int | None = None
    amount: Money | None = None


class ParseRegistry(Protocol):
    async def __call__(
        self, body: bytes, agent: PaymentAgent, layout: Layout, today: date
    ) -> ParsedRegistry: ...


def whole_faults(parsed: ParsedRegistry, expected: Expected) -> Iterator[RegistryFault]:
    """The control of the whole file: counts, sums and balances against the rows that stand in it."""
    rows_in = sum(one.direction is Direction.IN for one in parsed.entries)
    told, rows = parsed.told, parsed.rows
    # What was kept of rows that are wrong somewhere is not reckoned: these would only repeat their faults.
    is_clean = not parsed.faults_count
    if not rows and not parsed.faults_count:
        yield _whole("rows", FaultCode.NO_ROWS, 0)
    for field, code, wanted, found in (
        ("rows", FaultCode.COUNT_DIFFERS, told.rows, rows),
        ("rows", FaultCode.COUNT_DIFFERS, told.rows_in if is_clean else None, rows_in),
        ("amount", FaultCode.SUM_DIFFERS, told.amount, parsed.amount),
        ("amount", FaultCode.SUM_DIFFERS, told.net, parsed.amount - parsed.out),
        (
            "transferred",
            FaultCode.TRANSFERRED_DIFFERS,
            told.transferred if is_clean else None,
            parsed.transferred,
        ),
        ("fees", FaultCode.FEES_DIFFER, told.fees if is_clean else None, parsed.fees),
        ("out", FaultCode.OUT_DIFFERS, told.out, parsed.out),
        ("rows", FaultCode.EXPECTED_COUNT, expected.rows, rows),
        ("amount", FaultCode.EXPECTED_SUM, expected.amount, parsed.amount),
    ):
        if wanted is not None and wanted != found:
            yield _whole(field, code, f"{wanted} ≠ {found}")
    if told.opening is not None and told.closing is not None:
        closing = told.opening + parsed.amount - parsed.out
        if closing != told.closing:
            yield _whole("closing", FaultCode.BALANCE_DIFFERS, f"{told.closing} ≠ {closing}")


def _whole(field: str, code: FaultCode, value: object) -> RegistryFault:
    return RegistryFault(line_no=0, field=field, code=code, value=str(value))


def plain(text: str) -> str:
    """Names and addresses as they are compared: capital letters, no points, one space, Е for Ё."""
    kept = "".join(one if one.isalnum() else " " for one in text.upper().replace("Ё", "Е"))
    return " ".join(kept.split())
