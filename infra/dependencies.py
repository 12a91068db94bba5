"""What handlers ask for by name, and where in the container it stands."""

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any

from litestar.datastructures import State
from litestar.di import Provide

from adapters.postgres.terms import PostgresTerms
from adapters.qr import images
from api.browser import SessionCookie
from api.system import Watch
from infra.container import Container
from services.cases.reading import CaseReading

# Group of the container ("" is the container itself) -> its parts that handlers use.
PARTS: dict[str, tuple[str, ...]] = {
    "": (
        "session_service",
        "membership_service",
        "passkey_service",
        "identity_service",
        "system_service",
        "power_service",
        "powers",
        "payment_start",
        "payment_settlement",
        "payment_codes",
        "accounts",
        "payments",
        "suppliers",
        "import_service",
        "method_health",
        "zone",
        "notice_allowed",
    ),
    "by_code": ("sign_up_service", "recovery_service", "contact_service", "own_sessions", "code_delivery"),
    "files_of_readings": ("reading_file_service", "reading_files"),
    "of_staff": ("second_factor_service", "staff_administration", "staff_passwords", "approval_service"),
    "sharing": ("delegation_service", "account_changes", "delegations", "invitations"),
    "metering": ("meters", "cost_service"),
    "of_readings": ("reading_service", "insistence_service", "decision_service", "readings", "files"),
    "mail_in": ("letter_office", "sender_service", "senders"),
    "notices": ("notice_log", "notice_templates", "preference_service"),
    "personal_data": (
        "consent_service",
        "erasure_service",
        "export_service",
        "record_service",
        "view_log",
        "workbooks",
    ),
    "of_refunds": ("refund_service", "refunds", "money_traces"),
    "attaching": ("attachment_service", "attachments", "long_files"),
    "of_cases": (
        "case_filing",
        "case_deciding",
        "draft_service",
        "many_claims",
        "cases",
        "case_drafts",
        "calendar",
        "case_desk",
        "case_decisions",
        "case_overview",
        "case_answers",
        "case_following",
    ),
    "of_visits": ("visit_service", "act_service", "visits"),
    "of_webhooks": ("webhook_service", "webhooks"),
}


def dependencies() -> dict[str, Provide]:
    parts = {
        name: Provide(_part(f"{group}.{name}" if group else name), sync_to_thread=False)
        for group, names in PARTS.items()
        for name in names
    }
    return parts | {
        "now": Provide(_now, sync_to_thread=False),
        "terms": Provide(_terms, sync_to_thread=False),
        "case_reading": Provide(_case_reading, sync_to_thread=False),
        "watch": Provide(_watch, sync_to_thread=False),
        "session_cookie": Provide(_session_cookie, sync_to_thread=False),
        "code_images": Provide(lambda: images, sync_to_thread=False),
    }


def _part(path: str) -> Callable[[State], Any]:
    get = attrgetter(path)

    def provide(state: State) -> Any:
        return get(state.container)

    return provide


def _now(state: State) -> datetime:
    container: Container = state.container
    return container.now()


def _terms(state: State) -> PostgresTerms:
    container: Container = state.container
    return PostgresTerms(container.pool, container.transaction.terms, container.now())


def _case_reading(state: State) -> CaseReading:
    of_cases = state.container.of_cases
    return CaseReading(of_cases.cases, _terms(state), of_cases.calendar, state.container.zone)


def _session_cookie(state: State) -> SessionCookie:
    cookie: SessionCookie = state.session_cookie
    return cookie


def _watch(state: State) -> Watch:
    watch: Watch = state.watch
    return watch
