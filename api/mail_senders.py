"""Whose letters with readings are taken for an account, for its holders."""

from datetime import datetime
from functools import partial
from typing import Self

import msgspec
from litestar import Response, Router, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from api.problems import responses
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId
from domain.mail.senders import Sender, Senders
from services.mail.senders import SenderService
from services.repeating import repeated


class SenderOut(msgspec.Struct, frozen=True, kw_only=True):
    """`is_sure` is false until a letter from the address has named the account itself: till then only such
    letters are taken."""

    email: str
    is_sure: bool
    added_at: datetime

    @classmethod
    def of(cls, sender: Sender) -> Self:
        return cls(email=sender.email, is_sure=sender.is_sure, added_at=sender.added_at)


@get(
    "/accounts/{account_id:uuid}/mail-senders",
    opt={"access": Scope.READINGS},
    responses=responses(401, 403, 404, 422),
)
async def list_senders(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    senders: NamedDependency[SkipValidation[Senders]],
) -> list[SenderOut]:
    """Addresses whose letters with readings are taken for the account."""
    return [SenderOut.of(one) for one in await senders.of_account(access)]


@put(
    "/accounts/{account_id:uuid}/mail-senders/{email:str}",
    opt={"access": Scope.MANAGE},
    responses=responses(401, 403, 404, 409, 422),
)
async def add_sender(
    account_id: FromPath[AccountId],
    email: FromPath[str],
    access: NamedDependency[Access],
    sender_service: NamedDependency[SenderService],
) -> SenderOut:
    """Take letters with readings from that address, one's own or that of whoever keeps the readings."""
    return SenderOut.of(await repeated(partial(sender_service.add, access, email)))


@delete(
    "/accounts/{account_id:uuid}/mail-senders/{email:str}",
    opt={"access": Scope.MANAGE},
    responses=responses(401, 403, 404, 422),
)
async def remove_sender(
    account_id: FromPath[AccountId],
    email: FromPath[str],
    access: NamedDependency[Access],
    sender_service: NamedDependency[SenderService],
) -> Response[None]:
    """Take no more letters from that address."""
    await repeated(partial(sender_service.remove, access, email))
    return Response(None, status_code=204)


mail_senders = Router("/", tags=["letters"], route_handlers=[list_senders, add_sender, remove_sender])
