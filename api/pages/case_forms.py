"""Filing an application, a claim or a question: a form of any kind, its papers, what the rule would give."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation
from msgspec import Meta

from api.attachment_shapes import AttachmentOut
from api.case_kinds import CaseKindOut
from api.form_schema import schema
from api.pages.account_options import AccountOptions
from api.pages.drawing import Drawing, Typed
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.uploads import lay
from api.problems import status_of
from api.proposal_shapes import OutlookOut
from api.shapes import field_error
from domain.accounts.accounts import Accounts
from domain.cases.attachments import Attachments
from domain.cases.cases import Channel
from domain.cases.clock import Deadlines
from domain.cases.filing import Filing
from domain.cases.forms import Form
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import NotFound, Refusal
from domain.kernel.ids import AccountId, AttachmentId, CaseId
from domain.kernel.terms import Terms
from domain.kinds import FAMILIES, KINDS
from services.cases.attaching import AttachmentService
from services.cases.filing import CaseFiling
from services.repeating import repeated

_NEW = "/accounts/{account_id:uuid}/cases/new/{kind:str}"
_BODY_MAX_BYTES = 110 * 1024 * 1024
"""All files of a case together (100 MB by the terms) and the form around them."""
_PAPER = "paper."
_TAKE_OUT = "take-out."
"""Begins the action that takes a laid file out again; its id follows."""

Kind = Annotated[str, Meta(max_length=50)]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What comes back with the form: the outlook, or what is wrong, by field and as a whole."""

    outlook: OutlookOut | None = None
    refusal: Any = None
    wrong: Mapping[str, str] = {}
    status: int = 200


