"""Notices and reminders, put together."""

import hmac
from dataclasses import dataclass

import asyncpg

from adapters.postgres.notices.log import PostgresNoticeLog
from adapters.templates.rendering import JinjaTemplates
from domain.kernel.ids import AccountId
from domain.kernel.letters import Mail
from domain.notices.kinds.case_step import CaseStep
from domain.notices.kinds.reading_reminder import ReadingReminder
from domain.notices.stopping import Stop
from domain.notices.writing import Links
from infra.answer_papers import AnswerPapers
from infra.autopay import autopay_stop_key
from infra.settings import Settings
from services.notices.added_accounts import AddedAccountNotices
from services.notices.autopay import AutopayNotices
from services.notices.bills import BillNotices
from services.notices.bounces import BounceMarking
from services.notices.cases import CaseNotices
from services.notices.moved_money import MovedMoneyNotices
from services.notices.payments import PaymentNotices
from services.notices.preferences import PreferenceService
from services.notices.queueing import NoticeQueue
from services.notices.reminding import ReminderService
from services.notices.sending import NoticeSending
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class Notices:
    """What handlers ask for by the names of these fields, and what jobs and commands need."""

    notice_sending: NoticeSending
    notice_log: PostgresNoticeLog
    notice_templates: JinjaTemplates
    preference_service: PreferenceService
    reminder_service: ReminderService
    payment_notices: PaymentNotices
    case_notices: CaseNotices
    bill_notices: BillNotices
    autopay_notices: AutopayNotices
    moved_money_notices: MovedMoneyNotices
    added_account_notices: AddedAccountNotices
    bounce_marking: BounceMarking


def wired(
    sessions: SessionService, pool: asyncpg.Pool, mail: Mail, settings: Settings, papers: AnswerPapers
) -> Notices:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, new_id, zone = sessions.transaction, sessions.now, sessions.new_id, sessions.zone
    key, previous = _stop_key(settings.secret_key), settings.secret_key_previous
    queue = NoticeQueue(now, new_id, zone, settings.notices_per_second)
    templates = JinjaTemplates()
    reminders = ReminderService(transaction, queue, now, new_id, zone)

    def links(stop: Stop, account_id: AccountId | None) -> Links:
        root = settings.public_url.rstrip("/")
        return Links(
            cabinet=f"{root}/",
            account=f"{root}/accounts/{account_id}/" if account_id else f"{root}/",
            stop=f"{root}/api/v1/notice-stops/{stop.token(key)}",
        )

    return Notices(
        notice_sending=NoticeSending(
            transaction=transaction,
            mail=mail,
            templates=templates,
            queue=queue,
            still_due={ReadingReminder: reminders.still_due},
            links=links,
            mail_domain=settings.smtp_from.rpartition("@")[2],
            enclosed={CaseStep: papers.enclosed},
        ),
        notice_log=PostgresNoticeLog(pool),
        notice_templates=templates,
        preference_service=PreferenceService(
            transaction, now, zone, key, _stop_key(previous) if previous else None
        ),
        reminder_service=reminders,
        payment_notices=PaymentNotices(transaction, queue, now),
        case_notices=CaseNotices(transaction, queue, now),
        bill_notices=BillNotices(transaction, queue, now),
        autopay_notices=AutopayNotices(transaction, queue, now, autopay_stop_key(settings.secret_key)),
        moved_money_notices=MovedMoneyNotices(transaction, queue, now),
        added_account_notices=AddedAccountNotices(transaction, queue, now),
        bounce_marking=BounceMarking(transaction, now),
    )


def _stop_key(secret_key: str) -> bytes:
    """A key of its own: what is signed for one purpose must not open another."""
    return hmac.digest(secret_key.encode(), b"notices.stop-links", "sha256")
