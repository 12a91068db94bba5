"""Adding an account by its bill's code, handing it over, closing it."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.identity import Entry
from api.people import AccountAdded
from api.problems import responses
from api.texts import language_of, translated
from domain.accounts.accounts import Balance
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import AccountId, UserId
from services.people.account_changes import AccountChanges
from services.people.memberships import MembershipService
from services.repeating import repeated

Reason = Annotated[str, Meta(min_length=1, max_length=500)]

DEBT_STAYS = (
    "What is owed on the account, {amount}, stays with it and is not forgiven: settle between you who pays"
)
OVERPAYMENT_STAYS = (
    "What is paid ahead, {amount}, stays with the account for its next charges; "
    "ask for a refund before handing over if it shall not"
)
SETTLED = "Nothing is owed on the account and nothing is paid ahead"
RIGHTS_END = "Your right and that of everybody you let act on the account end then; its history stays with it"


class ScannedCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text of the scanned code, from “ST0001” on."""

    code: Annotated[str, Meta(min_length=8, max_length=4096)]


class TransferIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`user_id` of a member who has accepted an invitation. `on` a day to come; without it at once."""

    user_id: UserId
    on: date | None = None
    reason: Reason | None = None


class TransferOut(msgspec.Struct, frozen=True, kw_only=True):
    """`done` or promised for `at`. `notes` say in words what becomes of debt and overpayment."""

    user_id: UserId
    at: datetime
    done: bool
    balance: Balance
    notes: list[str]


class ClosureIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Reason | None = None


class StaffClosureIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Reason


class ClosureOut(msgspec.Struct, frozen=True, kw_only=True):
    """Former owners may read the account until `readable_until`; nobody may do more."""

    closed_at: datetime
    readable_until: datetime


@post(
    "/accounts/by-code",
    opt={"access": Entry.CUSTOMER},
    responses=responses(401, 403, 422, 429)
    | {200: ResponseSpec(AccountAdded, description="It was yours already", generate_examples=False)},
)
async def add_account_by_code(
    data: JSONBody[ScannedCode],
    actor: NamedDependency[Actor],
    membership_service: NamedDependency[MembershipService],
) -> Response[AccountAdded]:
    """Add an account by the payment code (QR) scanned from its paper bill. Repeated: 200."""
    account_id, added = await membership_service.add_by_code(UserId(actor.id), data.code)
    return Response(AccountAdded(account_id), status_code=201 if added else 200)


@post(
    "/accounts/{account_id:uuid}/transfer",
    status_code=200,
    opt={"access": Scope.MANAGE},
    responses=responses(401, 403, 404, 409, 422),
)
async def transfer_account(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    data: JSONBody[TransferIn],
    access: NamedDependency[Access],
    account_changes: NamedDependency[AccountChanges],
) -> TransferOut:
    """Hand the account over to a new owner, at once or on a day.

    For owners. At that moment every other right to the account ends. Bills from before no longer prove
    it to anybody. A second request takes the place of one that waits for its day.
    """
    taken = await repeated(lambda: account_changes.transfer(access, data.user_id, data.on, data.reason))
    return TransferOut(
        user_id=taken.change.to_user_id,
        at=taken.change.at,
        done=taken.done,
        balance=taken.balance,
        notes=_notes(taken.balance, language_of(request.headers.get("accept-language"))),
    )


@delete(
    "/accounts/{account_id:uuid}/transfer",
    opt={"access": Scope.MANAGE},
    responses=responses(401, 403, 404, 422),
)
async def drop_transfer(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    account_changes: NamedDependency[AccountChanges],
) -> None:
    """Take back a change of owner that waits for its day."""
    await repeated(lambda: account_changes.drop_transfer(access))


@post(
    "/accounts/{account_id:uuid}/closure",
    status_code=200,
    opt={"access": Scope.MANAGE},
    responses=responses(401, 403, 404, 409, 422),
)
async def close_account(
    account_id: FromPath[AccountId],
    data: JSONBody[ClosureIn],
    access: NamedDependency[Access],
    account_changes: NamedDependency[AccountChanges],
) -> ClosureOut:
    """Close the account. For owners.

    409 `account-has-debt`, `account-has-overpayment` or `account-awaits-payment` while it is not settled.
    """
    closed = await account_changes.close(access, data.reason)
    return ClosureOut(closed_at=closed.closed_at, readable_until=closed.readable_until)


@post(
    "/accounts/{account_id:uuid}/staff-closure",
    status_code=200,
    opt={"access": Scope.ADMINISTER},
    responses=responses(401, 403, 404, 409, 422),
)
async def close_account_as_staff(
    account_id: FromPath[AccountId],
    data: JSONBody[StaffClosureIn],
    access: NamedDependency[Access],
    account_changes: NamedDependency[AccountChanges],
) -> ClosureOut:
    """Close the account as staff, for a reason. The same refusals as for its owner."""
    closed = await account_changes.close_by_staff(access, data.reason)
    return ClosureOut(closed_at=closed.closed_at, readable_until=closed.readable_until)


def _notes(balance: Balance, language: str) -> list[str]:
    notes = []
    if owed := balance.debt + balance.penalty:
        notes.append(translated(language, DEBT_STAYS, amount=owed))
    if balance.overpayment:
        notes.append(translated(language, OVERPAYMENT_STAYS, amount=balance.overpayment))
    return [*(notes or [translated(language, SETTLED)]), translated(language, RIGHTS_END)]


account_changes = Router(
    "/",
    tags=["accounts"],
    route_handlers=[
        add_account_by_code,
        transfer_account,
        drop_transfer,
        close_account,
        close_account_as_staff,
    ],
)