class FormUnfinished(Exception):
    """What msgspec found wrong with the filled form: the dotted path and the reason."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason


@dataclass(frozen=True, slots=True)
class FormDesk:
    """What pages of forms are made of."""

    accounts: Accounts
    options: AccountOptions
    filing: CaseFiling
    laying: AttachmentService
    attachments: Attachments
    terms: Terms
    zone: ZoneInfo

    async def drawing(self, access: Access, kind: str, language: str) -> Drawing:
        options = await self.options.of(access, language)
        account = (await self.accounts.card(access)).account
        return Drawing(schema(KINDS[kind], language), options, self.zone, account.kind)

    async def outlook(self, access: Access, form: Form, language: str) -> OutlookOut:
        return OutlookOut.of(await self.filing.outlook(access, form), form, language)

    async def lay(self, access: Access, case_id: CaseId, body: FormMultiDict) -> None:
        """Every file that came is kept under the id the case will have: nobody chooses one twice, whatever
        the form comes back for."""
        for name, file in body.multi_items():
            if isinstance(file, UploadFile):
                await lay(self.laying, access, case_id, file, name.removeprefix(_PAPER) or None)

    async def take_out(self, access: Access, case_id: CaseId, action: str) -> None:
        """The laid file that `action` names, if it names one."""
        try:
            attachment_id = AttachmentId(UUID(action.removeprefix(_TAKE_OUT)))
        except ValueError:
            return
        await repeated(partial(self.laying.remove, access, case_id, attachment_id))

    async def laid(self, access: Access, case_id: CaseId, language: str) -> list[AttachmentOut]:
        """What waits for the case to be filed."""
        files = await self.attachments.listed(access, case_id)
        return [AttachmentOut.of(one, language) for one in files]

    async def kinds(self, access: Access, language: str) -> list[CaseKindOut]:
        """Those that this sort of account may file."""
        account = (await self.accounts.card(access)).account
        deadlines = await self.terms.at(Deadlines, business_day(access.at, self.zone))
        return [
            CaseKindOut.of(kind, deadlines, language)
            for kind, form in KINDS.items()
            if account.kind in form.for_whom
        ]


def form_desk(
    accounts: NamedDependency[SkipValidation[Accounts]],
    account_options: NamedDependency[AccountOptions],
    case_filing: NamedDependency[CaseFiling],
    attachment_service: NamedDependency[AttachmentService],
    attachments: NamedDependency[SkipValidation[Attachments]],
    terms: NamedDependency[SkipValidation[Terms]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> FormDesk:
    return FormDesk(accounts, account_options, case_filing, attachment_service, attachments, terms, zone)


@get("/accounts/{account_id:uuid}/cases/new", opt={"access": Scope.APPLICATIONS})
async def choose_kind(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    form_desk: NamedDependency[FormDesk],
) -> Response[str]:
    kinds = await form_desk.kinds(access, language_for(request))
    return page(request, "case_kinds.html", account_id=account_id, section="cases", kinds=kinds)


@get(_NEW, opt={"access": Scope.APPLICATIONS})
async def show_form(
    account_id: FromPath[AccountId],
    kind: FromPath[Kind],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    form_desk: NamedDependency[FormDesk],
) -> Response[str]:
    """Drawn anew with what was typed so far when a choice changes what there is to fill in."""
    typed = _typed(request.query_params.multi_items())
    return await _form(request, access, form_desk, kind, typed, Said())


@get(f"{_NEW}/{{case_id:uuid}}", opt={"access": Scope.APPLICATIONS})
async def show_begun_form(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    kind: FromPath[Kind],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    form_desk: NamedDependency[FormDesk],
) -> Response[str]:
    """The same once files may have been laid to it."""
    typed = _typed(request.query_params.multi_items())
    return await _form(request, access, form_desk, kind, typed, Said(), case_id)


@post(f"{_NEW}/{{case_id:uuid}}", opt={"access": Scope.APPLICATIONS}, request_max_body_size=_BODY_MAX_BYTES)
async def file_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    kind: FromPath[Kind],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    form_desk: NamedDependency[FormDesk],
) -> Response[Any]:
    """`action`: “file” it; “preview” what would come of it; “take-out.<id>” a laid file; anything else draws
    the form anew. Files are laid first, whatever comes of the rest."""
    language, body = language_for(request), await request.form()
    typed = _typed([(name, value) for name, value in body.multi_items() if isinstance(value, str)])
    action = next(iter(typed.get("action", ())), "")
    try:
        drawing = await form_desk.drawing(access, _known(kind), language)
        await form_desk.lay(access, case_id, body)
        if action not in ("file", "preview"):
            await form_desk.take_out(access, case_id, action)
            return await _form(request, access, form_desk, kind, typed, Said(), case_id)
        form = _put_together(kind, drawing.filled(typed))
        if action == "preview":
            said = Said(outlook=await form_desk.outlook(access, form, language))
            return await _form(request, access, form_desk, kind, typed, said, case_id)
        wanted = Filing(form=form, channel=Channel.CABINET)
        await repeated(partial(form_desk.filing.submit, access, case_id, wanted))
    except FormUnfinished as unfinished:
        error = field_error(unfinished.path, unfinished.reason, language)
        said = Said(wrong={error.field: error.message}, status=422)
        return await _form(request, access, form_desk, kind, typed, said, case_id)
    except Refusal as refusal:
        told = in_words(request, refusal)
        place = (refusal.field or "").removeprefix("form.")
        said = Said(refusal=told, wrong={place: told.detail} if place else {}, status=status_of(refusal))
        return await _form(request, access, form_desk, kind, typed, said, case_id)
    return see_other(f"/accounts/{account_id}/cases/{case_id}")


async def _form(
    request: Request[Any, Any, Any],
    access: Access,
    desk: FormDesk,
    kind: str,
    typed: Typed,
    said: Said,
    case_id: CaseId | None = None,
) -> Response[str]:
    language = language_for(request)
    drawing = await desk.drawing(access, _known(kind), language)
    about = next((one for one in await desk.kinds(access, language) if one.kind == kind), None)
    if about is None:
        raise NotFound
    case_id = case_id or CaseId(uuid4())
    return page(
        request,
        "case_form.html",
        status=said.status,
        account_id=access.account_id,
        section="cases",
        about=about,
        family=FAMILIES[kind],
        case_id=case_id,
        laid=await desk.laid(access, case_id, language),
        fields=drawing.fields(typed),
        said=said,
    )


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise NotFound
    return kind


def _put_together(kind: str, filled: Mapping[str, Any]) -> Form:
    try:
        form: Form = msgspec.convert(filled, KINDS[kind], strict=False)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$.")
        path = path.rstrip("`").replace("[", ".").replace("]", "")
        raise FormUnfinished(path, reason) from error
    return form


def _typed(items: Iterable[tuple[str, Any]]) -> dict[str, list[str]]:
    typed: dict[str, list[str]] = {}
    for name, value in items:
        typed.setdefault(name[:200], []).append(str(value))
    return typed


DEPENDENCIES = {"form_desk": Provide(form_desk, sync_to_thread=False)}
HANDLERS = [choose_kind, show_form, show_begun_form, file_case]
