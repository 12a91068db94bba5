"""One's own data: taking a copy of it along, and having it erased."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Annotated, Any, Self

import msgspec
from litestar import Request, Response, Router, delete, get
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, SkipValidation
from litestar.response import Stream
from msgspec import Meta

from api.identity import Entry
from api.my_data_person import Profile
from api.my_data_sections import Copy, gathered, sections
from api.my_data_sheets import sheets
from api.problems import responses
from api.texts import language_of, translated
from domain.accounts.suppliers import Suppliers
from domain.kernel.access import Actor
from domain.kernel.sheets import Workbooks
from domain.people.erasure import Erasure, Staying
from services.people.erasure import ErasureService
from services.people.export import ExportService
from services.people.records import RecordService
from services.repeating import repeated

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK_BYTES = 65_536


class EraseMe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Your password; without one, a sign-in not older than 5 minutes proves that it is you."""

    password: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


class StayingOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the law has us keep, until that day at least, and by which law. Without a day: as long as the
    supply contract and the limitation period after it last."""

    what: str
    until: str | None
    basis: str

    @classmethod
    def of(cls, one: Staying, language: str) -> Self:
        return cls(
            what=translated(language, one.what),
            until=one.until.isoformat() if one.until else None,
            basis=translated(language, one.basis),
        )


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    erased_at: datetime
    accounts_left: int
    sessions_ended: int
    consents_withdrawn: int
    stays: list[StayingOut]

    @classmethod
    def of(cls, erasure: Erasure, stays: list[Staying], language: str) -> Self:
        return cls(
            erased_at=erasure.erased_at,
            accounts_left=erasure.accounts_left,
            sessions_ended=erasure.sessions_ended,
            consents_withdrawn=erasure.consents_withdrawn,
            stays=[StayingOut.of(one, language) for one in stays],
        )


@dataclass(frozen=True, slots=True)
class CopyDesk:
    """Makes copies of the actor's own data."""

    actor: Actor
    service: ExportService
    records: RecordService
    suppliers: Suppliers
    workbooks: Workbooks

    async def json(self, language: str) -> Stream:
        copy = await self._begun(language)
        return Stream(_as_json(copy), media_type="application/json", headers=_headers(copy, "json"))

    async def xlsx(self, language: str) -> Stream:
        copy = await self._begun(language)
        file = await self.workbooks.write(sheets(await gathered(copy), copy))
        return Stream(_chunks(file), media_type=XLSX, headers=_headers(copy, "xlsx"))

    async def _begun(self, language: str) -> Copy:
        """The copy, of which nothing but the person and the accounts is read yet."""
        person = await self.service.person(self.actor)
        return Copy(
            actor=self.actor,
            service=self.service,
            records=self.records,
            person=person,
            cards=await self.service.cards(self.actor, person.memberships),
            services=await self.suppliers.services(),
            language=language,
            at=self.service.now(),
        )


def copy_desk(
    actor: NamedDependency[Actor],
    export_service: NamedDependency[ExportService],
    record_service: NamedDependency[RecordService],
    suppliers: NamedDependency[SkipValidation[Suppliers]],
    workbooks: NamedDependency[SkipValidation[Workbooks]],
) -> CopyDesk:
    return CopyDesk(actor, export_service, record_service, suppliers, workbooks)


COPY_DESK = {"copy_desk": Provide(copy_desk, sync_to_thread=False)}


@get(
    "/me/export.json",
    opt={"access": Entry.CUSTOMER_PRESENT},
    media_type="application/json",
    responses=responses(401, 403, 503),
)
async def export_json(
    request: Request[Any, Any, Any],
    copy_desk: NamedDependency[CopyDesk],
) -> Stream:
    """Everything the cabinet knows of me, as JSON. Sums in kopecks, times RFC 3339.

    Sections: profile, sessions, passkeys, identities, memberships, powers, consents, accounts, charges,
    payments with the reason for every kopeck, statement, readings, reading_files, letters, cases,
    case_drafts, views, notices, notice_preferences. `incomplete` names sections that were cut at 20,000 rows.
    """
    return await copy_desk.json(language_of(request.headers.get("accept-language")))


@get(
    "/me/export.xlsx",
    opt={"access": Entry.CUSTOMER_PRESENT},
    media_type=XLSX,
    responses=responses(401, 403, 503),
)
async def export_xlsx(
    request: Request[Any, Any, Any],
    copy_desk: NamedDependency[CopyDesk],
) -> Stream:
    """Everything the cabinet knows of me, as a workbook with a sheet per section. Sums in roubles."""
    return await copy_desk.xlsx(language_of(request.headers.get("accept-language")))


@delete(
    "/me",
    status_code=200,
    opt={"access": Entry.CUSTOMER_PRESENT},
    responses=responses(401, 403, 422, 429, 503),
)
async def erase_me(
    request: Request[Any, Any, Any],
    data: JSONBody[EraseMe],
    actor: NamedDependency[Actor],
    erasure_service: NamedDependency[ErasureService],
) -> Response[Erased]:
    """Erase me from the cabinet, for good. Your supply contract and your debts go on without it.

    Your name, phone, e-mail, password, passkeys, linked identities and sessions are deleted, your consents
    withdrawn, your access to accounts and your powers of attorney end here, your phone is free for a new
    sign-up. `stays` says what the law has us keep, and why.
    """
    erasure, stays = await repeated(lambda: erasure_service.erase(actor, data.password))
    language = language_of(request.headers.get("accept-language"))
    return Response(Erased.of(erasure, stays, language), headers={"Cache-Control": "no-store"})


async def _as_json(copy: Copy) -> AsyncIterator[bytes]:
    """One object, written as it is read: no more than a page is held."""
    yield b'{"exported_at":' + msgspec.json.encode(copy.at)
    yield b',"profile":' + msgspec.json.encode(Profile.of(copy.person))
    for name, items in sections(copy):
        yield b',"' + name.encode() + b'":['
        is_first = True
        async for item in items:
            yield (b"" if is_first else b",") + msgspec.json.encode(item)
            is_first = False
        yield b"]"
    yield b',"incomplete":' + msgspec.json.encode(sorted(copy.incomplete)) + b"}"


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    """The file bit by bit, closed at its end."""
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk


def _headers(copy: Copy, ending: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="kabinet-{copy.at:%Y-%m-%d}.{ending}"',
        "Cache-Control": "no-store",
    }


my_data = Router(
    "/",
    tags=["personal data"],
    dependencies=COPY_DESK,
    route_handlers=[export_json, export_xlsx, erase_me],
)
