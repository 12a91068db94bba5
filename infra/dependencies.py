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
        "system_service",
        "payment_start",
        "payment_settlement",
        "payment_codes",
        "payment_following",
        "accounts",
        "payments",
        "suppliers",
        "import_service",
        "method_health",
        "zone",
        "notice_allowed",
    ),
    "by_code": ("sign_up_service", "recovery_service", "contact_service", "own_sessions", "code_delivery"),
    "by_other_sign_ins": ("passkey_service", "identity_service"),
    "of_powers": ("power_service", "powers"),
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
    "of_terminals": ("terminal_desk",),
    "of_guests": ("guest_desk",),
    "of_plates": ("plate_desk",),
    "of_proofs": ("payment_proofs", "roots", "root_signer"),
    "of_searching": ("account_searching",),
    "of_penalties": ("penalty_reading", "penalty_setting"),
    "of_bills": ("bills", "bill_documents", "bill_checking", "account_papers"),
    "of_registries": (
        "registry_service",
        "suspense_service",
        "payment_registries",
        "payment_agents",
        "registry_rows",
        "suspense",
    ),
    "of_autopay": ("autopay_service", "method_saving", "autopay_links"),
    "of_receipts": ("receipt_making", "receipt_sending", "receipts"),
    "of_telling_suppliers": ("supplier_telling", "supplier_registries"),
    "of_reconciliation": ("reconciling", "reconciliations"),
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


class Provided(Provide):
    """Litestar compares every dependency of every route with every other one, field by field: a third of an
    application's making. Ours are each made once: that one is another is seen by its address."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__


def dependencies() -> dict[str, Provide]:
    parts = {
        name: Provided(_part(f"{group}.{name}" if group else name), sync_to_thread=False)
        for group, names in PARTS.items()
        for name in names
    }
    return parts | {
        "now": Provided(_now, sync_to_thread=False),
        "terms": Provided(_terms, sync_to_thread=False),
        "case_reading": Provided(_case_reading, sync_to_thread=False),
        "watch": Provided(_watch, sync_to_thread=False),
        "session_cookie": Provide(_session_cookie, sync_to_thread=False),
        "code_images": Provided(lambda: images, sync_to_thread=False),
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
