"""What whoever runs the product watches: figures over all accounts, no person's data among them."""

from datetime import datetime
from typing import Protocol

import msgspec


class VitalSigns(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one moment. An age is 0 when there is nothing of the sort.

    `payments` counts by state those made in the last 24 hours and every older one whose money is not
    settled; `oldest_unsettled_seconds` is since the oldest unsettled one was made;
    `oldest_job_seconds` is since the most overdue job should have begun.

    `receipts` counts by state the fiscal receipts that are not registered; `oldest_receipt_seconds` is since
    the oldest of those that are still asked for was wanted; `payments_without_receipt` were paid over an hour
    and up to two days ago and have none.

    `cases_open` counts open cases by kind, `cases_late` those of them that were due before today and do not
    wait for their applicant; `cases_escalated` the open ones that staff were reminded of for the day they
    are due now.
    """

    payments: dict[str, int]
    oldest_unsettled_seconds: float
    jobs: dict[str, int]
    oldest_job_seconds: float
    provider_events_unread: int
    imports: dict[str, int]
    receipts: dict[str, int]
    oldest_receipt_seconds: float
    payments_without_receipt: int
    cases_open: dict[str, int]
    cases_late: dict[str, int]
    cases_escalated: int


class Vitals(Protocol):
    async def signs(self, at: datetime) -> VitalSigns:
        """All of them; may look at many rows: ask every few seconds at most."""

    async def oldest_job_seconds(self, at: datetime) -> float:
        """As in VitalSigns, cheaply."""

    async def migrations(self) -> frozenset[str]:
        """Names of the migrations that ran, "0001_frame.sql"."""
