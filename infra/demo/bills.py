"""Bills of the demo people, as if each month's had been issued on the third of the next."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, time

from domain.kernel.calendar import first_day, next_period
from domain.kernel.ids import AccountId
from infra.container import Container
from infra.demo.households import PERIODS
from services.bills.issuing import MonthNotOver

_ISSUED_ON_DAY = 3
_ISSUED_AT = time(6, tzinfo=UTC)


async def add_bills(container: Container, accounts: Sequence[AccountId]) -> None:
    """Three months of a few accounts; everybody's are issued by `kabinet bills issue`."""
    issuing = container.of_bills.bill_issuing
    for period in PERIODS:
        day = first_day(next_period(period)).replace(day=_ISSUED_ON_DAY)
        with suppress(MonthNotOver):  # a demo that is run before its months have passed
            common = await issuing.common(period)
            at = datetime.combine(day, _ISSUED_AT)
            await issuing.issue(accounts, common, at)
