"""Payment terminals and kiosks that ask online: "check" whether an account may be paid for, then "pay".

The protocol is that of OSMP (QIWI), which agents' terminals have spoken for twenty years: a GET with
`command`, `txn_id`, `account`, `sum`, `txn_date`, answered by XML with a number for the result. Kiosks ask
the same by JSON.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import IntEnum
from ipaddress import ip_address, ip_network
from typing import Annotated, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from domain.kernel.calendar import Period
from domain.kernel.errors import Forbidden
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.registries.agents import Code, PaymentAgent
from domain.payments.registries.rows import RowCode, payment_id

_SUM = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))?")
_ACCOUNT = re.compile(r"[0-9A-Za-zА-Яа-я/-]{1,30}")
_OPERATION = re.compile(r"[0-9A-Za-z_-]{1,40}")
_CLOCK_SKEW = timedelta(hours=1)
_OLDEST = timedelta(days=60)


class TerminalStranger(Forbidden):
    code = "terminal-stranger"
    text = "No agreement lets terminals ask from here"


class Result(IntEnum):
    """What a terminal is told. Source: the OSMP protocol's table of results. 1 and 90: ask the same again."""

    OK = 0
    TEMPORARY = 1
    BAD_ACCOUNT = 4
    NOT_FOUND = 5
    FORBIDDEN = 7
    TECHNICAL = 8
    NOT_ACTIVE = 79
    NOT_FINISHED = 90
    TOO_SMALL = 241
    TOO_BIG = 242
    CANNOT_CHECK = 243
    OTHER = 300


class TerminalTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an agent's terminals may do from a day on. `networks`: where they ask from. `systems`: whose keys
    ask by JSON. `tells_sum`, `tells_name`: whether "check" tells what is owed, the holder's masked name."""

    networks: Annotated[tuple[str, ...], Meta(max_length=50)] = ()
    systems: Annotated[tuple[str, ...], Meta(max_length=50)] = ()
    tells_sum: bool = False
    tells_name: bool = False
    least: Money = Money(100)
    most: Money = Money(1_500_000)
    closed: bool = False


class TerminalAgreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agent is one whose registries are known: `kabinet registries agents`."""

    agent: Code
    valid_from: date
    terms: TerminalTerms

    def checked(self) -> TerminalAgreement:
        """ValueError with what is wrong."""
        for network in self.terms.networks:
            ip_network(network)
        if not Money(0) < self.terms.least <= self.terms.most:
            raise ValueError("least and most: above zero, the least first")
        return self


class TerminalAgent(msgspec.Struct, frozen=True, kw_only=True):
    """An agent who may ask today, with its zone and what it collects for."""

    agent: PaymentAgent
    terms: TerminalTerms

    def is_at(self, ip: str) -> bool:
        try:
            address = ip_address(ip)
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in ip_network(network) for network in self.terms.networks)


def only_one(found: Sequence[TerminalAgent], code: str | None) -> TerminalAgent:
    """The one who asks; where several ask from one place, `code` says which. TerminalStranger."""
    chosen = [one for one in found if code in {None, one.agent.code}]
    if len(chosen) != 1:
        raise TerminalStranger
    return chosen[0]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """As it came, nothing of it believed yet."""

    txn_id: str = ""
    account: str = ""
    sum: str = ""
    txn_date: str = ""


class Refused(Exception):
    """The terminal is told no by this result."""

    def __init__(self, result: Result, comment: str) -> None:
        super().__init__(comment)
        self.result = result
        self.comment = comment


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """`payment_id` is ours (`prv_txn`). `due` and `name` only where the agreement lets them be told."""

    result: Result
    comment: str = ""
    payment_id: PaymentId | None = None
    amount: Money | None = None
    due: Money | None = None
    name: str | None = None


class AgentPayment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment an agent tells of, as its registry would: under the same id."""

    agent_code: str
    operation_id: str
    account_text: str
    amount: Money
    paid_at: datetime
    period: Period | None = None

    @property
    def payment_id(self) -> PaymentId:
        return payment_id(self.agent_code, self.operation_id)

    @property
    def account_texts(self) -> tuple[str, ...]:
        return (self.account_text,)

    @classmethod
    def read(cls, asked: Asked, who: TerminalAgent, now: datetime) -> AgentPayment:
        """Refused for what cannot be a payment of this agent today."""
        if not _OPERATION.fullmatch(asked.txn_id):
            raise Refused(Result.OTHER, "txn_id: 1 to 40 letters and digits")
        return cls(
            agent_code=who.agent.code,
            operation_id=asked.txn_id,
            account_text=account_of(asked),
            amount=sum_of(asked, who.terms),
            paid_at=_moment(asked.txn_date, who.agent.timezone, now),
        )


def account_of(asked: Asked) -> str:
    account = asked.account.strip()
    if not _ACCOUNT.fullmatch(account):
        raise Refused(Result.BAD_ACCOUNT, "This cannot be an account number")
    return account


def sum_of(asked: Asked, terms: TerminalTerms) -> Money:
    found = _SUM.fullmatch(asked.sum.strip())
    if found is None:
        raise Refused(Result.OTHER, "sum: roubles with a dot and two digits after it")
    amount = Money(int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")))
    if amount < terms.least:
        raise Refused(Result.TOO_SMALL, "The sum is too small")
    if amount > terms.most:
        raise Refused(Result.TOO_BIG, "The sum is too big")
    return amount


def _moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """When the payer gave the money, in the agent's own zone: that day counts for penalties."""
    try:
        at = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=zone)
    except ValueError as error:
        raise Refused(Result.OTHER, "txn_date: YYYYMMDDHHMMSS") from error
    if not now - _OLDEST <= at <= now + _CLOCK_SKEW:
        raise Refused(Result.OTHER, "txn_date is not of these days")
    return min(at, now)


RESULT_OF: dict[RowCode, tuple[Result, str]] = {
    RowCode.ACCOUNT_MISTYPED: (Result.BAD_ACCOUNT, "The number fails its own check digit"),
    RowCode.ACCOUNT_AMBIGUOUS: (Result.CANNOT_CHECK, "Several accounts answer to this number"),
}


def unknown(code: RowCode) -> Refused:
    return Refused(*RESULT_OF.get(code, (Result.NOT_FOUND, "There is no such account")))


def masked(name: str) -> str:
    """“Иванов И. И.” is told as “И*** И*** И***”."""
    return " ".join(f"{word[0]}***" for word in name.split())


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """The same operation in a registry of the agent."""

    amount: Money
    state: str


class Terminals(Protocol):
    async def agents(self, day: date) -> list[TerminalAgent]:
        """Those whose agreements hold on that day."""

    async def save(self, agreement: TerminalAgreement) -> None: ...

    async def keep(self, request_id: UUID, agent_code: str, at: datetime, ip: str, asked: str) -> None:
        """What came, before it is judged."""

    async def answered(self, request_id: UUID, told: Told, at: datetime) -> None: ...

    async def payment_of(self, agent_code: str, operation_id: str) -> tuple[AccountId, PaymentId] | None:
        """The payment that this operation became, by a terminal or by a registry."""

    async def claimed(self, agent_code: str, operation_id: str) -> Claimed | None:
        """The registry row that brought this operation."""
