"""Time, ids and dice that follow from the seed alone."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

_VERSION_7 = 7 << 76
_RFC_VARIANT = 0b10 << 62
_COUNTER_BITS, _RANDOM_BITS = 12, 62


@dataclass(slots=True)
class Clock:
    """Stands still until it is told to go on; never goes back."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def until(self, at: datetime) -> None:
        self.at = max(self.at, at)

    def later(self, **amount: float) -> None:
        self.at += timedelta(**amount)


@dataclass(slots=True)
class Chance:
    """Dice for each use of their own, so that one more throw here does not change what is thrown there."""

    seed: int
    clock: Clock
    _dice: dict[str, Random] = field(default_factory=dict)
    _last: int = 0

    def dice(self, use: str) -> Random:
        if use not in self._dice:
            self._dice[use] = Random(f"{self.seed}:{use}")  # noqa: S311 - must be the same each time
        return self._dice[use]

    def new_id(self) -> UUID:
        """A UUIDv7 of the simulated moment; ids only grow."""
        millisecond = int(self.clock.at.timestamp() * 1000)
        self._last = max(millisecond << _COUNTER_BITS, self._last + 1)
        low = self.dice("ids").getrandbits(_RANDOM_BITS)
        high, counter = divmod(self._last, 1 << _COUNTER_BITS)
        return UUID(int=high << 80 | _VERSION_7 | counter << 64 | _RFC_VARIANT | low)

    def entropy(self, count: int) -> bytes:
        return self.dice("entropy").randbytes(count)
