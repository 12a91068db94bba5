"""The web application: routes, dependencies, errors and the API description."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

import asyncpg
from litestar import Litestar, Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import License
from litestar.static_files import create_static_files_router
from litestar.types import Guard

import api
from adapters.postgres.store import CONNECTION_LOST
from adapters.postgres.terms import PostgresTerms
from adapters.postgres.vitals import PostgresVitals
from adapters.qr import images
from api import description, identity, problems
from api.account_changes import account_changes
from api.accounts import accounts
from api.approvals import approvals
from api.attachments import attachments
from api.case_drafts import case_drafts
from api.case_events import case_events
from api.case_export import case_export
from api.case_kinds import case_kinds
from api.case_moves import case_moves
from api.cases import cases
from api.claim_files import claim_files
from api.codes import codes
from api.consents import consents
from api.contacts import contacts
from api.delegation import delegation
from api.identity_providers import identity_providers
from api.imports import imports
from api.mail import mail
from api.mail_senders import mail_senders
from api.meters import meters
from api.my_data import my_data
from api.notice_preferences import notice_preferences
from api.notice_stops import notice_stops
from api.notices import notices
from api.office_cases import office_cases
from api.office_decisions import office_decisions
from api.office_visits import office_visits
from api.own_sessions import sessions
from api.passkeys import passkeys
from api.payment_methods import payment_methods
from api.payment_searches import payment_searches
from api.payments import payments
from api.people import people
from api.powers import powers
from api.provider_events import provider_events
from api.reading_decisions import reading_decisions
from api.reading_files import reading_files
from api.readings import readings
from api.refunds import refunds
from api.second_factor import second_factor
from api.sign_ups import sign_ups
from api.staff import staff
from api.staff_passwords import staff_passwords
from api.system import Watch, system
from api.systems import systems
from api.views import views
from api.visits import visits
from api.webhooks import webhooks
from domain.kernel.errors import Unavailable
from infra import migrate
from infra.container import Container, open_container
from infra.settings import load
from services.cases.reading import CaseReading

STATIC = Path(api.__file__).parent / "static"
BODY_MAX_BYTES = 1_048_576
RESOURCES = [
    people,
    sign_ups,
    sessions,
    passkeys,
    identity_providers,
    second_factor,
    contacts,
    notices,
    notice_preferences,
    notice_stops,
    consents,
    my_data,
    views,
    systems,
    staff,
    staff_passwords,
    approvals,
    accounts,
    account_changes,
    meters,
    delegation,
    powers,
    codes,
    payment_methods,
    payments,
    provider_events,
    refunds,
    payment_searches,
    imports,
    reading_files,
    readings,
    reading_decisions,
    mail,
    mail_senders,
    case_kinds,
    cases,
    case_moves,
    case_events,
    case_drafts,
    attachments,
    office_cases,
    office_decisions,
    webhooks,
    case_export,
    claim_files,
    visits,
    office_visits,
]
_SWAGGER = "/static/swagger-ui"
_DESCRIPTION = """
The self-service account of an electricity supplier's customers: accounts, charges, payments.

Sums are whole kopecks (`{"kopecks": 125050}`), times RFC 3339. Ids are UUIDs; whoever creates makes
the id, so that a request can be repeated after any doubt. Errors are RFC 9457 problem details with a
stable `code`. Lists are paged by `cursor`. Texts are Russian, or English by Accept-Language.
"""


def create(container: Container | None = None) -> Litestar:
    """The application. Without a container it opens its own from the environment's settings."""

    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncIterator[None]:
        if container is not None:
            yield
            return
        async with open_container(load()) as own:
            install(app.state, own)
            yield

    app = Litestar(
        route_handlers=[
            Router("/api/v1", route_handlers=RESOURCES),
            system,
            _static(),
        ],
        lifespan=[opened],
        guards=[_pass_gate],
        dependencies=identity.DEPENDENCIES | _dependencies(),
        exception_handlers=_error_handlers(),
        request_max_body_size=BODY_MAX_BYTES,
        openapi_config=_description(),
        logging_config=None,
    )
    description.finish(app)
    _take_dependencies_in_turn(app)
    if container is not None:
        install(app.state, container)
    return app


def _static() -> Router:
    return create_static_files_router(
        "/static",
        [STATIC],
        opt={"access": identity.Entry.OPEN},
        cache_control=CacheControlHeader(public=True, max_age=86400),
    )


def _take_dependencies_in_turn(app: Litestar) -> None:
    """Litestar takes dependencies of one level at the same time, in a group of tasks. Ours are values at
    hand: such a group took longer than all the rest of a request but its query.

    The framework offers no public way. tests/architecture/test_litestar_internals.py tells when this no
    longer does what it says.
    """
    for route in app.routes:
        for _, model in getattr(route, "route_handler_map", {}).values():
            model.dependency_batches = [{one} for batch in model.dependency_batches for one in batch]


def gate_of(container: Container) -> Guard:
    """The guard of every route."""
    return identity.gate(
        container.session_service,
        container.membership_service,
        container.system_service,
        container.power_service,
        container.personal_data.consent_service,
        container.now,
    )


