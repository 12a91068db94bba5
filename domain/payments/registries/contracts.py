"""An agent and its layout as they are agreed: told to us in a file, in force from a day on."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from domain.accounts.requisites import inn
from domain.kernel.errors import Invalid
from domain.payments.registries.agents import Code, Field, Format, Layout, PaymentAgent, PaymentAgents

_NEEDED = frozenset({Field.OPERATION, Field.AMOUNT})


class Contract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either may stand alone: a layout for many agents, an agent with a layout that is known."""

    valid_from: date
    agent: PaymentAgent | None = None
    layout_code: Code | None = None
    layout: Layout | None = None

    def checked(self) -> Contract:
        """ValueError with what is wrong."""
        if (self.layout is None) != (self.layout_code is None) or (self.agent or self.layout) is None:
            raise ValueError("give an agent, or a layout with its layout_code, or both")
        if self.layout:
            check_layout(self.layout)
        if self.agent:
            _check_agent(self.agent)
        return self

    @property
    def words(self) -> str:
        agent = f"agent {self.agent.code}" if self.agent else ""
        layout = f"layout {self.layout_code}" if self.layout else ""
        return ", ".join(one for one in (agent, layout) if one)

    async def save(self, agents: PaymentAgents) -> None:
        if self.layout and self.layout_code:
            await agents.save_layout(self.layout_code, self.layout, self.valid_from)
        if self.agent:
            await agents.save(self.agent, self.valid_from)


def check_layout(layout: Layout) -> None:
    """ValueError: what a reader would stumble over with every file."""
    for pattern in layout.account_in_purpose:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"account_in_purpose: {error}") from error
        if not groups:
            raise ValueError("account_in_purpose: the number is the pattern's first group")
    if layout.format is not Format.DELIMITED:
        return
    if not layout.columns.keys() >= _NEEDED or not layout.columns.keys() & {Field.DATE, Field.MOMENT}:
        raise ValueError("columns: operation, amount, and date or moment are needed")
    places = [*layout.columns.values(), *(layout.trailer.columns.values() if layout.trailer else ())]
    if not layout.has_headings and not all(isinstance(one, int) for one in places):
        raise ValueError("columns: without has_headings columns are numbers")
    for form in (layout.date_format, layout.time_format, layout.period_format):
        datetime(2026, 11, 20).strftime(form)  # noqa: DTZ001 - whether it is a format at all


def _check_agent(agent: PaymentAgent) -> None:
    try:
        inn(agent.inn)
        ZoneInfo(agent.zone)
    except Invalid as error:
        raise ValueError(f"agent.inn: {error}") from error
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"agent.zone: there is no {agent.zone!r}") from error
