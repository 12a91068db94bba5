"""Forms that are not sent yet, kept on the server."""

from datetime import datetime
from typing import Any, Self

import msgspec
from litestar import Request, Router, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from domain.accounts.accounts import Accounts
from domain.cases.drafts import Draft, DraftCursor, DraftNotFound, Drafts
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId, CaseId
from services.cases.drafts import DraftService
from services.repeating import repeated

_DRAFTS = "/accounts/{account_id:uuid}/drafts"


class DraftOut(msgspec.Struct, frozen=True, kw_only=True):
    """`content` as it was put. Whoever sends the form under the same id drops the draft with it."""

    case_id: CaseId
    changed_at: datetime
    content: Any

    @classmethod
    def of(cls, draft: Draft) -> Self:
        return cls(case_id=draft.case_id, changed_at=draft.changed_at, content=draft.content)


@put(
    f"{_DRAFTS}/{{case_id:uuid}}",
    status_code=200,
    opt={"access": Scope.APPLICATIONS},
    responses=responses(401, 403, 404, 409, 413, 422, 503),
)
async def keep_draft(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    data: JSONBody[dict[str, Any]],
    access: NamedDependency[Access],
    draft_service: NamedDependency[DraftService],
) -> DraftOut:
    """Keep a form as far as it is filled in: any JSON object of 64 KB at most. Only you see it.

    `case_id` is the id it will be filed under. 409 `case-id-taken` when it was filed already.
    """
    body = await request.body()
    return DraftOut.of(await repeated(lambda: draft_service.keep(access, case_id, body)))


@get(_DRAFTS, opt={"access": Scope.APPLICATIONS}, responses=responses(401, 403, 404, 422))
async def list_drafts(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    case_drafts: NamedDependency[SkipValidation[Drafts]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[DraftOut]:
    """My drafts on this account, the latest change first."""
    found = await case_drafts.listed(access, before=end_of(cursor, DraftCursor), limit=limit)
    if not found:
        await accounts.card(access)  # none yet, or nothing to see: that is for the account to say
    end = DraftCursor(changed_at=found[-1].changed_at, case_id=found[-1].case_id) if found else None
    return Page(
        items=[DraftOut.of(draft) for draft in found], next=cursor_of(end) if len(found) == limit else None
    )


@get(
    f"{_DRAFTS}/{{case_id:uuid}}", opt={"access": Scope.APPLICATIONS}, responses=responses(401, 403, 404, 422)
)
async def get_draft(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    case_drafts: NamedDependency[SkipValidation[Drafts]],
) -> DraftOut:
    """My draft under this id."""
    found = await case_drafts.found(access, case_id)
    if found is None:
        await accounts.card(access)
        raise DraftNotFound
    return DraftOut.of(found)


@delete(
    f"{_DRAFTS}/{{case_id:uuid}}", opt={"access": Scope.APPLICATIONS}, responses=responses(401, 403, 404, 422)
)
async def drop_draft(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    access: NamedDependency[Access],
    draft_service: NamedDependency[DraftService],
) -> None:
    """Drop my draft; nothing happens when there is none."""
    await repeated(lambda: draft_service.drop(access, case_id))


case_drafts = Router(
    "/", tags=["applications and claims"], route_handlers=[keep_draft, list_drafts, get_draft, drop_draft]
)
