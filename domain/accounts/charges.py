"""What billing charges: a line per supplier account, service and period."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from domain.kernel.calendar import Period
from domain.kernel.ids import KABINET, ChargeId, SupplierAccountId, derived
from domain.kernel.money import ZERO, Money


def charge_id(inn: str, supplier_account_number: str, service_code: str, period: Period) -> ChargeId:
    """The id of a charge is derived from its key, so that the same line is always the same charge."""
    return ChargeId(derived(KABINET, f"charge:{inn}:{supplier_account_number}:{service_code}:{period}"))


class Charge(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of the bill as billing sent it.

    `volume` is in `unit`, `tariff` in roubles per unit; both may be missing where nothing is metered.
    `recalculation` may be negative and has `benefit` in it; `penalty` may not. `norm` is the code of the norm
    that the volume was counted by, `norm_count` of how many people or square metres.
    """

    id: ChargeId
    supplier_account_id: SupplierAccountId
    service_code: str
    period: Period
    bill_number: str
    volume: Decimal | None
    unit: str
    tariff: Decimal | None
    amount: Money
    recalculation: Money
    penalty: Money
    benefit: Money = ZERO
    norm: str | None = None
    norm_count: Decimal | None = None
    paid: Money = ZERO
    penalty_paid: Money = ZERO

    @property
    def principal(self) -> Money:
        return self.amount + self.recalculation


class OpenCharge(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A charge with something still unpaid. `charged` is what the bill says, `open` what is left."""

    charge_id: ChargeId
    supplier_account_id: SupplierAccountId
    service_code: str
    period: Period
    charged: Money
    open: Money
    penalty_charged: Money
    penalty_open: Money

    @property
    def is_settled(self) -> bool:
        return self.open == ZERO and self.penalty_open == ZERO
