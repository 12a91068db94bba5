"""Powers of attorney: presented by the representative, seen and ended also by who manages the contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation

from api.identity import Entry
from api.pages.forms import local_place
from api.pages.language import language_for
from api.pages.people_words import POWER_STATES, rights
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED, Next
from api.powers import PowerIn, PowerOut
from api.problems import status_of
from api.texts import translated
from domain.accounts.accounts import Accounts
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Invalid, Refusal
from domain.kernel.ids import AccountId, PowerId, UserId
from domain.kernel.terms import Terms
from domain.people.powers import PowerKind, Powers, PowerTerms
from services.people.powers import PowerService
from services.repeating import repeated

_CUSTOMER = {"access": Entry.CUSTOMER}
_SEE = {"access": Scope.SEE}
_OF_ACCOUNT = "/accounts/{account_id:uuid}/powers"
_MOST_CHARACTERS = 64
_SCAN_MAX_BYTES = 10 * 1024 * 1024
_TYPED = ("account_number", "number", "issuer_inn", "representative_inn", "valid_from", "valid_until")


class PowerUnreadable(Invalid):
    code = "power-unreadable"
    text = "Something in the form cannot be read"
    remedy = "Copy the number, both INN (10 or 12 digits) and both days from the power of attorney"


class EndForm(msgspec.Struct, frozen=True):
    back: Next = "/powers"


@dataclass(frozen=True, slots=True)
class PowerRoom:
    """What the page of one's own powers is made of."""

    powers: Powers
    service: PowerService
    terms: Terms
    zone: ZoneInfo

    async def shown(
        self,
        request: Request[Any, Any, Any],
        actor: Actor,
        kind: PowerKind,
        typed: Mapping[str, Any] | None = None,
        refusal: Refusal | None = None,
    ) -> Response[str]:
        language = language_for(request)
        terms = await self.terms.at(PowerTerms, business_day(self.service.now(), self.zone))
        words = rights(language)
        mine = sorted(
            await self.powers.of_user(UserId(actor.id)), key=lambda one: one.entered_at, reverse=True
        )
        return page(
            request,
            "own_powers.html",
            status=status_of(refusal) if refusal else 200,
            part="me",
            powers=[PowerOut.of(one) for one in mine],
            states=_states(language),
            kind=kind,
            gives={
                code: [words[one] for one in words if one in given]
                for code, given in sorted(terms.scopes.items(), key=lambda one: len(one[1]))
            },
            typed=dict.fromkeys(_TYPED, "") | {"powers": [], "document_sha256": None} | dict(typed or {}),
            power_id=uuid4(),
            done="done" in request.query_params,
            refusal=in_words(request, refusal) if refusal else None,
        )


def power_room(
    powers: NamedDependency[SkipValidation[Powers]],
    power_service: NamedDependency[PowerService],
    terms: NamedDependency[SkipValidation[Terms]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> PowerRoom:
    return PowerRoom(powers, power_service, terms, zone)


@get("/powers", opt=_CUSTOMER)
async def show_own_powers(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    power_room: NamedDependency[PowerRoom],
) -> Response[str]:
    """One's own, and the form of the kind that `kind` names."""
    return await power_room.shown(request, actor, _kind(request.query_params.get("kind", "")))


@post("/powers/{power_id:uuid}", opt=_CUSTOMER, request_max_body_size=_SCAN_MAX_BYTES)
async def present_power(
    power_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    power_room: NamedDependency[PowerRoom],
) -> Response[Any]:
    """Of a machine-readable one the register tells the rest; of a paper one only the scan's hash is kept."""
    form = await request.form()
    kind, typed, service = _kind(str(form.get("kind", ""))), await _typed(form), power_room.service
    try:
        asked = _asked(kind, typed).power(PowerId(power_id), UserId(actor.id), service.now())
        await repeated(partial(service.present, typed["account_number"], asked))
    except Refusal as refusal:
        return await power_room.shown(request, actor, kind, typed, refusal)
    return see_other("/powers?done=yes")


@get(_OF_ACCOUNT, opt=_SEE)
async def show_powers(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    powers: NamedDependency[SkipValidation[Powers]],
) -> Response[str]:
    """One's own, or all for who manages the contract."""
    return page(
        request,
        "powers.html",
        account_id=account_id,
        section="me",
        account=(await accounts.card(access)).account,
        powers=[PowerOut.of(one) for one in await powers.listed(access)],
        states=_states(language_for(request)),
    )


@post(f"{_OF_ACCOUNT}/{{power_id:uuid}}/end", opt=_SEE)
async def revoke_power(
    account_id: FromPath[AccountId],
    power_id: FromPath[PowerId],
    data: Annotated[EndForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    power_service: NamedDependency[PowerService],
) -> Response[None]:
    await repeated(partial(power_service.revoke, access, power_id))
    return see_other(local_place(data.back))


def _kind(text: str) -> PowerKind:
    return PowerKind.PAPER if text == PowerKind.PAPER else PowerKind.MACHINE


def _states(language: str) -> dict[str, str]:
    return {state: translated(language, text) for state, text in POWER_STATES.items()}


async def _typed(form: FormMultiDict) -> dict[str, Any]:
    """As it was written. The hash of a scan that was read before comes with the form."""
    scan = form.get("scan")
    kept = str(form.get("document_sha256", ""))
    if isinstance(scan, UploadFile) and (content := await scan.read()):
        kept = sha256(content).hexdigest()
    return {
        **{name: str(form.get(name, ""))[:_MOST_CHARACTERS].strip() for name in _TYPED},
        "powers": [str(code)[:_MOST_CHARACTERS] for code in form.getall("powers", [])],
        "document_sha256": kept[:_MOST_CHARACTERS] or None,
    }


def _asked(kind: PowerKind, typed: Mapping[str, Any]) -> PowerIn:
    """PowerUnreadable."""
    told = dict(typed) if kind is PowerKind.PAPER else {name: typed[name] for name in _TYPED}
    try:
        return msgspec.convert({**told, "kind": kind}, PowerIn)
    except msgspec.ValidationError as error:
        raise PowerUnreadable(field=str(error).rpartition("$.")[2].rstrip("`") or None) from error


DEPENDENCIES = {"power_room": Provide(power_room, sync_to_thread=False)}
HANDLERS = [show_own_powers, present_power, show_powers, revoke_power]
