"""Sums as people write them on the command line."""

from decimal import Decimal, InvalidOperation

import rich_click as click

from domain.kernel.money import Money


def kopecks(roubles: str | None, option: str) -> Money | None:
    """ "1 250,50" or "1250.50"; None stays None."""
    if roubles is None:
        return None
    try:
        found = Decimal("".join(roubles.split()).replace(",", ".")) * 100
        if found == int(found):
            return Money(int(found))
    except (InvalidOperation, ValueError, OverflowError):
        pass
    raise click.BadParameter("write roubles with at most two decimals", param_hint=option)
