"""What the forms of the office have in common: a day, a payment order, a reason for the record."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

import msgspec

from api.pages.cases import WordsMissing
from domain.kernel.errors import Invalid

_LEAST_REASON = 3
_T = TypeVar("_T")


class FormIncomplete(Invalid):
    code = "form-incomplete"
    text = "Something in the form is missing or too long"
    remedy = "Look over what is filled in"


class DayMissing(Invalid):
    code = "day-missing"
    text = "There is no day in the form"
    remedy = "Choose a day"


class OrderMissing(Invalid):
    code = "order-number-missing"
    text = "The number of the payment order is not named"
    remedy = "Write it as it stands on the payment order"


def day_of(text: str, field: str = "day") -> date:
    """As <input type=date> sends it. DayMissing."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise DayMissing(field=field) from error


def reason_of(text: str) -> str:
    """WordsMissing: too little to be a reason."""
    if len(reason := text.strip()) < _LEAST_REASON:
        raise WordsMissing(field="reason")
    return reason


def converted(told: Mapping[str, Any], kind: type[_T]) -> _T:
    """What was typed, by the limits of the API's own shape. FormIncomplete."""
    try:
        return msgspec.convert(told, kind, strict=False)
    except msgspec.ValidationError as error:
        path = str(error).partition(" - at `$.")[2].rstrip("`")
        raise FormIncomplete(field=path) if path else FormIncomplete() from error
