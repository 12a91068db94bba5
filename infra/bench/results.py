"""What a measurement comes to."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One figure beside its limit, both in `unit`.

    `work` says in words what was measured and what the limit is. `ratio` is figure / limit; `goal` is
    what it should be at least (rates) or at most (times, costs), as `work` says.
    """

    work: str
    figure: float
    unit: str
    limit: float
    ratio: float
    goal: float
    holds: bool

    @property
    def at_least(self) -> bool:
        """Whether more is better."""
        return "(at least " in self.work

    @classmethod
    def rate(cls, work: str, unit: str, *, pairs: Sequence[tuple[float, float]], goal: float) -> Result:
        """A rate should be at least `goal` of its limit. Each pair is one round: (ours, limit).

        The ratio is the median of the rounds' ratios: what else the machine did then slowed both.
        """
        ratio = median(ours / limit for ours, limit in pairs)
        return cls._of(f"{work} (at least {goal:g})", unit, pairs, ratio, goal, holds=ratio >= goal)

    @classmethod
    def cost(cls, work: str, unit: str, *, pairs: Sequence[tuple[float, float]], goal: float) -> Result:
        """A time should be at most `goal` times its limit. Each pair is one round: (ours, limit)."""
        ratio = median(ours / limit for ours, limit in pairs)
        return cls._of(f"{work} (at most {goal:g})", unit, pairs, ratio, goal, holds=ratio <= goal)

    @classmethod
    def _of(
        cls,
        work: str,
        unit: str,
        pairs: Sequence[tuple[float, float]],
        ratio: float,
        goal: float,
        *,
        holds: bool,
    ) -> Result:
        return cls(
            work=work,
            figure=round(median(ours for ours, _ in pairs), 4),
            unit=unit,
            limit=round(median(limit for _, limit in pairs), 4),
            ratio=round(ratio, 4),
            goal=goal,
            holds=holds,
        )
