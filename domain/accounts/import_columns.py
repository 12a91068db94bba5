"""Which columns each kind of billing file has."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from domain.accounts.import_cells import Code, Fault


class ImportKind(StrEnum):
    SUPPLIERS = "suppliers"
    ACCOUNTS = "accounts"
    CONTACTS = "contacts"
    OPENING_BALANCES = "opening-balances"
    CHARGES = "charges"


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


_SUPPLIER_ACCOUNT = ("unified_account", "supplier_inn", "supplier_account")
COLUMNS: Mapping[ImportKind, Columns] = {
    ImportKind.SUPPLIERS: Columns(
        needed=("inn", "name", "bank_name", "bic", "account", "correspondent_account", "collection"),
        optional=("valid_from", "kpp", "payee_name", "service", "service_name", "unit", "tariff"),
    ),
    ImportKind.ACCOUNTS: Columns(
        needed=(*_SUPPLIER_ACCOUNT, "address", "holder_name"),
        optional=("kind", "gis_number", "holder_inn", "gis_service_id"),
    ),
    ImportKind.CONTACTS: Columns(needed=("unified_account",), optional=("phone", "email")),
    ImportKind.OPENING_BALANCES: Columns(
        needed=(*_SUPPLIER_ACCOUNT, "service", "period"), optional=("debt", "penalty", "overpayment")
    ),
    ImportKind.CHARGES: Columns(
        needed=("period", *_SUPPLIER_ACCOUNT, "service", "amount", "bill_number"),
        optional=("volume", "unit", "tariff", "recalculation", "penalty"),
    ),
}


def header_faults(kind: ImportKind, header: list[str]) -> list[Fault]:
    """What is wrong with the names of the columns."""
    columns = COLUMNS[kind]
    known = {*columns.needed, *columns.optional}
    found = [_in_header(name, Code.COLUMN_MISSING) for name in columns.needed if name not in header]
    found += [_in_header(name, Code.COLUMN_UNKNOWN) for name in header if name not in known]
    return found + [_in_header(name, Code.COLUMN_TWICE) for name in known if header.count(name) > 1]


def _in_header(name: str, code: Code) -> Fault:
    return Fault(row_no=1, field=name[:40], code=code)
