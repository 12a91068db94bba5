"""What the cabinet cannot be used without a yes to: each document by itself, nothing ticked ahead."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body
from msgspec import Meta

from api.identity import Entry, client_ip, device
from api.pages.forms import local_place, place_asked, with_place
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED, Next
from domain.kernel.access import Actor
from domain.kernel.ids import DocumentId, UserId
from domain.people.consents import Channel
from services.people.consents import ConsentService


class ConsentForm(msgspec.Struct, frozen=True):
    document_id: DocumentId
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    next: Next = "/"


@get("/consents", opt={"access": Entry.CUSTOMER_PRESENT})
async def show_needed(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    consent_service: NamedDependency[ConsentService],
) -> Response[Any]:
    place = place_asked(request)
    answers = await consent_service.answers(UserId(actor.id))
    if not answers.needed:
        return see_other(place)
    return page(request, "consents.html", documents=answers.needed, next=place)


@post("/consents", opt={"access": Entry.CUSTOMER_PRESENT})
async def agree(
    request: Request[Any, Any, Any],
    data: Annotated[ConsentForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    consent_service: NamedDependency[ConsentService],
) -> Response[None]:
    await agreed(request, data, actor, consent_service)
    return see_other(with_place("/consents", local_place(data.next)))


async def agreed(
    request: Request[Any, Any, Any], data: ConsentForm, actor: Actor, consents: ConsentService
) -> None:
    """The document whose digest the form shows, by whoever sits there."""
    await consents.give(
        UserId(actor.id),
        data.document_id,
        shown=bytes.fromhex(data.sha256),
        channel=Channel.CABINET,
        ip=client_ip(request),
        device=device(request),
    )


HANDLERS = [show_needed, agree]
