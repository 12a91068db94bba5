"""Powers of attorney: presented by the representative, confirmed by staff, ended by either side."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from msgspec import Meta

from api.identity import Entry
from api.paging import DEFAULT_LIMIT, Limit
from api.problems import responses
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import AccountId, PowerId, UserId
from domain.people.power_refusals import PowerIncomplete
from domain.people.powers import Power, PowerKind, Powers, PowerStatus
from services.people.powers import PowerService
from services.repeating import repeated

Inn = Annotated[str, Meta(pattern=r"^(\d{10}|\d{12})$")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
_NOWHERE = AccountId(UUID(int=0))
_ACCESS = {"access": Scope.SEE}


class PowerIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`number`: the registration GUID of a machine-readable power, which the register tells the rest of;
    of one on paper its number, with its `powers` (codes) and the SHA-256 of its scan. Dates are its first
    and its last day. Make the `id` (a UUID) yourself to be able to repeat the request."""

    account_number: Line
    kind: PowerKind
    number: Line
    issuer_inn: Inn
    representative_inn: Inn
    valid_from: date
    valid_until: date
    powers: Annotated[list[Line], Meta(max_length=100)] = []
    document_sha256: Sha256 | None = None
    id: PowerId | None = None

    def power(self, id: PowerId, user_id: UserId, at: datetime) -> Power:
        """Not yet of any account. PowerIncomplete."""
        return Power(
            id=id,
            account_id=_NOWHERE,
            user_id=user_id,
            kind=self.kind,
            number=self._number(),
            issuer_inn=self.issuer_inn,
            representative_inn=self.representative_inn,
            codes=frozenset(self.powers),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            status=PowerStatus.WAITING,
            entered_at=at,
            checked_at=at,
            document_sha256=self.document_sha256,
        )

    def _number(self) -> str:
        if self.kind is PowerKind.MACHINE:
            try:
                return str(UUID(self.number))
            except ValueError as error:
                raise PowerIncomplete(field="number") from error
        if not self.powers:
            raise PowerIncomplete(field="powers")
        if self.document_sha256 is None:
            raise PowerIncomplete(field="document_sha256")
        return self.number.strip()


class RefusalIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]


class WaitingPower(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing of the person: a look at that is recorded with the account."""

    id: PowerId
    account_id: AccountId
    kind: PowerKind
    entered_at: datetime

    @classmethod
    def of(cls, power: Power) -> Self:
        return cls(id=power.id, account_id=power.account_id, kind=power.kind, entered_at=power.entered_at)


class PowerOut(msgspec.Struct, frozen=True, kw_only=True):
    """`status`: waiting (for staff to see that the person is the representative), active, refused, revoked
    or expired. `checked_at` is the last word of the register."""

    id: PowerId
    account_id: AccountId
    user_id: UserId
    kind: PowerKind
    number: str
    issuer_inn: str
    representative_inn: str
    powers: list[str]
    valid_from: date
    valid_until: date
    status: PowerStatus
    entered_at: datetime
    checked_at: datetime
    reason: str | None

    @classmethod
    def of(cls, power: Power) -> Self:
        known = {name: getattr(power, name) for name in cls.__struct_fields__ if name != "powers"}
        return cls(powers=sorted(power.codes), **known)


@post(
    "/powers",
    opt={"access": Entry.CUSTOMER},
    responses=responses(401, 403, 409, 422, 429, 503)
    | {200: ResponseSpec(PowerOut, description="Presented before by the same request")},
)
async def present_power(
    data: JSONBody[PowerIn],
    actor: NamedDependency[Actor],
    power_service: NamedDependency[PowerService],
) -> Response[PowerOut]:
    """Present a power of attorney of the company that holds a contract account.

    One power may be presented for each of the company's accounts. The right begins when staff have seen
    that you are whom it names. 503 `power-of-attorney-unchecked` while the register is silent.
    """
    power_id = data.id or PowerId(power_service.new_id())
    asked = data.power(power_id, UserId(actor.id), power_service.now())
    power, is_new = await repeated(lambda: power_service.present(data.account_number, asked))
    return Response(PowerOut.of(power), status_code=201 if is_new else 200)


@get("/powers", opt={"access": Entry.STAFF}, responses=responses(401, 403, 422))
async def list_waiting_powers(
    actor: NamedDependency[Actor],
    power_service: NamedDependency[PowerService],
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> list[WaitingPower]:
    """Powers of attorney that wait for senior staff, the longest waiting first. What stands in each:
    GET /accounts/{account_id}/powers."""
    return [WaitingPower.of(one) for one in await power_service.waiting(actor, limit)]


@get("/accounts/{account_id:uuid}/powers", opt=_ACCESS, responses=responses(401, 403, 422))
async def list_powers(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    powers: NamedDependency[SkipValidation[Powers]],
) -> list[PowerOut]:
    """Powers of attorney on the account, the newest first: one's own, or all for who manages it and staff."""
    return [PowerOut.of(one) for one in await powers.listed(access)]


@post(
    "/accounts/{account_id:uuid}/powers/{power_id:uuid}/confirmation",
    status_code=200,
    opt=_ACCESS,
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def confirm_power(
    account_id: FromPath[AccountId],
    power_id: FromPath[PowerId],
    access: NamedDependency[Access],
    power_service: NamedDependency[PowerService],
) -> PowerOut:
    """Confirm, as senior staff, that the person is the representative and the paper is as described."""
    return PowerOut.of(await repeated(lambda: power_service.confirm(access, power_id)))


@post(
    "/accounts/{account_id:uuid}/powers/{power_id:uuid}/refusal",
    status_code=200,
    opt=_ACCESS,
    responses=responses(401, 403, 404, 409, 422),
)
async def refuse_power(
    account_id: FromPath[AccountId],
    power_id: FromPath[PowerId],
    data: JSONBody[RefusalIn],
    access: NamedDependency[Access],
    power_service: NamedDependency[PowerService],
) -> PowerOut:
    """Refuse a power as senior staff, for a reason that its representative reads."""
    return PowerOut.of(await repeated(lambda: power_service.refuse(access, power_id, data.reason)))


@delete(
    "/accounts/{account_id:uuid}/powers/{power_id:uuid}", opt=_ACCESS, responses=responses(401, 403, 404, 422)
)
async def revoke_power(
    account_id: FromPath[AccountId],
    power_id: FromPath[PowerId],
    access: NamedDependency[Access],
    power_service: NamedDependency[PowerService],
) -> None:
    """End a power here at once: its representative, whoever manages the account, senior staff."""
    await repeated(lambda: power_service.revoke(access, power_id))


powers = Router(
    "/",
    tags=["powers"],
    route_handlers=[
        present_power,
        list_waiting_powers,
        list_powers,
        confirm_power,
        refuse_power,
        revoke_power,
    ],
)
