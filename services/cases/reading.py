"""Telling a case: its story and its open clock."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import NamedTuple

from domain.cases.cases import CaseNotFound, Cases, CaseView, Family
from domain.cases.clock import Clock
from domain.kernel.access import Access
from domain.kernel.ids import CaseId
from domain.kernel.terms import Terms
from domain.kernel.working_days import Calendar
from services.cases.keeping import clock_of


class Told(NamedTuple):
    view: CaseView
    clock: Clock


@dataclass(frozen=True, slots=True)
class CaseReading:
    cases: Cases
    terms: Terms
    calendar: Calendar
    zone: tzinfo

    async def told(self, access: Access, case_id: CaseId, family: Family | None = None) -> Told:
        """CaseNotFound, also when it is of another family. Whoever may act on a case may see it."""
        view = await self.cases.view(access, case_id)
        if family not in (None, view.case.family):
            raise CaseNotFound
        clock = await clock_of(self.terms, self.calendar, view.case, view.steps, self.zone, access.at)
        return Told(view, clock)
