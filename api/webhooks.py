"""Webhooks of a legal entity's contract: where its own system is told what happens."""

from datetime import datetime
from functools import partial
from typing import Annotated, Self
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from msgspec import Meta

from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from domain.accounts.accounts import Accounts
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId
from domain.webhooks.endpoints import Attempt, DeliveryState, DeliveryTold, Endpoint, EndpointId, Webhooks
from services.repeating import repeated
from services.webhooks.endpoints import WebhookService

_WEBHOOKS = "/accounts/{account_id:uuid}/webhooks"
_ONE = f"{_WEBHOOKS}/{{endpoint_id:uuid}}"
_MANAGE = {"access": Scope.MANAGE}


class WebhookIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: Annotated[str, Meta(min_length=8, max_length=500)]


class ReplayIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything from that number on."""

    from_number: Annotated[int, Meta(ge=1, le=2**53)]


class WebhookOut(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` is shown once, when it is made. `last_number` is that of the last event made for it;
    `failing_since` and `next_try_at` are there while it does not answer well."""

    id: EndpointId
    url: str
    made_at: datetime
    made_by: str
    last_number: int
    failing_since: datetime | None
    next_try_at: datetime | None
    secret: str | None = None

    @classmethod
    def of(cls, endpoint: Endpoint, secret: str | None = None) -> Self:
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            made_at=endpoint.made_at,
            made_by=endpoint.made_by,
            last_number=endpoint.last_no,
            failing_since=endpoint.failing_since,
            next_try_at=endpoint.next_try_at,
            secret=secret,
        )


class SecretOut(msgspec.Struct, frozen=True, kw_only=True):
    secret: str


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    count: int


class DeliveryOut(msgspec.Struct, frozen=True, kw_only=True):
    """One event for the webhook, with the latest attempts to bring it."""

    number: int
    event_id: UUID
    event: str
    state: DeliveryState
    made_at: datetime
    delivered_at: datetime | None
    attempts_count: int
    attempts: list[Attempt]

    @classmethod
    def of(cls, told: DeliveryTold) -> Self:
        one = told.delivery
        return cls(
            number=one.no,
            event_id=one.event_id,
            event=one.event,
            state=one.state,
            made_at=one.made_at,
            delivered_at=one.delivered_at,
            attempts_count=one.attempts,
            attempts=list(told.attempts),
        )


@put(
    _ONE,
    status_code=201,
    opt=_MANAGE,
    responses=responses(401, 403, 404, 409, 422, 503)
    | {200: ResponseSpec(WebhookOut, description="Registered before; the secret is not shown again")},
)
async def register_webhook(
    account_id: FromPath[AccountId],
    endpoint_id: FromPath[EndpointId],
    data: JSONBody[WebhookIn],
    access: NamedDependency[Access],
    webhook_service: NamedDependency[WebhookService],
) -> Response[WebhookOut]:
    """Register a webhook. You make the id (a UUID). The answer holds the secret that signs every call.

    Each public step of the contract's applications, claims and enquiries is sent there from now on, in
    order: see docs/webhooks.md.
    """
    endpoint, secret = await repeated(partial(webhook_service.register, access, endpoint_id, data.url))
    return Response(WebhookOut.of(endpoint, secret), status_code=201 if secret else 200)


@get(_WEBHOOKS, opt=_MANAGE, responses=responses(401, 403, 404))
async def list_webhooks(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    webhooks: NamedDependency[SkipValidation[Webhooks]],
) -> list[WebhookOut]:
    """The webhooks of the contract."""
    await accounts.card(access)
    return [WebhookOut.of(one) for one in await webhooks.of_account(access)]


@post(f"{_ONE}/secret", status_code=201, opt=_MANAGE, responses=responses(401, 403, 404, 503))
async def rotate_webhook_secret(
    account_id: FromPath[AccountId],
    endpoint_id: FromPath[EndpointId],
    access: NamedDependency[Access],
    webhook_service: NamedDependency[WebhookService],
) -> SecretOut:
    """A new secret. For a day every call is signed by the former one as well."""
    return SecretOut(secret=await repeated(partial(webhook_service.rotate, access, endpoint_id)))


@delete(_ONE, opt=_MANAGE, responses=responses(401, 403, 404, 503))
async def end_webhook(
    account_id: FromPath[AccountId],
    endpoint_id: FromPath[EndpointId],
    access: NamedDependency[Access],
    webhook_service: NamedDependency[WebhookService],
) -> None:
    """Send nothing there any more. The log of what was sent stays."""
    await repeated(partial(webhook_service.end, access, endpoint_id))


@get(f"{_ONE}/deliveries", opt=_MANAGE, responses=responses(401, 403, 404, 422))
async def list_deliveries(
    account_id: FromPath[AccountId],
    endpoint_id: FromPath[EndpointId],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    webhooks: NamedDependency[SkipValidation[Webhooks]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[DeliveryOut]:
    """What was sent or waits, the newest first, with each attempt: the receiver's status, or why none."""
    await accounts.card(access)
    before = end_of(cursor, int)
    found = await webhooks.deliveries(access, endpoint_id, before=before, limit=limit)
    return Page(
        items=[DeliveryOut.of(one) for one in found],
        next=cursor_of(found[-1].delivery.no) if len(found) == limit else None,
    )


@post(f"{_ONE}/replays", status_code=202, opt=_MANAGE, responses=responses(401, 403, 404, 422, 503))
async def replay_webhook(
    account_id: FromPath[AccountId],
    endpoint_id: FromPath[EndpointId],
    data: JSONBody[ReplayIn],
    access: NamedDependency[Access],
    webhook_service: NamedDependency[WebhookService],
) -> Replayed:
    """Send everything from a number on once more, in order, with the same ids."""
    replay = partial(webhook_service.replay, access, endpoint_id, data.from_number)
    return Replayed(count=await repeated(replay))


webhooks = Router(
    "/",
    tags=["webhooks"],
    route_handlers=[
        register_webhook,
        list_webhooks,
        rotate_webhook_secret,
        end_webhook,
        list_deliveries,
        replay_webhook,
    ],
)
