"""Whole days: checked against the database, written out for others to check."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path

import asyncpg

from adapters.postgres.proofs.audit import PostgresSealAudit
from adapters.postgres.proofs.roots import PostgresRoots
from adapters.postgres.proofs.seals import PostgresSeals
from domain.accounts.audit import Finding
from domain.accounts.proofs.roots import DayNotClosed, DayRoot
from domain.accounts.proofs.seals import BEFORE_ALL, Seal, seal_findings
from infra.errors import OperatorError
from infra.verifier import roots, trees
from infra.verifier.files import Refused

_SEALS_AT_ONCE = 500


async def verified(connection: asyncpg.Connection, day: date) -> list[str]:
    """What was checked of a closed day, in plain words. Refused when it does not agree."""
    root = await _root(connection, day)
    roots.check(root.as_json())
    if root.previous_day:
        before = await _root(connection, root.previous_day)
        if before.root != root.previous_root:
            raise Refused(f"root of {day}, field previous_root", f"is not the root of {before.day}")
    leaves: list[bytes] = []
    async for seals in _pages(connection, day):
        for rows in await PostgresSealAudit(connection).accounts([seal.account_id for seal in seals]):
            for finding in seal_findings(rows):
                raise Refused(f"seal of account {finding.account_id}, {finding.key}", _why(finding))
        leaves += [seal.leaf for seal in seals]
    made = trees.root(sorted(leaves))
    if (made, len(leaves)) != (root.root, root.seals):
        raise Refused(
            f"the seals of {day}",
            f"{len(leaves)} give the root {made.hex()}; published: {root.seals} under {root.root.hex()}",
        )
    return [
        f"Each of the {len(leaves)} seals of {day} ends with the hash that the ledger has for its last "
        "entry, and follows its account's seal before without gap.",
        f"Together they give the published root {root.root.hex()}.",
        f"It is signed by the key {roots.check(root.as_json())['key_id']} and names "
        + (f"the root of {root.previous_day} before it." if root.previous_day else "none before it."),
        "Everything checked is right. (`kabinet audit` recomputes every entry's hash.)",
    ]


async def exported(connection: asyncpg.Connection, day: date, file: Path) -> int:
    """Writes the root and the day's seals, a line each; how many seals. DayNotClosed."""
    root, count = await _root(connection, day), 0
    with file.open("x", encoding="ascii") as out:
        out.write(json.dumps(root.as_json()) + "\n")
        async for seals in _pages(connection, day):
            out.writelines(json.dumps(_line(seal)) + "\n" for seal in seals)
            count += len(seals)
    return count


async def _root(connection: asyncpg.Connection, day: date) -> DayRoot:
    found = await PostgresRoots(connection).of(day)
    if found is None:
        raise OperatorError(f"{DayNotClosed.text} ({day}). Those that are published: kabinet proofs list")
    return found


async def _pages(connection: asyncpg.Connection, day: date) -> AsyncIterator[Sequence[Seal]]:
    after = BEFORE_ALL
    while page := await PostgresSeals(connection).of_day(day, after, _SEALS_AT_ONCE):
        yield page
        after = page[-1].account_id


def _line(seal: Seal) -> dict[str, str | int]:
    return {
        "account_id": str(seal.account_id),
        "after_no": seal.after_no,
        "last_no": seal.last_no,
        "last_hash": seal.last_hash.hex(),
        "salt": seal.salt.hex(),
    }


def _why(finding: Finding) -> str:
    return f"{finding.code}: expected {finding.expected}, found {finding.found}"