def install(state: State, container: Container) -> None:
    """What the handlers of one application reach. Routes are dear to make; a container is not."""
    state.container = container
    state.gate = gate_of(container)
    state.watch = Watch(
        vitals=PostgresVitals(container.pool),
        now=container.now,
        migrations=frozenset(migration.name for migration in migrate.read()),
        jobs_late_seconds=container.settings.jobs_late_seconds,
        metrics_token=container.settings.metrics_token,
    )


async def _pass_gate(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    await connection.app.state.gate(connection, handler)


def _dependencies() -> dict[str, Provide]:
    """What handlers ask for by name."""
    of_container = {
        name: Provide(_part(name), sync_to_thread=False)
        for name in (
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
        )
    }
    by_code = {
        name: Provide(_part(f"by_code.{name}"), sync_to_thread=False)
        for name in (
            "sign_up_service",
            "recovery_service",
            "contact_service",
            "own_sessions",
            "code_delivery",
        )
    }
    files_of_readings = {
        name: Provide(_part(f"files_of_readings.{name}"), sync_to_thread=False)
        for name in ("reading_file_service", "reading_files")
    }
    of_staff = {
        name: Provide(_part(f"of_staff.{name}"), sync_to_thread=False)
        for name in ("second_factor_service", "staff_administration", "staff_passwords", "approval_service")
    }
    sharing = {
        name: Provide(_part(f"sharing.{name}"), sync_to_thread=False)
        for name in ("delegation_service", "account_changes", "delegations", "invitations")
    }
    metering = {
        name: Provide(_part(f"metering.{name}"), sync_to_thread=False) for name in ("meters", "cost_service")
    }
    of_readings = {
        name: Provide(_part(f"of_readings.{name}"), sync_to_thread=False)
        for name in ("reading_service", "insistence_service", "decision_service", "readings", "files")
    }
    of_mail = {
        name: Provide(_part(f"mail_in.{name}"), sync_to_thread=False)
        for name in ("letter_office", "sender_service", "senders")
    }
    of_notices = {
        name: Provide(_part(f"notices.{name}"), sync_to_thread=False)
        for name in ("notice_log", "notice_templates", "preference_service")
    }
    personal_data = {
        name: Provide(_part(f"personal_data.{name}"), sync_to_thread=False)
        for name in (
            *("consent_service", "erasure_service", "export_service", "record_service"),
            *("view_log", "workbooks"),
        )
    }
    of_refunds = {
        name: Provide(_part(f"of_refunds.{name}"), sync_to_thread=False)
        for name in ("refund_service", "refunds", "money_traces")
    }
    of_attaching = {
        name: Provide(_part(f"attaching.{name}"), sync_to_thread=False)
        for name in ("attachment_service", "attachments", "long_files")
    }
    of_cases = {
        name: Provide(_part(f"of_cases.{name}"), sync_to_thread=False)
        for name in (
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
        )
    }
    of_visits = {
        name: Provide(_part(f"of_visits.{name}"), sync_to_thread=False)
        for name in ("visit_service", "act_service", "visits")
    }
    of_webhooks = {
        name: Provide(_part(f"of_webhooks.{name}"), sync_to_thread=False)
        for name in ("webhook_service", "webhooks")
    }
    return (
        of_container
        | by_code
        | files_of_readings
        | of_staff
        | personal_data
        | sharing
        | metering
        | of_readings
        | of_cases
        | of_attaching
        | of_visits
        | of_refunds
        | of_notices
        | of_webhooks
        | of_mail
        | {
            "now": Provide(_now, sync_to_thread=False),
            "terms": Provide(_terms, sync_to_thread=False),
            "case_reading": Provide(_case_reading, sync_to_thread=False),
            "watch": Provide(_watch, sync_to_thread=False),
            "code_images": Provide(lambda: images, sync_to_thread=False),
        }
    )


def _part(name: str) -> Callable[[State], Any]:
    get = attrgetter(name)

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


def _watch(state: State) -> Watch:
    watch: Watch = state.watch
    return watch


def _error_handlers() -> dict[int | type[Exception], Callable[..., Any]]:
    def unavailable(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        return problems.refused(request, Unavailable())

    handlers: dict[int | type[Exception], Callable[..., Any]] = {}
    handlers.update(problems.HANDLERS.items())
    for error in (*CONNECTION_LOST, asyncpg.QueryCanceledError):
        handlers[error] = unavailable
    return handlers


def _description() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Kabinet",
        version="1",
        description=_DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=identity.SECURITY,
        security=[{"session": []}, {"key": []}],
        use_handler_docstrings=True,
        path="/schema",
        render_plugins=[
            SwaggerRenderPlugin(
                path="/",
                js_url=f"{_SWAGGER}/swagger-ui-bundle.js",
                css_url=f"{_SWAGGER}/swagger-ui.css",
                standalone_preset_js_url=f"{_SWAGGER}/swagger-ui-standalone-preset.js",
                favicon=f'<link rel="icon" type="image/png" href="{_SWAGGER}/favicon-32x32.png">',
            )
        ],
    )
