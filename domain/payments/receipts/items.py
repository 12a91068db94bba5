"""The lines of a receipt, made from a payment's frozen parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from domain.accounts.accounts import AccountCard, SupplierAccountCard
from domain.accounts.books import Kind
from domain.accounts.suppliers import Service, Supplier
from domain.kernel.calendar import Period, last_day
from domain.kernel.ids import SupplierAccountId, SupplierId
from domain.kernel.money import ZERO, Money, total
from domain.payments.explanation import Line, Part
from domain.payments.receipts.rules import AgentType, IssuedBy, ReceiptRules, SupplierReceipts, Vat

MOST_ITEMS = 80
"""In one receipt of the provider's own register: beyond, a second one is made."""
MOST_CHARS = 128


class Mode(StrEnum):
    """Full payment of what was delivered, or an advance for what will be."""

    FULL_PAYMENT = "full_payment"
    ADVANCE = "advance"


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """For whom the agent takes the money."""

    name: str
    inn: str
    phone: str | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `vat` of an advance is the calculated rate (22/122). `supplier_account_id` is for us."""

    supplier_account_id: SupplierAccountId
    description: str
    amount: Money
    vat: Vat
    mode: Mode = Mode.FULL_PAYMENT
    agent_type: AgentType | None = None
    principal: Principal | None = None

    @property
    def is_advance(self) -> bool:
        return self.mode is Mode.ADVANCE


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What one receipt says. `issuer_id` is the supplier that issues it; None: we do."""

    issued_by: IssuedBy
    issuer_id: SupplierId | None
    items: tuple[Item, ...]

    @property
    def amount(self) -> Money:
        return total(item.amount for item in self.items)


class Supplied(msgspec.Struct, frozen=True, kw_only=True):
    """What the names in a receipt come from."""

    card: AccountCard
    suppliers: Mapping[SupplierId, Supplier]
    services: Mapping[str, Service]
    rules: ReceiptRules

    def setting(self, supplier_id: SupplierId) -> SupplierReceipts:
        none = SupplierReceipts(supplier_id=supplier_id, valid_from=date.min, vat=self.rules.terms.vat)
        return self.rules.suppliers.get(supplier_id, none)


def sheets(parts: Sequence[Part], paid_on: date, supplied: Supplied) -> list[Sheet]:
    """One per issuer, in the order of the parts; together they are the payment to the kopeck."""
    by_issuer: dict[tuple[IssuedBy, SupplierId | None], list[Item]] = {}
    for part in parts:
        owner = supplied.card.supplier_account(part.supplier_account_id)
        setting = supplied.setting(owner.supplier_id)
        issuer = None if setting.issued_by is IssuedBy.US else owner.supplier_id
        items = by_issuer.setdefault((setting.issued_by, issuer), [])
        items += _items(part, owner, setting, paid_on, supplied)
    return [
        Sheet(issued_by=issued_by, issuer_id=issuer, items=tuple(items[start : start + MOST_ITEMS]))
        for (issued_by, issuer), items in by_issuer.items()
        for start in range(0, len(items), MOST_ITEMS)
    ]


def advance_item(
    owner: SupplierAccountCard, amount: Money, setting: SupplierReceipts, on: date, supplied: Supplied
) -> Item:
    """Money ahead of charges, with the rate of the day it was paid."""
    item = Item(
        supplier_account_id=owner.id,
        description=f"Аванс: {owner.supplier_name}, л/с {owner.number}"[:MOST_CHARS],
        amount=amount,
        vat=supplied.rules.rates.on(on, setting.vat),
        mode=Mode.ADVANCE,
    )
    return _as_agent(item, owner, setting, supplied)


def _items(
    part: Part, owner: SupplierAccountCard, setting: SupplierReceipts, paid_on: date, supplied: Supplied
) -> Iterator[Item]:
    """Equal lines (one service of one month that was charged in several lines) are one item."""
    sums: dict[tuple[str | None, Period | None, Kind | None], Money] = {}
    for one in part.lines:
        key = _key(one.line)
        sums[key] = sums.get(key, ZERO) + one.amount
    for (service_code, period, kind), amount in sums.items():
        if not amount:
            continue
        if period is None or kind is None:
            yield advance_item(owner, amount, setting, paid_on, supplied)
            continue
        service = supplied.services.get(service_code or "")
        name = service.name if service else service_code or ""
        words = f"{name} за {period[5:]}.{period[:4]}"
        is_penalty = kind is Kind.PENALTY
        item = Item(
            supplier_account_id=owner.id,
            description=f"{'Пени: ' if is_penalty else ''}{words}, л/с {owner.number}"[:MOST_CHARS],
            amount=amount,
            # A penalty is no price of anything delivered: it bears no tax. A service bears the rate of the
            # last day of its month, whenever it is paid (Tax Code, art. 167).
            vat=Vat.NONE if is_penalty else supplied.rules.rates.on(last_day(period), setting.vat),
        )
        yield _as_agent(item, owner, setting, supplied)


def _key(line: Line) -> tuple[str | None, Period | None, Kind | None]:
    if line.charge_id is None or line.kind is None:
        return None, None, None
    return line.service_code, line.period, line.kind


def _as_agent(item: Item, owner: SupplierAccountCard, setting: SupplierReceipts, supplied: Supplied) -> Item:
    """Another's service is named with whose it is (54-FZ, art. 4.7); its own register need not."""
    supplier = supplied.suppliers.get(owner.supplier_id)
    inn = supplier.inn if supplier else ""
    if setting.issued_by is not IssuedBy.US or inn == supplied.rules.own_inn:
        return item
    return replace(
        item,
        agent_type=setting.agent_type or supplied.rules.terms.agent_type,
        principal=Principal(name=owner.supplier_name, inn=inn, phone=setting.phone),
    )


def taken_back(items: Sequence[Item], owner: SupplierAccountId, amount: Money) -> list[Item]:
    """So much of the items of one supplier account: its advances first, then what was paid last; at their own
    rates. What they do not reach stays out."""
    own = [item for item in items if item.supplier_account_id == owner]
    left, found = amount, list[Item]()
    for item in (*(one for one in own if one.is_advance), *(one for one in own[::-1] if not one.is_advance)):
        part = min(left, item.amount)
        if part:
            found.append(replace(item, amount=part))
            left -= part
    return found


def less(items: Sequence[Item], gone: Sequence[Item]) -> list[Item]:
    """What of `items` was not taken back yet."""
    rest = list(items)
    for one in gone:
        left = one.amount
        for place, item in enumerate(rest):
            if left and replace(item, amount=one.amount) == one:
                part = min(left, item.amount)
                rest[place] = replace(item, amount=item.amount - part)
                left -= part
    return [item for item in rest if item.amount]
