"""Figures of meters as people write them into forms."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from api.reading_shapes import ValueIn
from domain.kernel.errors import Invalid
from domain.readings.meters import Direction

_FIELD = re.compile(rf"value\.([a-z_]{{1,20}})\.({'|'.join(re.escape(one) for one in Direction)})")


class ValueUnreadable(Invalid):
    code = "value-unreadable"
    text = "“{value}” is not a figure of a meter"
    remedy = "Write the digits as they stand on the meter, such as 4512 or 4512,3"


class NoValues(Invalid):
    code = "no-values"
    text = "There is no figure in the form"
    remedy = "Write what the meter shows"


def values_of(typed: Mapping[str, str]) -> tuple[ValueIn, ...]:
    """Fields are named `value.<zone>.<direction>`; an empty one is a register to be read later. NoValues."""
    values = tuple(
        ValueIn(zone=field[1], direction=Direction(field[2]), value=figure_of(name, text))
        for name, text in typed.items()
        if text.strip() and (field := _FIELD.fullmatch(name))
    )
    if not values:
        raise NoValues
    return values


def figure_of(name: str, text: str) -> Decimal:
    """“1 078,87” as people write it; ValueUnreadable."""
    plain = text.replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation as error:
        raise ValueUnreadable(field=name, value=text) from error
    if not value.is_finite():
        raise ValueUnreadable(field=name, value=text)
    return value
