"""A town, and a client in it."""

import pytest

from tests.town import CONSENTS, opened


@pytest.fixture
async def town(pool):
    rows = await pool.fetch(
        "SELECT document_id, sha256 FROM documents WHERE purpose IN ('rules', 'personal-data')"
    )
    CONSENTS[:] = [{"document_id": str(row["document_id"]), "sha256": row["sha256"].hex()} for row in rows]
    with opened(pool) as town:
        yield town


@pytest.fixture
async def client(town):
    async with town.client() as client:
        yield client
