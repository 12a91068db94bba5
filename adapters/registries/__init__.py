"""Files of banks and agents, read by the layout that their agent has."""

import asyncio
from datetime import date

from adapters.registries import camt, delimited, one_c
from adapters.registries.archives import unpacked
from domain.payments.registries.agents import Format, Layout, PaymentAgent
from domain.payments.registries.entries import ParsedRegistry

_READERS = {Format.DELIMITED: delimited.read, Format.ONE_C: one_c.read, Format.CAMT: camt.read}


async def parse_registry(body: bytes, agent: PaymentAgent, layout: Layout, today: date) -> ParsedRegistry:
    """The port `ParseRegistry`: beside the event loop, which others need meanwhile."""
    return await asyncio.to_thread(parse, body, agent, layout, today)


def parse(body: bytes, agent: PaymentAgent, layout: Layout, today: date) -> ParsedRegistry:
    """Everything the file tells, and everything that is wrong with it."""
    return _READERS[layout.format](unpacked(body), agent, layout, today)
