"""Figures on pages: one notation beside words of either language."""

from decimal import Decimal

import pytest

from domain.kernel.figures import figure


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Decimal("1078.870"), "1\u00a0078,87"),
        (Decimal("4000"), "4\u00a0000"),
        (Decimal("1E+3"), "1\u00a0000"),
        (Decimal("-0.5"), "−0,5"),
        (7, "7"),
    ],
)
def test_a_figure_is_told_as_on_bills(value, told):
    assert figure(value) == told
