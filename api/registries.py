"""Payment registries over the API: sent whole, kept first, judged by a job, told row by row."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Router, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, RawBody, SkipValidation
from litestar.response import Stream
from msgspec import Meta

from api.at_case import language
from api.downloads import XLSX, headers_of, pieces
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from api.registry_report import report
from api.registry_shapes import AgentOut, RegistryFaultOut, RegistryOut, RegistryRowOut
from domain.kernel.access import Actor, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.kernel.money import Money
from domain.kernel.sheets import Workbooks
from domain.payments.registries.agents import Code, PaymentAgents
from domain.payments.registries.entries import Expected
from domain.payments.registries.files import (
    FILE_MAX_BYTES,
    PaymentRegistries,
    RegistryCursor,
    RegistryState,
)
from domain.payments.registries.rows import RegistryRows, RowState
from services.payments.registries import RegistryService
from services.repeating import repeated

_REGISTRY = "/registries/{registry_id:uuid}"
_ERRORS = responses(401, 403, 404, 422)


@put(
    _REGISTRY,
    status_code=202,
    opt={"access": Scope.IMPORT},
    request_max_body_size=FILE_MAX_BYTES,
    responses=responses(401, 403, 404, 409, 413, 422, 503),
)
async def receive_registry(
    registry_id: FromPath[AccountId],
    body: RawBody,
    actor: NamedDependency[Actor],
    registry_service: NamedDependency[RegistryService],
    agent: FromQuery[Code],
    file_name: FromQuery[Annotated[str, Meta(min_length=1, max_length=200)]] = "registry",
    expect_rows: FromQuery[Annotated[int, Meta(ge=0)] | None] = None,
    expect_kopecks: FromQuery[Annotated[int, Meta(ge=0)] | None] = None,
) -> RegistryOut:
    """Send a registry: the body is the file itself, in its agent's layout. It is kept and judged by a job.

    The same file of the same agent is the registry that is known, with its own id; one in quarantine is
    judged anew. `expect_rows` and `expect_kopecks` are control totals from elsewhere.
    """
    expected = Expected(rows=expect_rows, amount=None if expect_kopecks is None else Money(expect_kopecks))
    kept = await repeated(
        lambda: registry_service.receive(
            registry_id,
            agent_code=agent,
            file_name=file_name,
            body=body,
            who=actor.name,
            expected=expected,
        )
    )
    return RegistryOut.of(kept)


@get("/registries", opt={"access": Scope.IMPORT}, responses=responses(401, 403, 422))
async def list_registries(
    payment_registries: NamedDependency[SkipValidation[PaymentRegistries]],
    registry_state: FromQuery[RegistryState | None] = None,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[RegistryOut]:
    """Registries that came, the newest first; of one state with `registry_state`."""
    before = end_of(cursor, RegistryCursor)
    found = await payment_registries.listed(registry_state, before=before, limit=limit)
    end = RegistryCursor(received_at=found[-1].received_at, registry_id=found[-1].id) if found else None
    return Page(
        items=[RegistryOut.of(one) for one in found], next=cursor_of(end) if len(found) == limit else None
    )


@get(_REGISTRY, opt={"access": Scope.IMPORT}, responses=_ERRORS)
async def get_registry(
    registry_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    payment_registries: NamedDependency[SkipValidation[PaymentRegistries]],
) -> RegistryOut:
    """Where a registry stands, what its rows came to, and the first hundred faults of a quarantined one."""
    registry = await payment_registries.by_id(registry_id)
    faults = await payment_registries.faults(registry_id, after=0, limit=100)
    said = [RegistryFaultOut.of(fault, language(request)) for _, fault in faults]
    return RegistryOut.of(registry, dict(await payment_registries.fates(registry_id)), said)


@get(f"{_REGISTRY}/rows", opt={"access": Scope.IMPORT}, responses=_ERRORS)
async def list_registry_rows(
    registry_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    payment_registries: NamedDependency[SkipValidation[PaymentRegistries]],
    registry_rows: NamedDependency[SkipValidation[RegistryRows]],
    row_state: FromQuery[RowState | None] = None,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[RegistryRowOut]:
    """The rows of an accepted registry in their order, each with its fate and why."""
    await payment_registries.by_id(registry_id)
    after = end_of(cursor, int) or 0
    rows = await registry_rows.page(registry_id, row_state, after=after, limit=limit)
    said = language(request)
    return Page(
        items=[RegistryRowOut.of(row, said) for row in rows],
        next=cursor_of(rows[-1].row_no) if len(rows) == limit else None,
    )


@get(f"{_REGISTRY}/faults", opt={"access": Scope.IMPORT}, responses=_ERRORS)
async def list_registry_faults(
    registry_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    payment_registries: NamedDependency[SkipValidation[PaymentRegistries]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[RegistryFaultOut]:
    """Why a registry stands in quarantine: every reason with its line, at most a thousand."""
    await payment_registries.by_id(registry_id)
    faults = await payment_registries.faults(registry_id, after=end_of(cursor, int) or 0, limit=limit)
    return Page(
        items=[RegistryFaultOut.of(fault, language(request)) for _, fault in faults],
        next=cursor_of(faults[-1][0]) if len(faults) == limit else None,
    )


@get(f"{_REGISTRY}/report.xlsx", opt={"access": Scope.IMPORT}, media_type=XLSX, responses=_ERRORS)
async def export_registry(
    registry_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    payment_registries: NamedDependency[SkipValidation[PaymentRegistries]],
    registry_rows: NamedDependency[SkipValidation[RegistryRows]],
    workbooks: NamedDependency[SkipValidation[Workbooks]],
) -> Stream:
    """The registry as .xlsx: its totals by fate, every row with its verdict, every fault."""
    sheets = await report(registry_id, payment_registries, registry_rows, language(request))
    file = await workbooks.write(sheets)
    return Stream(pieces(file), media_type=XLSX, headers=headers_of(f"registry-{registry_id}.xlsx"))


@get("/payment-agents", opt={"access": Scope.IMPORT}, responses=responses(401, 403))
async def list_agents(
    payment_agents: NamedDependency[SkipValidation[PaymentAgents]],
    now: NamedDependency[datetime],
    zone: NamedDependency[SkipValidation[Any]],
) -> list[AgentOut]:
    """Banks and agents who send registries, as their contracts stand today."""
    return [
        AgentOut(
            code=one.code,
            name=one.name,
            inn=one.inn,
            layout=one.layout_code,
            zone=one.zone,
            commission_basis_points=one.commission_basis_points,
            is_closed=one.closed,
        )
        for one in await payment_agents.all(business_day(now, zone))
    ]


registries = Router(
    "/",
    tags=["registries"],
    route_handlers=[
        receive_registry,
        list_registries,
        get_registry,
        list_registry_rows,
        list_registry_faults,
        export_registry,
        list_agents,
    ],
)
