"""A line of a bill explained: volume, price, formula, what was added, and the paper it comes from.

The same words for the customer and for the operator who speaks with them: both read this.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from domain.bills import metered
from domain.bills.bills import BillLine, NormUsed
from domain.bills.figures import number_text
from domain.bills.metered import ROUNDING, gives_volume, is_apart, of_readings
from domain.bills.wondering import whole_percent
from domain.kernel.money import ZERO, Money
from domain.readings.cost import CostLine, Said
from domain.readings.readings import plain

NO_METER = (
    "No meter reading stands behind the volume: billing counts {volume} {unit} by a norm, by the area, by "
    "the number of people or by the volumes of other services"
)
BY_NORM = (
    "No meter reading stands behind the volume: it is counted by the norm “{name}”, {norm} {unit} a month "
    "per {per} ({source}), in force since {since}"
)
NORM_TIMES = "{norm} {unit} × {count} = {volume} {unit}"
NORM_APART = (
    "{norm} {unit} × {count} would be {product} {unit}; billing counted {volume} {unit}: part of the month "
    "or a multiplier is in it"
)
NO_VOLUME = "The service is charged by a sum, without a volume"
LISTED = "The price is {tariff} ₽ per {unit}, in the supplier's list since {tariff_from}"
UNLISTED = "The price is {tariff} ₽ per {unit}, as billing gave it"
LISTED_ZONE = "{zone}: {tariff} ₽ per {unit}, in the supplier's list since {tariff_from}"
LISTED_RANGE = (
    "{zone}, range {range_no} of the month's volume: {tariff} ₽ per {unit}, in the supplier's list since "
    "{tariff_from}"
)
ZONE_MULTIPLIED = "{zone}: {volume} {unit} × {tariff} ₽ = {amount}"
ZONES_TOGETHER = "Together: {amounts} = {amount}"
MULTIPLIED = "{volume} {unit} × {tariff} ₽ = {amount}"
NOT_MULTIPLIED = (
    "{volume} {unit} × {tariff} ₽ would be {product}; billing charged {amount}: "
    "other zones, price ranges or multipliers are in it"
)
RECALCULATED = "Recalculation by billing: {recalculation}"
BENEFIT = (
    "Benefit: −{benefit}. So billing sent it: document {document}, version {revision}, accepted on "
    "{posted_on}. It does not send the ground of the benefit"
)
BENEFIT_SHARE = (
    "Benefit: −{benefit}, {percent} % of {amount}. So billing sent it: document {document}, version "
    "{revision}, accepted on {posted_on}. It does not send the ground of the benefit"
)
PENALTY = (
    "Penalty for late payment: {penalty}. So billing sent it: document {document}, version {revision}, "
    "accepted on {posted_on}. It does not send for which days and which debt: ask for the "
    "reckoning by an enquiry"
)
SUMMED = "{amount} {rest}= {total}"
DOCUMENT = "Billing's document {document}, version {revision}, posted on {posted_on}"

TEXTS = (
    *metered.TEXTS,
    *(NO_METER, NO_VOLUME, BY_NORM, NORM_TIMES, NORM_APART),
    *(LISTED_ZONE, LISTED_RANGE, ZONE_MULTIPLIED, ZONES_TOGETHER),
    *(LISTED, UNLISTED, MULTIPLIED, NOT_MULTIPLIED, RECALCULATED, BENEFIT, BENEFIT_SHARE, PENALTY, SUMMED),
    DOCUMENT,
)


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """`formula` in figures. `is_exact`: volume times price, or the zones' together, is the amount to the
    kopeck, and no readings give another volume. `is_metered`: readings give the volume."""

    volume: tuple[Said, ...]
    price: tuple[Said, ...]
    sums: tuple[Said, ...]
    source: Said
    formula: str
    is_exact: bool
    is_metered: bool


def explained(line: BillLine) -> Explained:
    product = _product(line)
    is_multiplied = product == line.amount or bool(line.by_zone)
    return Explained(
        volume=tuple(_volume(line)),
        price=tuple(_price(line)),
        sums=tuple(_sums(line, product)),
        source=Said(text=DOCUMENT, fields=_sent(line)),
        formula=_formula(line) if is_multiplied else str(line.amount),
        is_exact=is_multiplied and not is_apart(line),
        is_metered=gives_volume(line),
    )


def _product(line: BillLine) -> Money | None:
    if line.volume is None or line.tariff is None:
        return None
    return Money(int((line.volume * line.tariff * 100).quantize(Decimal(1), ROUND_HALF_UP)))


def _formula(line: BillLine) -> str:
    products = [_times(one.volume, one.price) for one in line.by_zone] or [_times(line.volume, line.tariff)]
    return f"{' + '.join(products)} = {line.amount}"


def _times(volume: Decimal | None, price: Decimal | None) -> str:
    return f"{number_text(volume)} × {number_text(price, places=2)}"


def _volume(line: BillLine) -> Iterator[Said]:
    volume = number_text(line.volume)
    if line.volume is None:
        yield Said(text=NO_VOLUME)
    elif not line.readings and line.norm:
        yield from _by_norm(line.norm, line.volume, line.unit)
    elif not line.readings:
        yield Said(text=NO_METER, fields={"volume": volume, "unit": line.unit})
    else:
        yield from of_readings(line)


def _by_norm(norm: NormUsed, volume: Decimal, unit: str) -> Iterator[Said]:
    told = {"norm": number_text(plain(norm.volume)), "unit": unit}
    named = {"name": norm.name, "per": norm.per, "source": norm.source, "since": norm.since.isoformat()}
    yield Said(text=BY_NORM, fields=told | named)
    if norm.count is None:
        return
    product = plain(norm.volume * norm.count)
    told |= {"count": number_text(plain(norm.count)), "volume": number_text(volume)}
    if abs(product - volume) <= ROUNDING:
        yield Said(text=NORM_TIMES, fields=told)
    else:
        yield Said(text=NORM_APART, fields=told | {"product": number_text(product)})


def _price(line: BillLine) -> Iterator[Said]:
    if line.tariff is None:
        yield from _zone_prices(line)
        return
    fields = {"tariff": number_text(line.tariff, places=2), "unit": line.unit}
    if line.tariff_from is None:
        yield Said(text=UNLISTED, fields=fields)
    else:
        yield Said(text=LISTED, fields=fields | {"tariff_from": line.tariff_from.isoformat()})


def _zone_prices(line: BillLine) -> Iterator[Said]:
    if line.tariff_from is None:
        return
    for one, fields in _zones(line):
        told = fields | {"tariff_from": line.tariff_from.isoformat(), "range_no": str(one.range_no)}
        yield Said(text=LISTED_ZONE if one.range_no == 1 else LISTED_RANGE, fields=told)


def _zones(line: BillLine) -> Iterator[tuple[CostLine, dict[str, str]]]:
    """What the readings of each zone came to, with what is told of it."""
    labels = {reading.zone: reading.zone_label for reading in line.readings}
    for one in line.by_zone:
        yield (
            one,
            {
                "zone": labels.get(one.zone, one.zone),
                "volume": number_text(one.volume),
                "unit": line.unit,
                "tariff": number_text(one.price, places=2),
                "amount": str(one.cost),
            },
        )


def _sums(line: BillLine, product: Money | None) -> Iterator[Said]:
    for _, told in _zones(line):
        yield Said(text=ZONE_MULTIPLIED, fields=told)
    if len(line.by_zone) > 1:
        amounts = " + ".join(str(one.cost) for one in line.by_zone)
        yield Said(text=ZONES_TOGETHER, fields={"amounts": amounts, "amount": str(line.amount)})
    if product is not None:
        fields = {
            "volume": number_text(line.volume),
            "unit": line.unit,
            "tariff": number_text(line.tariff, places=2),
            "amount": str(line.amount),
        }
        if product == line.amount:
            yield Said(text=MULTIPLIED, fields=fields)
        else:
            yield Said(text=NOT_MULTIPLIED, fields=fields | {"product": str(product)})
    if line.recalculation:
        yield Said(text=RECALCULATED, fields={"recalculation": str(line.recalculation)})
    if line.benefit:
        percent = whole_percent(line)
        shared = {"percent": str(percent), "amount": str(line.amount)} if percent else {}
        told = {"benefit": str(line.benefit)} | shared | _sent(line)
        yield Said(text=BENEFIT_SHARE if percent else BENEFIT, fields=told)
    if line.penalty:
        yield Said(text=PENALTY, fields={"penalty": str(line.penalty)} | _sent(line))
    rest = "".join(_signed(added) for added in (line.recalculation, -line.benefit, line.penalty) if added)
    if rest:
        whole = str(line.charged + line.penalty)
        yield Said(text=SUMMED, fields={"amount": str(line.amount), "rest": rest, "total": whole})


def _sent(line: BillLine) -> dict[str, str]:
    """In which paper of billing's."""
    return {
        "document": line.document,
        "revision": str(line.revision),
        "posted_on": line.posted_on.isoformat(),
    }


def _signed(amount: Money) -> str:
    return f"− {-amount} " if amount < ZERO else f"+ {amount} "
