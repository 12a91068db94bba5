"""Balances that stood before this ledger began, as charges and overpayments with keys of their own."""

from uuid import UUID

from domain.accounts.charges import charge_id
from domain.kernel.calendar import Period
from domain.kernel.ids import KABINET, ChargeId, derived

BILL_NUMBER = "opening"


def opening_charge_id(inn: str, supplier_account: str, service_code: str, period: Period) -> ChargeId:
    """Not the id of the period's own charge: what billing later says of that period stays apart."""
    return charge_id(inn, supplier_account, f"opening {service_code}", period)


def opening_cause(inn: str, supplier_account: str, service_code: str, period: Period) -> UUID:
    return derived(KABINET, f"opening:{inn}:{supplier_account}:{service_code}:{period}")
