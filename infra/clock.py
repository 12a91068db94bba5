"""The one place that reads the clock and draws random numbers; everything else is given them."""

import os
import threading
from datetime import UTC, datetime
from uuid import UUID

_VERSION_7 = 7 << 76
_RFC_VARIANT = 0b10 << 62

_lock = threading.Lock()
_last = 0


def now() -> datetime:
    """The moment, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, 12 bits within the millisecond, 62 random.

    Ids of one process only grow, even when the clock steps back: rows of one cause sort as made.
    """
    global _last  # noqa: PLW0603 - one process, one sequence
    moment = now()
    millisecond = int(moment.timestamp() * 1000)
    fraction = (moment.microsecond % 1000) * 4096 // 1000
    with _lock:
        _last = max(millisecond << 12 | fraction, _last + 1)
        stamp = _last
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=(stamp >> 12) << 80 | _VERSION_7 | (stamp & 0xFFF) << 64 | _RFC_VARIANT | random)
