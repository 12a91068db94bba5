"""A contract's webhooks: where the company's own system is told, what was brought, sending it again."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, SkipValidation
from msgspec import Meta

from api.pages.own_rights import to_own_rights
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.paging import cursor_of, end_of
from api.problems import status_of
from api.webhooks import DeliveryOut, WebhookOut
from domain.accounts.accounts import AccountNotFound, Accounts
from domain.kernel.access import Access, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId
from domain.webhooks.endpoints import EndpointId, EndpointNotFound, Webhooks
from services.people.delegation import DelegationService
from services.repeating import repeated
from services.webhooks.endpoints import WebhookService

_WEBHOOKS = "/accounts/{account_id:uuid}/webhooks"
_ONE = f"{_WEBHOOKS}/{{endpoint_id:uuid}}"
_MANAGE = {"access": Scope.MANAGE}
_LATEST = 30


class WebhookForm(msgspec.Struct, frozen=True):
    url: Annotated[str, Meta(max_length=500)]


class ReplayForm(msgspec.Struct, frozen=True):
    from_number: Annotated[int, Meta(ge=1, le=2**53)]


@get(_WEBHOOKS, opt=_MANAGE)
async def show_webhooks(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    webhooks: NamedDependency[SkipValidation[Webhooks]],
    delegation_service: NamedDependency[DelegationService],
) -> Response[Any]:
    try:
        return await _listed(request, access, accounts, webhooks)
    except AccountNotFound:
        return await to_own_rights(delegation_service, access)


@post(f"{_WEBHOOKS}/new/{{endpoint_id:uuid}}", opt=_MANAGE, status_code=200)
async def add_webhook(
    account_id: FromPath[AccountId],
    endpoint_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    data: Annotated[WebhookForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    webhooks: NamedDependency[SkipValidation[Webhooks]],
    webhook_service: NamedDependency[WebhookService],
) -> Response[str]:
    """The secret that signs every call is shown once, on the page this gives."""
    register = partial(webhook_service.register, access, EndpointId(endpoint_id), data.url.strip())
    try:
        _, secret = await repeated(register)
    except Refusal as refusal:
        return await _listed(request, access, accounts, webhooks, data.url, refusal)
    return await _listed(request, access, accounts, webhooks, secret=secret)


@get(_ONE, opt=_MANAGE)
async def show_webhook(
    account_id: FromPath[AccountId],
    endpoint_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    webhooks: NamedDependency[SkipValidation[Webhooks]],
) -> Response[str]:
    """What was brought and what waits, the newest first."""
    return await _one(request, access, webhooks, EndpointId(endpoint_id))


@post(f"{_ONE}/secret", opt=_MANAGE, status_code=200)
async def rotate_secret(
    account_id: FromPath[AccountId],
    endpoint_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    webhooks: NamedDependency[SkipValidation[Webhooks]],
    webhook_service: NamedDependency[WebhookService],
) -> Response[str]:
    secret = await repeated(partial(webhook_service.rotate, access, EndpointId(endpoint_id)))
    return await _one(request, access, webhooks, EndpointId(endpoint_id), secret)


@post(f"{_ONE}/replays", opt=_MANAGE)
async def replay(
    account_id: FromPath[AccountId],
    endpoint_id: FromPath[UUID],
    data: Annotated[ReplayForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    webhook_service: NamedDependency[WebhookService],
) -> Response[None]:
    again = partial(webhook_service.replay, access, EndpointId(endpoint_id), data.from_number)
    count = await repeated(again)
    return see_other(f"/accounts/{account_id}/webhooks/{endpoint_id}?replayed={count}")


@post(f"{_ONE}/end", opt=_MANAGE)
async def end_webhook(
    account_id: FromPath[AccountId],
    endpoint_id: FromPath[UUID],
    access: NamedDependency[Access],
    webhook_service: NamedDependency[WebhookService],
) -> Response[None]:
    await repeated(partial(webhook_service.end, access, EndpointId(endpoint_id)))
    return see_other(f"/accounts/{account_id}/webhooks")


async def _listed(
    request: Request[Any, Any, Any],
    access: Access,
    accounts: Accounts,
    webhooks: Webhooks,
    url: str = "",
    refusal: Refusal | None = None,
    secret: str | None = None,
) -> Response[str]:
    return page(
        request,
        "webhooks.html",
        status=status_of(refusal) if refusal else 200,
        account_id=access.account_id,
        section="me",
        account=(await accounts.card(access)).account,
        webhooks=[WebhookOut.of(one) for one in await webhooks.of_account(access)],
        endpoint_id=uuid4(),
        url=url,
        secret=secret,
        refusal=in_words(request, refusal) if refusal else None,
    )


async def _one(
    request: Request[Any, Any, Any],
    access: Access,
    webhooks: Webhooks,
    endpoint_id: EndpointId,
    secret: str | None = None,
) -> Response[str]:
    every = [WebhookOut.of(one) for one in await webhooks.of_account(access)]
    webhook = next((one for one in every if one.id == endpoint_id), None)
    if webhook is None:
        raise EndpointNotFound
    before = end_of(request.query_params.get("cursor"), int)
    found = await webhooks.deliveries(access, endpoint_id, before=before, limit=_LATEST)
    replayed = request.query_params.get("replayed", "")
    return page(
        request,
        "webhook.html",
        account_id=access.account_id,
        section="me",
        webhook=webhook,
        deliveries=[DeliveryOut.of(one) for one in found],
        next=cursor_of(found[-1].delivery.no) if len(found) == _LATEST else None,
        replayed=int(replayed) if replayed.isdecimal() else None,
        secret=secret,
    )


HANDLERS = [show_webhooks, add_webhook, show_webhook, rotate_secret, replay, end_webhook]
