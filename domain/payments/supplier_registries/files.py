"""The file that goes to a supplier, in the layout that banks' registries have, and the keeping of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from hashlib import sha256
from typing import ClassVar, Protocol

import msgspec

from domain.accounts.suppliers import Supplier
from domain.kernel.errors import NotFound
from domain.kernel.ids import SupplierId
from domain.kernel.jobs import Job
from domain.kernel.money import Money, total
from domain.payments.supplier_registries.collected import CollectedLine, SupplierCommission

ENCODING = "cp1251"
CRLF = "\r\n"
HEADINGS = (
    *("Date", "Time", "Channel", "Posting", "Operation", "Supplier account", "Unified account"),
    *("Period", "Principal", "Penalty", "Ahead", "Sum", "Transferred", "Fee"),
)


class SupplierNotFound(NotFound):
    code = "supplier-not-found"
    text = "There is no supplier with this INN"


class SupplierRegistryNotFound(NotFound):
    code = "supplier-registry-not-found"
    text = "No registry was made for this supplier and day"


class SupplierRegistry(msgspec.Struct, frozen=True, kw_only=True):
    """A day's registry, as it was made. `sum` is what came less `returned`; the supplier is due `sum` less
    `fees`. Numbers of a supplier go up by one."""

    supplier_id: SupplierId
    day: date
    number: int
    made_at: datetime
    file_name: str
    rows: int
    sum: Money
    returned: Money
    fees: Money
    sha256: bytes

    @property
    def transferred(self) -> Money:
        return self.sum - self.fees


def made(
    supplier: Supplier,
    day: date,
    number: int,
    lines: Sequence[CollectedLine],
    commission: SupplierCommission,
    zone: tzinfo,
    at: datetime,
) -> tuple[SupplierRegistry, bytes]:
    """The registry and its bytes: the same of the same."""
    fees = [commission.of(supplier.inn, one.amount) for one in lines]
    cells = [_cells(one, fee, zone) for one, fee in zip(lines, fees, strict=True)]
    whole, kept = total(one.amount for one in lines), total(fees)
    trailer = (len(lines), whole, whole - kept, kept, number, f"{day:%d-%m-%Y}")
    text = [";".join(one) for one in cells]
    text.append("=" + ";".join(roubles(one) if isinstance(one, Money) else str(one) for one in trailer))
    body = "".join(line + CRLF for line in text).encode(ENCODING, errors="replace")
    registry = SupplierRegistry(
        supplier_id=supplier.id,
        day=day,
        number=number,
        made_at=at,
        file_name=f"{supplier.inn}_{number:05d}_{day:%d%m%y}.txt",
        rows=len(lines),
        sum=whole,
        returned=total(-one.amount for one in lines if one.amount.kopecks < 0),
        fees=kept,
        sha256=sha256(body).digest(),
    )
    return registry, body


def _cells(one: CollectedLine, fee: Money, zone: tzinfo) -> tuple[str, ...]:
    at = (one.paid_at or one.posted_at).astimezone(zone)
    period = one.period[5:] + one.period[2:4] if one.period else ""
    sums = (one.principal, one.penalty, one.ahead, one.amount, one.amount - fee, fee)
    return (
        *(f"{at:%d-%m-%Y}", f"{at:%H-%M-%S}", _plain(one.provider or one.cause_kind), str(one.posting_id)),
        *(_plain(one.operation_id), _plain(one.supplier_account_number), _plain(one.account_number), period),
        *map(roubles, sums),
    )


def rows_of(body: bytes) -> list[list[str]]:
    """The cells of a kept file; the trailer is the last."""
    return [line.split(";") for line in body.decode(ENCODING).split(CRLF)[:-1]]


def roubles(money: Money) -> str:
    sign = "-" if money.kopecks < 0 else ""
    return f"{sign}{abs(money.kopecks) // 100},{abs(money.kopecks) % 100:02d}"


def _plain(text: str) -> str:
    return text.replace(";", " ").replace("\r", " ").replace("\n", " ")


class MakeSupplierRegistries(Job, frozen=True, kw_only=True, tag="payments.make-supplier-registries"):
    """Of every closed day that has none yet."""

    max_seconds: ClassVar[int] = 600


class SupplierRegistries(Protocol):
    async def of(self, supplier_id: SupplierId, day: date) -> SupplierRegistry | None: ...

    async def body(self, supplier_id: SupplierId, day: date) -> bytes:
        """SupplierRegistryNotFound."""

    async def next_number(self, supplier_id: SupplierId) -> int: ...

    async def add(self, registry: SupplierRegistry, body: bytes) -> bool:
        """False when somebody was sooner with the day or the number."""

    async def listed(self, supplier_id: SupplierId, first: date, last: date) -> list[SupplierRegistry]:
        """By day."""

    async def last_days(self) -> dict[SupplierId, date]:
        """The last day that each supplier has a registry of."""
