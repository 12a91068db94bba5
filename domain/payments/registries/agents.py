"""Who sends registries, and how their files are laid out: data, so that a new bank is no code.

Layouts of each format: docs/registries.md.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from domain.kernel.errors import NotFound

Place = Annotated[int, Meta(ge=1, le=200)] | Annotated[str, Meta(min_length=1, max_length=100)]
"""Where a column stands: its number from 1, or its heading."""
Code = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class AgentNotFound(NotFound):
    code = "payment-agent-not-found"
    text = "There is no payment agent “{agent}”"
    remedy = "`kabinet registries agents` lists those that are known"


class AgentNotYet(AgentNotFound):
    code = "payment-agent-not-yet"
    text = "The contract of the payment agent “{agent}” is in force from {since} on"
    remedy = "Load its registries from that day on, or take its contract with an earlier day"


class Format(StrEnum):
    DELIMITED = "delimited"
    """Text with a separator: most registries, and every CSV."""
    ONE_C = "1c"
    """1CClientBankExchange, the statement of a client bank."""
    CAMT = "camt.053"
    """ISO 20022 BankToCustomerStatement."""


class Field(StrEnum):
    """What a column may tell of a payment."""

    MOMENT = "moment"
    DATE = "date"
    TIME = "time"
    OPERATION = "operation"
    REFUND = "refund"
    """The operation's id where money goes back."""
    REFERENCE = "reference"
    ACCOUNT = "account"
    AMOUNT = "amount"
    TRANSFERRED = "transferred"
    FEE = "fee"
    PERIOD = "period"
    PAYER_NAME = "payer-name"
    PAYER_ADDRESS = "payer-address"
    PAYER_INN = "payer-inn"
    PAYER_ACCOUNT = "payer-account"
    PURPOSE = "purpose"
    KIND = "kind"


class Total(StrEnum):
    """What the trailer may tell of the whole file."""

    ROWS = "rows"
    AMOUNT = "amount"
    TRANSFERRED = "transferred"
    FEES = "fees"
    ORDER_NUMBER = "order-number"
    ORDER_DATE = "order-date"


class Trailer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The line that begins with `prefix`, cells as in any row; the prefix is no part of the first cell."""

    prefix: Annotated[str, Meta(min_length=1, max_length=20)]
    columns: dict[Total, Place]
    is_needed: bool = True


class Layout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the lines of a file are read. The formats of banks at large need no columns. `is_quoted`: cells may
    stand in quotes, with separators and ends of lines inside (RFC 4180).

    `kinds_in` and `kinds_out`: words of the column KIND that mean money in and money back; without the
    column all rows are money in. `account_in_purpose`: patterns whose first group is an account's number in
    the words of a payment order.
    """

    format: Format
    encodings: tuple[str, ...] = ("utf-8", "cp1251", "cp866")
    separator: Annotated[str, Meta(min_length=1, max_length=1)] = ";"
    has_headings: bool = False
    is_quoted: bool = False
    skip_prefixes: tuple[str, ...] = ("#",)
    columns: dict[Field, Place] = {}
    date_format: str = "%d-%m-%Y"
    time_format: str = "%H-%M-%S"
    period_format: str = "%m%y"
    trailer: Trailer | None = None
    kinds_in: tuple[str, ...] = ()
    kinds_out: tuple[str, ...] = ()
    account_in_purpose: tuple[Annotated[str, Meta(max_length=300)], ...] = ()


class PaymentAgent(msgspec.Struct, frozen=True, kw_only=True):
    """A bank or an agent who collects for us, as its contract stands on a day.

    `zone` is the one its files tell time in. `commission_basis_points`: what it keeps, in hundredths of a
    per cent. `bank_account`: ours, in statements. `supplier_inn`: it collects for that supplier alone.
    """

    code: Code
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    inn: str
    layout_code: Code
    zone: str
    commission_basis_points: Annotated[int, Meta(ge=0, le=10_000)] = 0
    bank_account: str | None = None
    supplier_inn: str | None = None
    closed: bool = False

    @property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class PaymentAgents(Protocol):
    async def of(self, code: str, day: date) -> tuple[PaymentAgent, Layout]:
        """As they hold on that day. AgentNotFound, also when its contract has ended; AgentNotYet."""

    async def all(self, day: date) -> list[PaymentAgent]:
        """By code, those that have ended too."""

    async def save(self, agent: PaymentAgent, valid_from: date) -> None: ...

    async def save_layout(self, code: str, layout: Layout, valid_from: date) -> None: ...
