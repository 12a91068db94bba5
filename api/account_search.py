"""Staff find a customer by what they say of themselves: a number, a phone, a name, an address."""

from typing import Annotated

import msgspec
from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from api.problems import responses
from domain.accounts.searching import FoundAccount
from domain.kernel.access import Actor, Scope
from services.accounts.searching import AccountSearching

SearchText = Annotated[
    str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["Тихая 89 кв 105"])
]


class SearchIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`text`: the number of an account, a supplier account, a meter or an application; a phone; parts of a
    name and an address."""

    text: SearchText


@post(
    "/office/accounts/search",
    status_code=200,
    opt={"access": Scope.DECIDE},
    responses=responses(401, 403, 422),
)
async def search_accounts(
    data: JSONBody[SearchIn],
    actor: NamedDependency[Actor],
    account_searching: NamedDependency[AccountSearching],
) -> list[FoundAccount]:
    """Find a customer's account: the twenty that fit best, with as much as tells one from another.

    By POST, so that what was typed stays in no log of addresses. Each account shown gets a record of the
    look.
    """
    return await account_searching.find(actor, data.text)


account_search = Router("/", tags=["office"], route_handlers=[search_accounts])
