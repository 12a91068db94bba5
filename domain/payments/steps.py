"""What entries of the timelines of refunds and receipts have in common."""

from datetime import datetime

import msgspec

from domain.kernel.ids import StaffId


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """When a step was taken, by whom of the staff (None: by nobody), and in which words."""

    at: datetime
    by_id: StaffId | None = None
    note: str | None = None
