"""Everything about a person's own data, put together: consents, copies, erasure, retention, views."""

from dataclasses import dataclass

import asyncpg

from adapters.postgres.accounts import PostgresAccounts
from adapters.postgres.cases.attachments import PostgresAttachments
from adapters.postgres.cases.cases import PostgresCases
from adapters.postgres.cases.drafts import PostgresDrafts
from adapters.postgres.cases.visits import PostgresVisits
from adapters.postgres.mail.own_letters import PostgresOwnLetters
from adapters.postgres.notices.log import PostgresNoticeLog
from adapters.postgres.payments import PostgresPayments
from adapters.postgres.people.my_data import PostgresMyData
from adapters.postgres.people.needed_documents import RememberedNeededDocuments
from adapters.postgres.people.view_log import PostgresViewLog
from adapters.postgres.readings.copies import PostgresReadingCopies
from adapters.postgres.readings.files import PostgresReadingFiles
from adapters.postgres.readings.meters import PostgresMeters
from adapters.postgres.webhooks.webhooks import PostgresWebhooks
from adapters.tables.workbooks import OpenpyxlWorkbooks
from services.people.consents import ConsentService
from services.people.erasure import ErasureService
from services.people.export import ExportService
from services.people.records import RecordService
from services.people.retention import RetentionService
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What handlers ask for by the names of these fields, and what jobs need."""

    consent_service: ConsentService
    erasure_service: ErasureService
    export_service: ExportService
    record_service: RecordService
    retention_service: RetentionService
    view_log: PostgresViewLog
    workbooks: OpenpyxlWorkbooks


def wired(sessions: SessionService, pool: asyncpg.Pool) -> PersonalData:
    """On the transaction, the clock and the passwords of `sessions`; what only reads, on the pool."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    view_log = PostgresViewLog(pool)
    return PersonalData(
        consent_service=ConsentService(
            transaction,
            RememberedNeededDocuments(pool, now),
            sessions.presences,
            now,
            sessions.new_id,
            zone,
        ),
        erasure_service=ErasureService(
            transaction, sessions.passwords, sessions.presences, now, sessions.new_id, zone
        ),
        export_service=ExportService(
            transaction,
            PostgresMyData(pool),
            PostgresAccounts(pool),
            PostgresPayments(pool),
            view_log,
            PostgresNoticeLog(pool),
            now,
        ),
        record_service=RecordService(
            PostgresAccounts(pool),
            PostgresMeters(pool),
            PostgresReadingCopies(pool),
            PostgresReadingFiles(pool),
            PostgresOwnLetters(pool),
            PostgresCases(pool),
            PostgresDrafts(pool),
            PostgresAttachments(pool),
            PostgresVisits(pool),
            PostgresWebhooks(pool),
            now,
        ),
        retention_service=RetentionService(transaction, now, zone),
        view_log=view_log,
        workbooks=OpenpyxlWorkbooks(zone),
    )
