"""A value for a zone that the meter has not says which zones it has."""

from decimal import Decimal

import pytest

from domain.bills.wondering import ZoneUnknown, wondered
from tests.unit.test_bills import AMeter, a_line, a_part


def test_the_zones_that_the_bill_counted_are_named():
    with pytest.raises(ZoneUnknown) as refused:
        wondered(a_part(), a_line(), AMeter, {"day": Decimal(4100)})
    assert refused.value.field == "values.day"
    assert refused.value.params == {"zones": "single"}
