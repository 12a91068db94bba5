"""When the customer did not let us to the meter: by acts, and what it does to a term of ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from domain.kernel.fields import told
from domain.kernel.ids import MeterId


class RefusedAccess(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`given_on` is None while nobody was let in."""

    refused_on: Annotated[date, told("Day nobody let us in")]
    act_number: Annotated[str, Meta(min_length=1, max_length=50), told("Number of the act of it")]
    given_on: Annotated[date | None, told("Day we were let in after all", "Empty: not yet")] = None


class MissedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal by the act of a visit: to which meters, or what for where there was none."""

    refused: RefusedAccess
    meter_ids: frozenset[MeterId]
    purpose: str


def extended(ends_on: date, since: date, refused: Sequence[RefusedAccess], today: date) -> date:
    """The last day of a term that began on `since`: later by the days we were kept out. A day counts once,
    and a refusal after the term was over changes nothing."""
    counted_to = since
    for one in sorted(refused, key=lambda one: one.refused_on):
        begin, end = max(one.refused_on, counted_to), min(one.given_on or today, today)
        if begin <= ends_on and end > begin:
            ends_on = date.fromordinal(ends_on.toordinal() + (end - begin).days)
            counted_to = end
    return ends_on
