"""The demo's cases, through the real imports of a small demo."""

import pytest

from adapters.postgres.audit import PostgresAudit
from domain.kinds import KINDS
from infra import audit
from infra.container import open_container
from infra.demo.cases import WAYS, add_cases
from infra.demo.load import SEED, load
from infra.demo.office import add_office
from infra.settings import load as settings_of


@pytest.mark.slow
async def test_the_demo_holds_cases_of_each_kind_in_their_states(dsn, pool, tmp_path):
    settings = settings_of({"DATABASE_URL": dsn, "KABINET_DATA": str(tmp_path)})
    await load(settings, accounts=300)
    rows = await pool.fetch("SELECT kind, array_agg(DISTINCT state) AS states FROM cases GROUP BY kind")
    states = {row["kind"]: set(row["states"]) for row in rows}
    assert states.keys() == KINDS.keys()
    without_grant = {state for state, way in WAYS.items() if not {"grant", "grant-in-part"} & set(way)}
    missing = {kind: without_grant - found for kind, found in states.items() if without_grant - found}
    assert missing == {"damages": {"registered"}}  # those are sent on at once
    for kind in set(KINDS) - {"refund", "payment-search"}:
        assert {"satisfied", "partly_satisfied", "executed"} <= states[kind], kind
    # Those whose money is on its way are executed by the worker.
    assert {"satisfied", "partly_satisfied"} <= states["refund"]
    assert "satisfied" in states["payment-search"]
    # Three through the sandbox, one of the bank's file whose account is right.
    assert await pool.fetchval("SELECT count(*) FROM payments WHERE state = 'paid'") == 4
    assert await pool.fetchval("SELECT count(*) FROM cases WHERE channel = 'cabinet'") == 5
    count = await pool.fetchval("SELECT count(*) FROM case_steps")
    async with open_container(settings) as container:
        await add_cases(container, settings, SEED)
        before = await waiting(pool)
        await add_office(container, SEED)
        assert await waiting(pool) == before
    assert before[:3] == (2, 3, 2) and before[3] in {1, 2}
    assert await pool.fetchval("SELECT count(*) FROM case_steps") == count
    async with pool.acquire() as connection:
        outcomes = [one async for one in audit.audited(PostgresAudit(connection), "", None)]
    assert [finding for one in outcomes for finding in one.findings] == []


async def waiting(pool):
    """At the office's desks: letters to be read, money in suspense, approvals, readings. Of the readings one
    may be taken without a word, should the demo begin months after its last bill."""
    return (
        await pool.fetchval("SELECT count(*) FROM letters_in"),
        await pool.fetchval("SELECT count(*) FROM registry_rows WHERE state = 'suspense'"),
        await pool.fetchval("SELECT count(*) FROM approvals"),
        await pool.fetchval(
            "SELECT count(DISTINCT reading_id) FROM register_readings WHERE operator_since IS NOT NULL"
        ),
    )
