"""The cost of a reading that was sent, by what became of it."""

from datetime import UTC
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.accounts.accounts import AccountKind
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId
from domain.readings import cost
from domain.readings.cost import Basis, Price, PriceList
from domain.readings.readings import ReadingState
from services.readings.cost import CostService
from tests.unit.test_reading_judging import AT, JUDGE, THREE, TODAY, submission

ACCESS = Access(actor=JUDGE.actor, account_id=AccountId(UUID(int=2)), scope=Scope.SEE, at=AT)


class OnePrice:
    async def basis(self, access, meter, day, period):
        prices = PriceList(valid_from=TODAY, prices=(Price(price=Decimal(5)),))
        return Basis(kind=AccountKind.UNIFIED, prices=prices)


@pytest.mark.parametrize(
    ("state", "operator_since", "why"),
    [
        (ReadingState.ACCEPTED_WITH_WARNING, None, None),
        (ReadingState.NEEDS_CONFIRMATION, None, cost.UNCONFIRMED),
        (ReadingState.NEEDS_CONFIRMATION, AT, None),
        (ReadingState.REFUSED, None, cost.NOTHING_USED),
    ],
)
async def test_figures_that_their_sender_is_to_look_at_first_have_no_cost(state, operator_since, why):
    reading = JUDGE.judged(submission({"day": 4100}), THREE, {}).reading
    [value] = reading.values
    told = replace(value, state=state, operator_since=operator_since, consumption=Decimal(100))
    costs = CostService(OnePrice(), lambda: AT, UTC)
    found = await costs.of_reading(ACCESS, THREE, replace(reading, values=(told,)))
    assert (found.why_not.text if found.why_not else None) == why
    assert (found.total is None) is (why is not None)
