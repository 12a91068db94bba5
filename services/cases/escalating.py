"""Before a deadline passes somebody is told: a step in the case, for staff only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from domain.cases import moves
from domain.cases.clock import Deadlines
from domain.cases.overview import EscalateCases
from domain.cases.steps import StepBy
from domain.kernel.access import OURSELVES
from domain.kernel.calendar import business_day
from domain.store import Transaction
from services.cases.keeping import keep

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class CaseEscalation:
    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo

    async def escalate(self, job: EscalateCases) -> None:
        """Safe to repeat: a case is escalated once per due day, and once per day to name hours by."""
        at = self.now()
        today = business_day(at, self.zone)
        async with self.transaction() as store:
            terms = await store.terms.at(Deadlines, today)
            due_by = today + timedelta(days=terms.escalate_before_days)
            found = await store.case_overview.to_escalate(due_by, AT_ONCE)
        for account_id, case_id, day in found:
            async with self.transaction() as store:
                case = await store.cases.locked(account_id, case_id)
                if not moves.is_open(case) or case.is_paused or day not in (case.due_on, case.agree_on):
                    continue
                moved = moves.escalated(case, StepBy.of(OURSELVES), at, day)
                await keep(store, case, [moved], at, self.zone)
