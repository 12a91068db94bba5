"""Claims for many delivery points by one workbook."""

from functools import partial
from typing import Any, Self
from uuid import UUID

import msgspec
from litestar import Request, Router, put
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from api.at_case import language
from api.problems import responses
from api.texts import translated
from domain.accounts.imports import FileUnreadable
from domain.kernel.access import Access, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, CaseId
from services.cases.many_claims import ManyClaims, RowAnswer
from services.repeating import repeated

FILE_MAX_BYTES = 2 * 1024**2


class RowRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """`field` is the column or the part of the form at fault."""

    code: str
    text: str
    remedy: str
    field: str | None

    @classmethod
    def of(cls, refusal: Refusal, language: str) -> Self:
        return cls(
            code=refusal.code,
            text=translated(language, refusal.text, **refusal.params),
            remedy=translated(language, refusal.remedy, **refusal.params),
            field=refusal.field,
        )


class ClaimRowOut(msgspec.Struct, frozen=True, kw_only=True):
    """`row` counts from 1, the headings are the first. `number` when the claim was filed, else `refusal`."""

    row: int
    case_id: CaseId
    number: str | None
    is_new: bool
    refusal: RowRefusal | None

    @classmethod
    def of(cls, answer: RowAnswer, language: str) -> Self:
        return cls(
            row=answer.row_no,
            case_id=answer.case_id,
            number=answer.case.number if answer.case else None,
            is_new=answer.is_new,
            refusal=RowRefusal.of(answer.refusal, language) if answer.refusal else None,
        )


class ClaimFileOut(msgspec.Struct, frozen=True, kw_only=True):
    filed_count: int
    refused_count: int
    rows: list[ClaimRowOut]


@put(
    "/accounts/{account_id:uuid}/claims/files/{file_id:uuid}",
    opt={"access": Scope.APPLICATIONS},
    request_max_body_size=FILE_MAX_BYTES,
    responses=responses(401, 403, 404, 413, 422, 503),
)
async def file_claims(
    account_id: FromPath[AccountId],
    file_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    body: RawBody,
    access: NamedDependency[Access],
    many_claims: NamedDependency[ManyClaims],
) -> ClaimFileOut:
    """File a claim per row of a workbook: the body is the .xlsx or .csv itself, up to 2 MB and 200 rows.

    You make the id. A row that cannot be a claim says why and stops no other. The same file under the same
    id again files nothing twice. Columns: docs/applications.md.
    """
    if not body:
        raise FileUnreadable(field="body", why="it is empty")
    answers = await repeated(partial(many_claims.file, access, file_id, body))
    rows = [ClaimRowOut.of(answer, language(request)) for answer in answers]
    filed = sum(row.number is not None for row in rows)
    return ClaimFileOut(filed_count=filed, refused_count=len(rows) - filed, rows=rows)


claim_files = Router("/", tags=["applications and claims"], route_handlers=[file_claims])
