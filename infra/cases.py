"""Applications, claims and enquiries, put together."""

from dataclasses import dataclass

import asyncpg

from adapters.pdf.typesetting import TypstDocuments
from adapters.postgres.calendar_days import PostgresCalendar
from adapters.postgres.cases.cases import PostgresCases
from adapters.postgres.cases.drafts import PostgresDrafts
from adapters.postgres.cases.overview import PostgresCaseOverview
from adapters.postgres.cases.watching import PostgresCaseWatch
from api import case_words
from api.texts import DEFAULT
from domain.cases.states import CaseState
from infra.refunds import words
from infra.small_tables import opened
from services.cases.answering import CaseAnswers
from services.cases.awaiting import PaperAwaiting
from services.cases.deciding import CaseDeciding
from services.cases.desk import CaseDesk
from services.cases.drafts import DraftService
from services.cases.escalating import CaseEscalation
from services.cases.filing import CaseFiling
from services.cases.following import CaseFollowing
from services.cases.many_claims import ManyClaims
from services.cases.two_people import CaseDecisions
from services.people.rights import asking
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class CaseServices:
    """What handlers ask for by the names of these fields, and what jobs need."""

    case_filing: CaseFiling
    case_deciding: CaseDeciding
    case_desk: CaseDesk
    case_decisions: CaseDecisions
    case_escalation: CaseEscalation
    paper_awaiting: PaperAwaiting
    case_answers: CaseAnswers
    case_following: CaseFollowing
    case_overview: PostgresCaseOverview
    draft_service: DraftService
    many_claims: ManyClaims
    cases: PostgresCases
    case_drafts: PostgresDrafts
    calendar: PostgresCalendar


def _state(state: CaseState) -> str:
    return case_words.state(state, DEFAULT)


def wired(sessions: SessionService, pool: asyncpg.Pool) -> CaseServices:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    deciding = CaseDeciding(transaction, now, zone, words)
    filing = CaseFiling(transaction, zone, words)
    return CaseServices(
        case_filing=filing,
        case_deciding=deciding,
        case_desk=CaseDesk(transaction, deciding),
        case_decisions=CaseDecisions(transaction, deciding, now, zone, asking(now, sessions.new_id, zone)),
        case_escalation=CaseEscalation(transaction, now, zone),
        paper_awaiting=PaperAwaiting(transaction, deciding, now, zone, words),
        case_answers=CaseAnswers(transaction, TypstDocuments(), words, _state, zone),
        case_following=CaseFollowing(PostgresCaseWatch(pool), now),
        case_overview=PostgresCaseOverview(pool),
        draft_service=DraftService(transaction),
        many_claims=ManyClaims(transaction, filing, opened),
        cases=PostgresCases(pool),
        case_drafts=PostgresDrafts(pool),
        calendar=PostgresCalendar(pool),
    )
