"""Visits by the page of a case: a time is booked, moved to another one, called off."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath

from api.pages.cases import CaseRoom
from api.pages.rendering import see_other
from api.pages.signing_in import URL_ENCODED
from api.visits import Note
from domain.cases.slots import SlotNotFound
from domain.kernel.access import Access, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, CaseId, VisitId
from services.repeating import repeated

_VISIT = "/accounts/{account_id:uuid}/cases/{case_id:uuid}/visits/{visit_id:uuid}"
_ACT = {"access": Scope.APPLICATIONS}


class BookingForm(msgspec.Struct, frozen=True):
    slot: Annotated[str, msgspec.Meta(max_length=40)] = ""
    note: Note = ""


class CallingOffForm(msgspec.Struct, frozen=True):
    why: Note = ""


@post(_VISIT, opt=_ACT)
async def book_visit(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    visit_id: FromPath[VisitId],
    request: Request[Any, Any, Any],
    data: Annotated[BookingForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    case_room: NamedDependency[CaseRoom],
) -> Response[Any]:
    """The id came with the form: a second press books nothing twice. A visit that stands is moved."""
    try:
        slot_id = slot_of(data.slot)
        await repeated(partial(case_room.visiting.book, access, case_id, visit_id, slot_id, data.note))
    except Refusal as refusal:
        return await case_room.shown(request, access, case_id, refusal)
    return see_other(f"/accounts/{account_id}/cases/{case_id}#visit")


@post(f"{_VISIT}/cancellation", opt=_ACT)
async def cancel_visit(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    visit_id: FromPath[VisitId],
    request: Request[Any, Any, Any],
    data: Annotated[CallingOffForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    case_room: NamedDependency[CaseRoom],
) -> Response[Any]:
    try:
        await repeated(partial(case_room.visiting.cancel, access, case_id, visit_id, data.why))
    except Refusal as refusal:
        return await case_room.shown(request, access, case_id, refusal)
    return see_other(f"/accounts/{account_id}/cases/{case_id}#visit")


def slot_of(text: str) -> UUID:
    """SlotNotFound."""
    try:
        return UUID(text)
    except ValueError as error:
        raise SlotNotFound(field="slot") from error


HANDLERS = [book_visit, cancel_visit]
