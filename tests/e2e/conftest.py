"""What most stories over HTTP begin with."""

import pytest_asyncio

from tests import kabinets


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        yield kabinet
