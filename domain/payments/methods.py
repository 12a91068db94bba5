"""The ways to pay, in the order they are offered."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from domain.kernel.errors import Invalid
from domain.kernel.money import Money
from domain.kernel.terms import Term
from domain.payments.provider import Method

FAILURES_UNTIL_DOWN = 3


class MethodNotOffered(Invalid):
    code = "method-not-offered"
    text = "The payment method “{method}” is not offered"
    remedy = "Choose one of GET /api/v1/payment-methods"


class OfferedMethod(msgspec.Struct, frozen=True, kw_only=True):
    method: Method


class PaymentMethods(Term, frozen=True, kw_only=True):
    """The order of methods from a day on; SBP stands first (quality programme 2025)."""

    name = "payments.methods"

    methods: tuple[OfferedMethod, ...]

    def check(self, method: Method) -> None:
        if all(offered.method is not method for offered in self.methods):
            raise MethodNotOffered(field="method", method=method)


class PaymentLimits(Term, frozen=True, kw_only=True):
    """What one payment may be, and how long it waits for its payer before it counts as expired."""

    name = "payments.limits"

    least: Money
    most: Money
    expires_after_seconds: int


class MethodHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How a method fared lately: down after some failures in a row, up again after one success."""

    method: Method
    failures: int
    down_since: datetime | None


class MethodOnOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A method as the payer sees it. `down_since` tells that it does not work at the moment."""

    method: Method
    down_since: datetime | None


def on_offer(methods: PaymentMethods, health: list[MethodHealth]) -> list[MethodOnOffer]:
    """The order of the day, with the methods that are down moved last."""
    down = {one.method: one.down_since for one in health if one.down_since}
    offered = [MethodOnOffer(method=one.method, down_since=down.get(one.method)) for one in methods.methods]
    return sorted(offered, key=lambda one: one.down_since is not None)


class Health(Protocol):
    async def all(self) -> list[MethodHealth]: ...

    async def failed(self, method: Method, at: datetime, *, down_from: int) -> None:
        """Count one failure; from `down_from` in a row on the method is down."""

    async def worked(self, method: Method) -> None: ...
