"""The rows of each kind of billing file. The columns are told in docs/imports.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from domain.accounts import gis_ids, import_meters, import_norms, import_readings, requisites
from domain.accounts.accounts import AccountKind
from domain.accounts.import_cells import Cells, Code
from domain.accounts.import_columns import ImportKind
from domain.accounts.import_meters import MeterRow, TariffRow
from domain.accounts.import_norms import NormRow
from domain.accounts.import_readings import ReadingRow
from domain.accounts.requisites import BankDetails
from domain.accounts.suppliers import Collection
from domain.kernel.calendar import Period
from domain.kernel.errors import Invalid
from domain.kernel.money import ZERO, Money
from domain.people import phones

# Of every row: `key` may stand in a file once; `counted` goes into the control total. Of the rows that
# name people and things: all rows of a file about one `subject` must say the same `facts`.


class SupplierRow(msgspec.Struct, frozen=True, kw_only=True):
    """One service of one supplier, or the supplier alone where `service_code` is None.

    Everything dated holds from `valid_from` on; `tariff` is in roubles per `unit`.
    """

    inn: str
    name: str
    collection: Collection
    valid_from: date
    details: BankDetails
    service_code: str | None
    service_name: str
    unit: str
    tariff: Decimal | None

    @property
    def key(self) -> str:
        return f"{self.inn} {self.service_code or ''} {self.valid_from}"

    @property
    def subject(self) -> str:
        return f"{self.inn} {self.valid_from}"

    @property
    def facts(self) -> str:
        return repr((self.name, self.collection, self.details))

    @property
    def counted(self) -> Money:
        return ZERO


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier account under one unified account (or contract)."""

    number: str
    kind: AccountKind
    gis_number: str | None
    address: str
    holder_name: str
    holder_inn: str | None
    supplier_inn: str
    supplier_account: str
    gis_service_id: str | None
    reading_group: str | None = None

    @property
    def key(self) -> str:
        return f"{self.supplier_inn} {self.supplier_account}"

    @property
    def subject(self) -> str:
        return self.number

    @property
    def facts(self) -> str:
        told = self.kind, self.gis_number, self.address, self.holder_name, self.holder_inn
        return repr((*told, self.reading_group))

    @property
    def counted(self) -> Money:
        return ZERO


