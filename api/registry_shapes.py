"""How registries, their rows and faults, and agents are told."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

import msgspec

from api.texts import translated
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.registries.entries import Direction
from domain.payments.registries.faults import RegistryFault
from domain.payments.registries.files import Fate, PaymentRegistry, RegistryState
from domain.payments.registries.rows import CODE_TEXTS, RegistryRow, RowCode, RowState


class RegistryFaultOut(msgspec.Struct, frozen=True, kw_only=True):
    """`line` counts lines of the file from 1 (entries of a camt.053); 0 is the file as a whole."""

    line: int
    field: str
    code: str
    message: str
    value: str

    @classmethod
    def of(cls, fault: RegistryFault, language: str) -> Self:
        message = translated(language, fault.text)
        return cls(line=fault.line_no, field=fault.field, code=fault.code, message=message, value=fault.value)


class FateOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows stand so, and their sum: over all states that is the file's sum."""

    state: RowState
    rows: int
    sum: Money


class RegistryOut(msgspec.Struct, frozen=True, kw_only=True):
    """`quarantined`: something of the whole file is wrong, `faults` say what, and nothing of it is posted.
    `out` is money that went back, which is never posted from a registry; `fees` what the agent kept."""

    id: UUID
    agent: str
    file_name: str
    state: RegistryState
    who: str
    received_at: datetime
    judged_at: datetime | None
    posted_at: datetime | None
    rows: int
    sum: Money
    out: Money
    fees: Money
    order_number: str | None
    order_date: date | None
    faults_count: int
    fates: list[FateOut] = []
    faults: list[RegistryFaultOut] = []

    @classmethod
    def of(
        cls,
        registry: PaymentRegistry,
        fates: dict[str, Fate] | None = None,
        faults: list[RegistryFaultOut] | None = None,
    ) -> Self:
        return cls(
            id=registry.id,
            agent=registry.agent_code,
            file_name=registry.file_name,
            state=registry.state,
            who=registry.who,
            received_at=registry.received_at,
            judged_at=registry.judged_at,
            posted_at=registry.posted_at,
            rows=registry.rows,
            sum=registry.sum,
            out=registry.out,
            fees=registry.fees,
            order_number=registry.order_number,
            order_date=registry.order_date,
            faults_count=registry.faults,
            fates=[
                FateOut(state=RowState(state), rows=fate.rows, sum=fate.sum)
                for state, fate in sorted((fates or {}).items())
            ],
            faults=faults or [],
        )


class RegistryRowOut(msgspec.Struct, frozen=True, kw_only=True):
    """A row and its fate. `payment_id` is the payment on `account_id` when the row is posted or resolved."""

    row: int
    line: int
    operation_id: str
    direction: Direction
    paid_at: datetime
    amount: Money
    fee: Money | None
    account_text: str
    period: Period | None
    state: RowState
    code: RowCode | None
    message: str
    account_id: AccountId | None
    payment_id: PaymentId | None

    @classmethod
    def of(cls, row: RegistryRow, language: str) -> Self:
        is_home = row.state in {RowState.POSTED, RowState.RESOLVED}
        return cls(
            row=row.row_no,
            line=row.line_no,
            operation_id=row.operation_id,
            direction=row.direction,
            paid_at=row.paid_at,
            amount=row.amount,
            fee=row.fee,
            account_text=row.account_text,
            period=row.period,
            state=row.state,
            code=row.code,
            message=translated(language, CODE_TEXTS[row.code]) if row.code else "",
            account_id=row.to_account_id,
            payment_id=row.payment_id if is_home else None,
        )


class AgentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A bank or an agent who sends registries; `commission_basis_points` in hundredths of a per cent."""

    code: str
    name: str
    inn: str
    layout: str
    zone: str
    commission_basis_points: int
    is_closed: bool
