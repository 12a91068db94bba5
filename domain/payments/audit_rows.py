"""What is audited of one account's payments, as it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

import msgspec

from domain.accounts.audit import LedgerRows
from domain.kernel.ids import AccountId, PaymentId
from domain.payments.audit_refunds import RefundRow


class PaymentRow(msgspec.Struct, frozen=True, kw_only=True):
    """What of `payments` concerns money and its timeline. `parts` and `explanation` are as kept, not yet
    believed; `steps` are the states by step number."""

    payment_id: PaymentId
    amount_kopecks: int
    parts: Any
    explanation: Any
    state: str
    steps_count: int
    provider: str
    provider_payment_id: str | None
    paid_at: datetime | None
    next_check_at: datetime | None
    steps: Sequence[tuple[int, str]] = ()
    brought_from: UUID | None = None


class ProviderName(msgspec.Struct, frozen=True):
    """A row of `provider_payment_ids`, or what a payment says of itself: one must be the other."""

    provider_payment_id: str
    provider: str
    account_id: AccountId
    payment_id: PaymentId

    @property
    def key(self) -> tuple[str, str]:
        return self.provider_payment_id, self.provider


class AccountRows(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is audited of one account, read in one snapshot. `names` are the registry's rows
    that bear an id of one of its payments; `zone` says where a business day begins, if it is known."""

    ledger: LedgerRows
    payments: Sequence[PaymentRow]
    names: Mapping[tuple[str, str], ProviderName]
    zone: tzinfo | None = None
    refunds: Sequence[RefundRow] = ()
    held: Mapping[str, int] = {}
    """Of the synthetic account of a registry: what came into suspense and was not returned, by clearing
    book."""


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, in kopecks. `paid` is the sum of paid payments, `refunded` of confirmed refunds,
    `received` what stands in clearing by the transfers, `posted` what reached supplier accounts, `transit`
    what is between two accounts, `brought` paid payments whose money came out of suspense, `held` what came
    into suspense and was not returned."""

    accounts: int = 0
    transfers: int = 0
    payments: int = 0
    paid: int = 0
    received: int = 0
    posted: int = 0
    refunded: int = 0
    transit: int = 0
    brought: int = 0
    held: int = 0

    def __add__(self, other: Totals) -> Totals:
        mine, theirs = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        names = self.__struct_fields__
        return Totals(**{name: a + b for name, a, b in zip(names, mine, theirs, strict=True)})
