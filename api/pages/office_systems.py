"""Keys of the programs that call the API: given out, seen at work, revoked."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath

from api.pages.drawing import Option
from api.pages.forms import Typed
from api.pages.language import language_for
from api.pages.office_forms import converted
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.problems import status_of
from api.systems import KeyIssued, NewKey, NewSystem, SystemOut
from api.texts import translated
from domain.kernel.access import SCOPE_NAMES, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import ApiKeyId, SystemId
from domain.people.systems import MONEY_SCOPES, SYSTEM_SCOPES
from services.people.systems import SystemService
from services.repeating import repeated

_SYSTEMS = "/office/systems"
_KEYS = f"{_SYSTEMS}/{{system_id:uuid}}/keys"
_ADMINISTER = {"access": Scope.ADMINISTER}


class SystemForm(msgspec.Struct, frozen=True):
    name: Typed = ""


@dataclass(frozen=True, slots=True)
class SystemRoom:
    """What the page of systems is made of."""

    service: SystemService

    async def shown(
        self,
        request: Request[Any, Any, Any],
        refusal: Refusal | None = None,
        typed: str = "",
        refused: SystemId | None = None,
        issued: KeyIssued | None = None,
    ) -> Response[str]:
        """`issued`: a key just made, shown this once."""
        language = language_for(request)
        names = {one: translated(language, SCOPE_NAMES[one]) for one in Scope}
        return page(
            request,
            "office_systems.html",
            status=status_of(refusal) if refusal else 200,
            place="more",
            systems=[SystemOut.of(system, keys) for system, keys in await self.service.all()],
            names=names,
            scopes=[Option(one, names[one]) for one in Scope if one in SYSTEM_SCOPES],
            signing=MONEY_SCOPES,
            typed=typed,
            refused=refused,
            issued=issued,
            refusal=in_words(request, refusal) if refusal else None,
        )


def system_room(system_service: NamedDependency[SystemService]) -> SystemRoom:
    return SystemRoom(system_service)


@get(_SYSTEMS, opt=_ADMINISTER)
async def show_systems(
    request: Request[Any, Any, Any], system_room: NamedDependency[SystemRoom]
) -> Response[str]:
    """Each with its keys, revoked ones too."""
    return await system_room.shown(request)


@post(_SYSTEMS, opt=_ADMINISTER)
async def add_system_by_name(
    request: Request[Any, Any, Any],
    data: Annotated[SystemForm, Body(media_type=URL_ENCODED)],
    system_room: NamedDependency[SystemRoom],
) -> Response[Any]:
    try:
        named = converted({"name": data.name.strip()}, NewSystem)
        await repeated(partial(system_room.service.add, named.name))
    except Refusal as refusal:
        return await system_room.shown(request, refusal, data.name)
    return see_other(_SYSTEMS)


@post(_KEYS, opt=_ADMINISTER, status_code=200)
async def issue_key(
    system_id: FromPath[SystemId],
    request: Request[Any, Any, Any],
    system_room: NamedDependency[SystemRoom],
) -> Response[str]:
    """The key, and the secret to sign by, are shown on the page this gives, once."""
    form = await request.form()
    try:
        told = {"scopes": form.getall("scopes", []), "valid_days": form.get("valid_days", "")}
        new = converted(told, NewKey)
        issued = await repeated(
            partial(system_room.service.add_key, system_id, new.scopes, valid_days=new.valid_days)
        )
    except Refusal as refusal:
        return await system_room.shown(request, refusal, refused=system_id)
    return await system_room.shown(request, issued=KeyIssued.of(issued))


@post(f"{_KEYS}/{{api_key_id:uuid}}/end", opt=_ADMINISTER)
async def revoke_key(
    system_id: FromPath[SystemId],
    api_key_id: FromPath[ApiKeyId],
    request: Request[Any, Any, Any],
    system_room: NamedDependency[SystemRoom],
) -> Response[Any]:
    """It is dead within 5 s."""
    try:
        await repeated(partial(system_room.service.revoke, system_id, api_key_id))
    except Refusal as refusal:
        return await system_room.shown(request, refusal)
    return see_other(_SYSTEMS)


DEPENDENCIES = {"system_room": Provide(system_room, sync_to_thread=False)}
HANDLERS = [show_systems, add_system_by_name, issue_key, revoke_key]
