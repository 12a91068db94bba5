"""Whether each reading has its values, each value its steps, and all of them together every reading. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from domain.accounts.audit import Finding
from domain.kernel.ids import AccountId, ReadingId
from domain.kernel.lifecycle import ForbiddenMove
from domain.readings.readings import LIFECYCLE, ReadingState, worst

REPEATED = "repeated"
"""In place of a state: all its values were accepted already with another reading."""


class ValueRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `register_readings`; `steps` are numbers and states."""

    zone: str
    direction: str
    state: str
    steps_count: int
    steps: Sequence[tuple[int, str]]


class ReadingRow(msgspec.Struct, frozen=True, gc=False):
    """`is_kept`: there is a row of `readings`; without one its values are stray."""

    account_id: AccountId
    reading_id: ReadingId
    is_kept: bool
    has_repeats: bool
    values: Sequence[ValueRow]


class ReadingTotals(msgspec.Struct, frozen=True, kw_only=True):
    """`sent` counts rows of `readings`; `by_state` readings by the least favourable state of their values."""

    sent: int = 0
    by_state: Mapping[str, int] = {}

    def __add__(self, other: ReadingTotals) -> ReadingTotals:
        return ReadingTotals(
            sent=self.sent + other.sent, by_state=Counter(self.by_state) + Counter(other.by_state)
        )


def reading_totals(rows: Iterable[ReadingRow]) -> ReadingTotals:
    every = list(rows)
    states = Counter(
        worst(ReadingState(value.state) for value in row.values).value if row.values else REPEATED
        for row in every
        if row.values or row.has_repeats
    )
    return ReadingTotals(sent=sum(row.is_kept for row in every), by_state=states)


def reading_findings(row: ReadingRow) -> Iterator[Finding]:
    if not row.is_kept:
        yield _finding(row, "reading-unknown", "readings", "a row", "values without one")
    if not row.values and not row.has_repeats:
        yield _finding(row, "reading-empty", "register_readings", "a value at least", "none")
    for value in row.values:
        yield from _timeline(row, value)


def state_findings(totals: ReadingTotals) -> Iterator[Finding]:
    """Every reading that was sent is in one state."""
    in_states = sum(totals.by_state.values())
    if in_states != totals.sent:
        yield Finding(
            code="readings-by-state",
            account_id=None,
            table="readings",
            key="all accounts",
            expected=f"{totals.sent} sent",
            found=f"{in_states} in all states",
        )


def _timeline(row: ReadingRow, value: ValueRow) -> Iterator[Finding]:
    register = f"zone={value.zone} direction={value.direction}"
    numbers = [number for number, _ in value.steps]
    if numbers != list(range(1, value.steps_count + 1)):
        expected = f"steps 1 to {value.steps_count}"
        yield _finding(row, "reading-steps", "reading_steps", expected, f"steps {numbers}", register)
    last = value.steps[-1][1] if value.steps else None
    if last != value.state:
        expected = f"last step {value.state}"
        yield _finding(row, "reading-last-step", "reading_steps", expected, f"last step {last}", register)
    for (_, now), (number, then) in pairwise(value.steps):
        if not _may_follow(now, then):
            at = f"{register} step_no={number}"
            yield _finding(row, "reading-move", "reading_steps", f"a move from {now}", then, at)


def _may_follow(now: str, then: str) -> bool:
    if now == then == ReadingState.USED:
        return True  # another bill has taken the place of the one it was used in
    try:
        LIFECYCLE.check(ReadingState(now), ReadingState(then))
    except (ForbiddenMove, ValueError):
        return False
    return True


def _finding(
    row: ReadingRow, code: str, table: str, expected: str, found: str, register: str = ""
) -> Finding:
    return Finding(
        code=code,
        account_id=row.account_id,
        table=table,
        key=f"reading_id={row.reading_id} {register}".rstrip(),
        expected=expected,
        found=found,
    )
