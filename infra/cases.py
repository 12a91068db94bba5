"""Applications, claims and enquiries, put together."""

from dataclasses import dataclass

import asyncpg

from adapters.postgres.calendar_days import PostgresCalendar
from adapters.postgres.cases.cases import PostgresCases
from adapters.postgres.cases.drafts import PostgresDrafts
from adapters.postgres.cases.overview import PostgresCaseOverview
from infra.refunds import words
from services.cases.deciding import CaseDeciding
from services.cases.desk import CaseDesk
from services.cases.drafts import DraftService
from services.cases.escalating import CaseEscalation
from services.cases.filing import CaseFiling
from services.cases.two_people import CaseDecisions
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class CaseServices:
    """What handlers ask for by the names of these fields, and what jobs need."""

    case_filing: CaseFiling
    case_deciding: CaseDeciding
    case_desk: CaseDesk
    case_decisions: CaseDecisions
    case_escalation: CaseEscalation
    case_overview: PostgresCaseOverview
    draft_service: DraftService
    cases: PostgresCases
    case_drafts: PostgresDrafts
    calendar: PostgresCalendar


def wired(sessions: SessionService, pool: asyncpg.Pool) -> CaseServices:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    deciding = CaseDeciding(transaction, now, zone)
    return CaseServices(
        case_filing=CaseFiling(transaction, zone, words),
        case_deciding=deciding,
        case_desk=CaseDesk(transaction, deciding),
        case_decisions=CaseDecisions(transaction, deciding, now, sessions.new_id, zone),
        case_escalation=CaseEscalation(transaction, now, zone),
        case_overview=PostgresCaseOverview(pool),
        draft_service=DraftService(transaction),
        cases=PostgresCases(pool),
        case_drafts=PostgresDrafts(pool),
        calendar=PostgresCalendar(pool),
    )