class ContactRow(msgspec.Struct, frozen=True, kw_only=True):
    number: str
    phone: str | None
    email: str | None

    @property
    def key(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        return self.number

    @property
    def facts(self) -> str:
        return repr((self.phone, self.email))

    @property
    def counted(self) -> Money:
        return ZERO


class OpeningRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was owed for `period`, and what had been paid ahead, when the ledger began."""

    number: str
    supplier_inn: str
    supplier_account: str
    service_code: str
    period: Period
    debt: Money
    penalty: Money
    overpayment: Money

    @property
    def key(self) -> str:
        return f"{self.supplier_inn} {self.supplier_account} {self.service_code} {self.period}"

    @property
    def counted(self) -> Money:
        return self.debt + self.penalty - self.overpayment


class ChargeRow(msgspec.Struct, frozen=True, kw_only=True):
    """`benefit` lowers what is owed; `recalculation` is without it. `norm` is that by which the volume was
    counted, `norm_count` of how many people or square metres."""

    number: str
    supplier_inn: str
    supplier_account: str
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

    @property
    def key(self) -> str:
        return f"{self.supplier_inn} {self.supplier_account} {self.service_code} {self.period}"

    @property
    def counted(self) -> Money:
        return self.amount + self.recalculation - self.benefit + self.penalty


DirectoryRow = SupplierRow | AccountRow | ContactRow | TariffRow | NormRow | MeterRow | ReadingRow
Row = DirectoryRow | OpeningRow | ChargeRow


def read(kind: ImportKind, cells: Cells) -> Row | None:
    """The row, or None when `cells.faults` says what is wrong with it."""
    row = _READERS[kind](cells)
    return None if cells.faults else row


def _supplier(cells: Cells) -> SupplierRow:
    name = cells.text("name", limit=requisites.PAYEE_NAME_MAX_CHARS)
    inn = cells.checked("inn", requisites.inn)
    bic = cells.checked("bic", requisites.bic)
    service = cells.code("service") if cells.optional("service") else None
    return SupplierRow(
        inn=inn,
        name=name,
        collection=cells.one_of("collection", Collection, Collection.AGENT),
        valid_from=cells.day("valid_from") if cells.optional("valid_from") else date(2025, 1, 1),
        details=BankDetails(
            payee_name=cells.optional("payee_name", limit=requisites.PAYEE_NAME_MAX_CHARS) or name,
            inn=inn,
            kpp=cells.checked("kpp", requisites.kpp, or_none=True) or None,
            bank_name=cells.text("bank_name", limit=requisites.BANK_NAME_MAX_CHARS),
            bic=bic,
            account=cells.checked("account", lambda text: requisites.bank_account(text, bic)),
            correspondent_account=cells.checked(
                "correspondent_account", lambda text: requisites.correspondent_account(text, bic)
            ),
        ),
        service_code=service,
        service_name=cells.text("service_name", limit=100) if service else "",
        unit=cells.text("unit", limit=20) if service else "",
        tariff=cells.decimal("tariff", is_price=True),
    )


def _kind(cells: Cells) -> AccountKind:
    """Synthetic accounts are ours to make."""
    kind = cells.one_of("kind", AccountKind, AccountKind.UNIFIED)
    if kind is AccountKind.REGISTRY:
        cells.fault("kind", Code.NOT_ONE_OF)
    return kind


def _account(cells: Cells) -> AccountRow:
    return AccountRow(
        number=cells.account_number("unified_account"),
        kind=_kind(cells),
        gis_number=cells.checked("gis_number", gis_ids.gis_account, or_none=True) or None,
        address=cells.text("address", limit=300),
        holder_name=cells.text("holder_name"),
        holder_inn=cells.checked("holder_inn", requisites.inn, or_none=True) or None,
        supplier_inn=cells.checked("supplier_inn", requisites.inn),
        supplier_account=cells.account_number("supplier_account"),
        gis_service_id=cells.checked("gis_service_id", gis_ids.gis_service, or_none=True) or None,
        reading_group=cells.code("reading_group") if cells.optional("reading_group") else None,
    )


def _contact(cells: Cells) -> ContactRow:
    row = ContactRow(
        number=cells.account_number("unified_account"),
        phone=cells.checked("phone", phones.normalised, or_none=True) or None,
        email=cells.checked("email", _email, or_none=True) or None,
    )
    if not (row.phone or row.email):
        cells.fault("phone", Code.NOTHING_GIVEN)
    return row


def _email(text: str) -> str:
    name, at, domain = text.partition("@")
    if not (name and at and "." in domain) or " " in text or "@" in domain:
        raise Invalid
    return text


def _opening(cells: Cells) -> OpeningRow:
    row = OpeningRow(
        number=cells.account_number("unified_account"),
        supplier_inn=cells.checked("supplier_inn", requisites.inn),
        supplier_account=cells.account_number("supplier_account"),
        service_code=cells.code("service"),
        period=cells.period("period"),
        debt=cells.money("debt", or_zero=True, may_be_negative=False),
        penalty=cells.money("penalty", or_zero=True, may_be_negative=False),
        overpayment=cells.money("overpayment", or_zero=True, may_be_negative=False),
    )
    if not (row.debt or row.penalty or row.overpayment) and not cells.faults:
        cells.fault("debt", Code.NOTHING_GIVEN)
    return row


def _charge(cells: Cells) -> ChargeRow:
    return ChargeRow(
        number=cells.account_number("unified_account"),
        supplier_inn=cells.checked("supplier_inn", requisites.inn),
        supplier_account=cells.account_number("supplier_account"),
        service_code=cells.code("service"),
        period=cells.period("period"),
        bill_number=cells.text("bill_number", limit=40),
        volume=cells.decimal("volume"),
        unit=cells.optional("unit", limit=20) or "",
        tariff=cells.decimal("tariff", is_price=True),
        amount=cells.money("amount"),
        recalculation=cells.money("recalculation", or_zero=True),
        penalty=cells.money("penalty", or_zero=True, may_be_negative=False),
        benefit=cells.money("benefit", or_zero=True, may_be_negative=False),
        norm=cells.code("norm") if cells.optional("norm") else None,
        norm_count=cells.decimal("norm_count", is_price=True),
    )


_READERS: Mapping[ImportKind, Callable[[Cells], Row]] = {
    ImportKind.SUPPLIERS: _supplier,
    ImportKind.ACCOUNTS: _account,
    ImportKind.CONTACTS: _contact,
    ImportKind.OPENING_BALANCES: _opening,
    ImportKind.CHARGES: _charge,
    ImportKind.TARIFFS: import_meters.tariff,
    ImportKind.NORMS: import_norms.norm,
    ImportKind.METERS: import_meters.meter,
    ImportKind.READINGS: import_readings.reading,
}
