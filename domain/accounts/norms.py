"""Norms of consumption: what is counted where no meter counts (decree 354, p. 42-43; decree 306)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from domain.kernel.ids import SupplierId


class Norm(msgspec.Struct, frozen=True, kw_only=True):
    """`volume` units a month per one `per` ("человека", "м²"), from `valid_from` on. `source` is the act."""

    supplier_id: SupplierId
    service_code: str
    code: str
    valid_from: date
    name: str
    volume: Decimal
    per: str
    source: str
