"""Whether every row of a registry has one fate, and the books say the same. Pure: rows in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

import msgspec

from domain.accounts.audit import Finding
from domain.accounts.ledger import CauseKind
from domain.kernel.ids import AccountId
from domain.payments.registries.entries import Direction
from domain.payments.registries.files import RegistryState
from domain.payments.registries.rows import IN_SUSPENSE, RowState

_CLAIMING = IN_SUSPENSE | {RowState.POSTED, RowState.MATCHED, RowState.WAITING}


class AuditedRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`steps` are its states by step number; `claimed_by` is the row that the operation is registered for."""

    row_no: int
    operation_id: str
    direction: str
    amount_kopecks: int
    payment_id: UUID
    state: str
    to_account_id: AccountId | None
    steps_count: int
    steps: Sequence[str] = ()
    claimed_by: tuple[AccountId, int] | None = None


class AuditedPayment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The payment that a row says it has become."""

    account_id: AccountId
    amount_kopecks: int
    provider: str
    brought_from: AccountId | None


class AuditedRegistry(msgspec.Struct, frozen=True, kw_only=True):
    """`posted` is what the synthetic account's transfers move for each (kind of cause, id, version), in
    kopecks; `suspense_kopecks` its book."""

    id: AccountId
    agent_code: str
    state: str
    rows_count: int
    sum_kopecks: int
    out_kopecks: int
    rows: Sequence[AuditedRow]
    payments: Mapping[UUID, AuditedPayment]
    posted: Mapping[tuple[str, UUID, int], int]
    suspense_kopecks: int


class RegistryTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at: registries, rows, and kopecks in by the fate of rows."""

    registries: int = 0
    rows: int = 0
    by_state: Mapping[str, int] = {}

    def __add__(self, other: RegistryTotals) -> RegistryTotals:
        states = sorted({*self.by_state, *other.by_state})
        return RegistryTotals(
            registries=self.registries + other.registries,
            rows=self.rows + other.rows,
            by_state={one: self.by_state.get(one, 0) + other.by_state.get(one, 0) for one in states},
        )


def registry_totals(registries: Sequence[AuditedRegistry]) -> RegistryTotals:
    by_state: dict[str, int] = {}
    for row in (row for one in registries for row in one.rows if row.direction == Direction.IN):
        by_state[row.state] = by_state.get(row.state, 0) + row.amount_kopecks
    return RegistryTotals(
        registries=len(registries), rows=sum(len(one.rows) for one in registries), by_state=by_state
    )


def registry_findings(one: AuditedRegistry) -> Iterator[Finding]:
    """The sum of the file is the sum of the fates of its rows, and each fate stands in the books."""
    yield from _whole(one)
    for row in one.rows:
        yield from _timeline(one, row)
        yield from _came_home(one, row)
        yield from _in_suspense(one, row)
        if row.state in _CLAIMING and row.claimed_by != (one.id, row.row_no):
            expected = f"operation {row.operation_id} registered for this row"
            yield _finding(one, "registry-operation", row, expected, row.claimed_by)
    known = {row.payment_id for row in one.rows if row.state in IN_SUSPENSE}
    for kind, cause_id, _ in one.posted:
        if cause_id not in known:
            yield _finding(one, "registry-posting", None, "a row in suspense", f"{kind} of {cause_id}")


def _whole(one: AuditedRegistry) -> Iterator[Finding]:
    came = sum(row.amount_kopecks for row in one.rows if row.direction == Direction.IN)
    out = sum(row.amount_kopecks for row in one.rows if row.direction == Direction.OUT)
    held = -sum(row.amount_kopecks for row in one.rows if row.state == RowState.SUSPENSE)
    for code, expected, found in (
        ("registry-rows", one.rows_count, len(one.rows)),
        ("registry-sum", one.sum_kopecks, came),
        ("registry-out", one.out_kopecks, out),
        ("registry-suspense", held, one.suspense_kopecks),
    ):
        if expected != found:
            yield _finding(one, code, None, expected, found)
    waiting = sum(row.state == RowState.WAITING for row in one.rows)
    if waiting and one.state == RegistryState.POSTED:
        yield _finding(one, "registry-waiting", None, "a fate for every row", f"{waiting} waiting")


def _timeline(one: AuditedRegistry, row: AuditedRow) -> Iterator[Finding]:
    if len(row.steps) != row.steps_count:
        yield _finding(one, "registry-row-steps", row, f"{row.steps_count} steps", f"{len(row.steps)}")
    last = row.steps[-1] if row.steps else None
    expected = row.state if row.state in IN_SUSPENSE else None
    if last != expected:
        yield _finding(one, "registry-row-last-step", row, expected, last)


def _came_home(one: AuditedRegistry, row: AuditedRow) -> Iterator[Finding]:
    """A row that is posted or resolved is a payment of its sum on the account it names."""
    found = one.payments.get(row.payment_id)
    if row.state not in {RowState.POSTED, RowState.RESOLVED}:
        return
    expected = AuditedPayment(
        account_id=row.to_account_id or one.id,
        amount_kopecks=row.amount_kopecks,
        provider=one.agent_code,
        brought_from=one.id if row.state == RowState.RESOLVED else None,
    )
    if found != expected:
        yield _finding(one, "registry-payment", row, expected, found)


def _in_suspense(one: AuditedRegistry, row: AuditedRow) -> Iterator[Finding]:
    wanted = {(CauseKind.SUSPENSE.value, 1)} if row.state in IN_SUSPENSE else set()
    if row.state == RowState.RETURNED:
        wanted.add((CauseKind.SUSPENSE.value, 2))
    if row.state == RowState.RESOLVED:
        wanted.add((CauseKind.MOVE.value, 1))
    for kind, version in wanted:
        found = one.posted.get((kind, row.payment_id, version))
        if found != row.amount_kopecks:
            yield _finding(one, "registry-posted", row, f"{row.amount_kopecks} by {kind} {version}", found)
    kinds = ((CauseKind.SUSPENSE.value, 2), (CauseKind.MOVE.value, 1))
    extra = [one_kind for one_kind in kinds if one_kind not in wanted]
    for kind, version in extra:
        if row.state in IN_SUSPENSE and (kind, row.payment_id, version) in one.posted:
            yield _finding(one, "registry-posted", row, f"nothing by {kind} {version}", "a posting")


def _finding(
    one: AuditedRegistry, code: str, row: AuditedRow | None, expected: object, found: object
) -> Finding:
    return Finding(
        code=code,
        account_id=one.id,
        table="registry_rows" if row else "payment_registries",
        key=f"row_no={row.row_no}" if row else f"registry_id={one.id}",
        expected=str(expected),
        found=str(found),
    )
