"""How long to wait before trying again."""

from collections.abc import Callable
from datetime import timedelta

LONGEST_SECONDS = 3600


def backoff(attempts: int, random: Callable[[], float]) -> timedelta:
    """The pause after the `attempts`-th failure: 1, 2, 4 … seconds up to an hour.

    Half of it is drawn by `random` (0 ≤ x < 1), so that what failed together does not come back together.
    """
    # 2**12 s is past the cap already; a larger power would only overflow one day.
    full_seconds = min(2 ** min(max(attempts - 1, 0), 12), LONGEST_SECONDS)
    return timedelta(seconds=full_seconds * (0.5 + 0.5 * random()))
