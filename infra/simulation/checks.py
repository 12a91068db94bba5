"""What must hold at every step and, in full, at the end of each day. The rules are those of `kabinet audit`;
what the bank and the agents know stands beside them, so that nothing of ours vouches for itself."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from adapters.postgres.audit import PostgresAudit
from domain.accounts.audit import Finding
from domain.kernel.ids import AccountId
from domain.payments.provider import ProviderState
from infra.audit import audited, judged_batch
from infra.proof_days import verified
from infra.simulation.agents import Sent
from infra.simulation.world import World
from infra.verifier.files import Refused

_UNSEEN = """
SELECT payment_id::text AS id, state FROM payments
WHERE provider = $1 AND state NOT IN ('paid', 'failed') AND next_check_at IS NULL
  AND NOT (state = 'expired')
"""
_PAYMENTS = "SELECT payment_id, state, amount_kopecks, next_check_at FROM payments WHERE provider = $1"
_REFUNDS = "SELECT refund_id, state, rail, amount_kopecks FROM refunds WHERE rail = $1"
_DEAD = """
SELECT kind, last_error FROM account_jobs WHERE state = 'dead'
UNION ALL SELECT kind, last_error FROM local_jobs WHERE state = 'dead'
"""
_UNBALANCED = """
SELECT account_id::text FROM books GROUP BY account_id HAVING sum(balance_kopecks) <> 0
"""
_FILES = "SELECT registry_id, state, rows FROM payment_registries WHERE sha256 = $1 AND agent_code = $2"
_ROWS = """
SELECT operation_id, amount_kopecks, state FROM registry_rows WHERE agent_code = $1
"""
_HEADS = "SELECT account_id, last_no, last_hash FROM account_heads ORDER BY account_id"
_ROOTS = "SELECT day, root FROM day_roots ORDER BY day"
_NO_MONEY = frozenset({"repeated", "refused"})
_DONE_AT_BANK = frozenset({ProviderState.SUCCEEDED})


class Violation(Exception):
    """`invariant` does not hold."""

    def __init__(self, invariant: str, what: object) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant
        self.what = what


@dataclass
class Checks:
    """`connection` is a real one that never dies; `sent` is what the agents have sent."""

    world: World
    connection: asyncpg.Connection
    sent: Sequence[Sent]
    _seen: dict[AccountId, int] = field(default_factory=dict)
    _verified_days: int = 0

    async def step(self) -> None:
        """Whatever has changed since the last look."""
        heads = {row["account_id"]: row["last_no"] for row in await self.connection.fetch(_HEADS)}
        changed = [one for one, last_no in heads.items() if self._seen.get(one) != last_no]
        self._seen = heads
        if changed:
            reader = PostgresAudit(self.connection, self.world.container.zone)
            outcome = await judged_batch(reader, changed, self.world.chance.clock)
            _none(outcome.findings)
        _empty("money is conserved on each account", await self.connection.fetch(_UNBALANCED))
        _empty("a payment has an end or a next check", await self._rows(_UNSEEN))
        _empty("no promise is given up", await self.connection.fetch(_DEAD))
        await self._payments(is_end=False)

    async def day(self) -> None:
        """All accounts, as `kabinet audit` looks at them; every sealed day; what others know of our money."""
        reader = PostgresAudit(self.connection, self.world.container.zone)
        async for outcome in audited(
            reader, self.world.settings.database_url, None, now=self.world.chance.clock
        ):
            _none(outcome.findings)
        await self._refunds(is_end=False)
        await self._registries(is_end=False)
        await self._sealed_days()

    async def end(self) -> None:
        """When all was quiet for long enough nothing is under way any more."""
        await self.day()
        await self._payments(is_end=True)
        await self._refunds(is_end=True)
        await self._registries(is_end=True)

    async def digest(self) -> str:
        """Of every account's chain of entries and every day's root: of the whole ledger, byte by byte."""
        found = hashlib.sha256()
        for query in (_HEADS, _ROOTS):
            for row in await self.connection.fetch(query):
                found.update(repr(tuple(row)).encode())
        return found.hexdigest()

    async def _rows(self, query: str) -> list[asyncpg.Record]:
        return list(await self.connection.fetch(query, self.world.bank.name))

    async def _payments(self, *, is_end: bool) -> None:
        """The bank's money and ours: what it took we have posted or still ask for; we post nothing else."""
        bank = self.world.bank
        taken = Counter(one.payment_id for one in bank.payments.values() if one.state in _DONE_AT_BANK)
        _empty("the bank takes a payment once", [one for one, count in taken.items() if count > 1])
        sums = {
            one.payment_id: one.amount.kopecks for one in bank.payments.values() if one.payment_id in taken
        }
        ours = {row["payment_id"]: row for row in await self._rows(_PAYMENTS)}
        for payment_id, kopecks in sums.items():
            row = ours.pop(payment_id, None)
            if row is None or (row["state"] != "paid" and (is_end or row["next_check_at"] is None)):
                raise Violation("money that was taken is posted or asked for", (payment_id, row))
            if row["amount_kopecks"] != kopecks:
                raise Violation("a payment has the sum that was taken", (payment_id, row, kopecks))
        _empty(
            "only money that was taken is posted", [one for one in ours.values() if one["state"] == "paid"]
        )
        if is_end:
            _empty(
                "every payment is final", [one for one in ours.values() if one["next_check_at"] is not None]
            )

    async def _refunds(self, *, is_end: bool) -> None:
        live = (ProviderState.SUCCEEDED, ProviderState.PENDING)
        there = [one for one in self.world.bank.refunds.values() if one.state in live]
        doubled = [one for one, count in Counter(one.refund_id for one in there).items() if count > 1]
        _empty("the bank returns a refund once", doubled)
        sums = {one.refund_id: one for one in there}
        for row in await self._rows(_REFUNDS):
            one = sums.pop(row["refund_id"], None)
            returned = one.amount.kopecks if one and one.state is ProviderState.SUCCEEDED else None
            if row["state"] == "confirmed" and returned != row["amount_kopecks"]:
                raise Violation("a confirmed refund was returned by the bank", (row, one))
            if one is not None and row["state"] in {"failed", "prepared"}:
                raise Violation("a refund that the bank made is not given up", (row, one))
            if is_end and row["state"] not in {"confirmed", "failed"}:
                raise Violation("every refund is final", row)
        _empty("the bank returns nothing that we do not know of", list(sums))

    async def _registries(self, *, is_end: bool) -> None:
        """Each operation of each accepted file has one row that says what became of its money."""
        kept: dict[str, set[str]] = {}
        for sent in self.sent:
            row = await self.connection.fetchrow(_FILES, sent.sha256, sent.agent_code)
            if row is None:
                if is_end and sent.is_received:
                    raise Violation("a file that was taken is kept", sent.words)
                continue
            if is_end and (row["state"] == "posted") is sent.is_broken:
                raise Violation("a sound file is posted, a broken one is not", (sent.words, row))
            if row["state"] != "posted":
                continue
            if row["rows"] != len(sent.operations):
                raise Violation("a file has as many rows as were sent", (sent.words, row))
            kept.setdefault(sent.agent_code, set()).update(one for one, _ in sent.operations)
        for agent_code, operations in kept.items():
            rows = await self.connection.fetch(_ROWS, agent_code)
            once = Counter(row["operation_id"] for row in rows if row["state"] not in _NO_MONEY)
            for operation in sorted(operations):
                if once[operation] != 1:
                    what = (agent_code, operation, once[operation])
                    raise Violation("an operation of a registry counts once", what)

    async def _sealed_days(self) -> None:
        roots = await self.connection.fetch(_ROOTS)
        for row in roots[self._verified_days :]:
            try:
                await verified(self.connection, row["day"])
            except Refused as refusal:
                raise Violation("seals agree with their accounts", (row["day"], str(refusal))) from refusal
        self._verified_days = len(roots)


def _none(findings: Sequence[Finding]) -> None:
    if findings:
        one = findings[0]
        raise Violation(
            one.code, f"{one.table} {one.account_id} {one.key}: expected {one.expected}; found {one.found}"
        )


def _empty(invariant: str, rows: Sequence[object]) -> None:
    if rows:
        raise Violation(invariant, rows[:3])
