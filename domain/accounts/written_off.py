"""What of a line of the bill was written off: closed, and never paid.

A debt that was discharged is nobody's money. When billing lowers the line afterwards, the debt that was
discharged was smaller (law 127-FZ, art. 213.28, 223.6: obligations that exist are discharged): the write-off
gives way first, and only what was really paid is the customer's again (Civil Code, art. 1102).
"""

from __future__ import annotations

import msgspec

from domain.kernel.money import ZERO, Money


class WrittenOff(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Of one line, less what was taken back since."""

    principal: Money = ZERO
    penalty: Money = ZERO


NOTHING = WrittenOff()
