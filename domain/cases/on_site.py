"""Who comes to a meter, what for, and whom they meet there.

Source: law 522-FZ and decree 442, p. 136, 151: in apartment houses the supplier seals, replaces and installs
meters of electricity, elsewhere the grid company does; decree 354, p. 81, 85.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from domain.accounts.accounts import AccountKind
from domain.cases.file import AccountFile
from domain.cases.forms import Objection
from domain.kernel.fields import Choice, told
from domain.kernel.ids import DeliveryPointId, MeterId, SupplierAccountId
from domain.readings.meters import Meter

GRID_COMPANY = "grid-company"


class NoSuchMeter(Objection):
    code = "visit-meter-unknown"
    text = "There is no such meter on this account"
    remedy = "Choose one from the list of meters, or describe the new one"


class MeterUnnamed(Objection):
    code = "visit-meter-unnamed"
    text = "Say which meter it is: one of this account, or a new one to be sealed"
    remedy = "Choose a meter of the account, or describe the new one; not both"


class MeterTakenDown(Objection):
    code = "visit-meter-removed"
    text = "The meter {serial} was taken down on {removed_on}"
    remedy = "Choose the meter that hangs there now"


class NoSuchPoint(Objection):
    code = "visit-point-unknown"
    text = "The contract has no such delivery point"
    remedy = "Choose one from the list of delivery points"


class NotYourSupplierAccount(Objection):
    code = "visit-supplier-account-unknown"
    text = "There is no such supplier account here"
    remedy = "Choose the account of electricity"


class Premises(Choice):
    """Where the meter hangs decides who comes."""

    APARTMENT = "apartment", "An apartment", AccountKind.UNIFIED, AccountKind.REGISTRY
    SHOP_IN_APARTMENT_HOUSE = "shop-in-apartment-house", "Premises in an apartment house, not lived in"
    """Fed from the wires of the house."""

    HOUSE = "house", "A private house", AccountKind.UNIFIED, AccountKind.REGISTRY
    OTHER = "other", "Another place"


class VisitPurpose(StrEnum):
    SEALING = "sealing"
    INSPECTION = "inspection"
    CONTROL_READING = "control-reading"
    REPLACEMENT = "replacement"
    INSTALLATION = "installation"


class Contact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to call and meet on the spot."""

    name: Annotated[str, Meta(min_length=2, max_length=200), told("Name")]
    phone: Annotated[str, Meta(min_length=5, max_length=30), told("Phone", widget="phone")]


class VisitOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a visit is to do. `supplier_account_id` is where a meter that is new to us will be counted."""

    purpose: VisitPurpose
    meter_ids: tuple[MeterId, ...] = ()
    point_ids: tuple[DeliveryPointId, ...] = ()
    supplier_account_id: SupplierAccountId | None = None


def who_comes(premises: Premises) -> str | None:
    """None: we do."""
    ours = premises in (Premises.APARTMENT, Premises.SHOP_IN_APARTMENT_HOUSE)
    return None if ours else GRID_COMPANY


def whose(supplier_account_ids: frozenset[SupplierAccountId], file: AccountFile) -> str | None:
    """The one other supplier whose meters these are; None when any is ours, or they are of several."""
    if not supplier_account_ids or supplier_account_ids & file.own:
        return None
    names = [card.supplier_name for card in file.card.supplier_accounts if card.id in supplier_account_ids]
    return names[0] if len(names) == 1 else None


def hanging(meter_id: MeterId, file: AccountFile, field: str) -> Iterator[Objection]:
    """What speaks against a visit to this meter."""
    meter = meter_of(meter_id, file)
    if meter is None:
        yield NoSuchMeter(field=field)
    elif meter.removed_on is not None and meter.removed_on <= file.today:
        yield MeterTakenDown(field=field, serial=meter.serial, removed_on=f"{meter.removed_on:%d.%m.%Y}")


def meter_of(meter_id: MeterId, file: AccountFile) -> Meter | None:
    return next((meter for meter in file.meters if meter.id == meter_id), None)
