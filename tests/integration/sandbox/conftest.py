"""A sandbox with its files in the folder of the test."""

import pytest_asyncio

from tests.sandboxes import opened


@pytest_asyncio.fixture
async def sandbox(tmp_path):
    async with opened(tmp_path) as sandbox:
        yield sandbox
