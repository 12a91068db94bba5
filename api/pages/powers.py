"""Powers of attorney of a company's contract: the list, and presenting one."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from api.pages.language import language_for
from api.pages.people_words import POWER_STATES
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.powers import PowerIn, PowerOut
from api.problems import status_of
from api.texts import translated
from domain.accounts.accounts import Account, Accounts
from domain.kernel.access import Access, Scope
from domain.kernel.errors import Invalid, Refusal
from domain.kernel.ids import AccountId, PowerId, UserId
from domain.people.powers import PowerKind, Powers
from services.people.powers import PowerService
from services.repeating import repeated

_POWERS = "/accounts/{account_id:uuid}/powers"
_SEE = {"access": Scope.SEE}
_MOST_CHARACTERS = 64


class PowerUnreadable(Invalid):
    code = "power-unreadable"
    text = "Something in the form cannot be read"
    remedy = "Copy the number, both INN (10 or 12 digits) and both days from the power of attorney"


@get(_POWERS, opt=_SEE)
async def show_powers(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    powers: NamedDependency[SkipValidation[Powers]],
) -> Response[str]:
    """One's own, or all for who manages the contract."""
    account = (await accounts.card(access)).account
    return await _shown(request, access, account, powers, {})


@post(f"{_POWERS}/{{power_id:uuid}}", opt=_SEE)
async def present_power(
    account_id: FromPath[AccountId],
    power_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    powers: NamedDependency[SkipValidation[Powers]],
    power_service: NamedDependency[PowerService],
) -> Response[Any]:
    """A machine-readable one: the register tells the rest of it."""
    form = (await request.form()).items()
    typed = {name: str(value)[:_MOST_CHARACTERS].strip() for name, value in form}
    account = (await accounts.card(access)).account
    try:
        asked = _asked(typed, account).power(PowerId(power_id), UserId(access.actor.id), power_service.now())
        await repeated(partial(power_service.present, account.number, asked))
    except Refusal as refusal:
        return await _shown(request, access, account, powers, typed, refusal)
    return see_other(f"/accounts/{account_id}/powers?done=yes")


@post(f"{_POWERS}/{{power_id:uuid}}/end", opt=_SEE)
async def revoke_power(
    account_id: FromPath[AccountId],
    power_id: FromPath[PowerId],
    access: NamedDependency[Access],
    power_service: NamedDependency[PowerService],
) -> Response[None]:
    await repeated(partial(power_service.revoke, access, power_id))
    return see_other(f"/accounts/{account_id}/powers")


def _asked(typed: dict[str, str], account: Account) -> PowerIn:
    """PowerUnreadable."""
    told = {
        "account_number": account.number,
        "kind": PowerKind.MACHINE,
        "number": typed.get("number", ""),
        "issuer_inn": typed.get("issuer_inn", ""),
        "representative_inn": typed.get("representative_inn", ""),
        "valid_from": typed.get("valid_from", ""),
        "valid_until": typed.get("valid_until", ""),
    }
    try:
        return msgspec.convert(told, PowerIn)
    except msgspec.ValidationError as error:
        raise PowerUnreadable(field=str(error).rpartition("$.")[2].rstrip("`") or None) from error


async def _shown(
    request: Request[Any, Any, Any],
    access: Access,
    account: Account,
    powers: Powers,
    typed: dict[str, str],
    refusal: Refusal | None = None,
) -> Response[str]:
    language = language_for(request)
    return page(
        request,
        "powers.html",
        status=status_of(refusal) if refusal else 200,
        account_id=access.account_id,
        section="me",
        account=account,
        powers=[PowerOut.of(one) for one in await powers.listed(access)],
        states={state: translated(language, text) for state, text in POWER_STATES.items()},
        power_id=uuid4(),
        typed={"issuer_inn": account.holder_inn or "", "valid_from": "", "valid_until": ""} | typed,
        done="done" in request.query_params,
        refusal=in_words(request, refusal) if refusal else None,
    )


HANDLERS = [show_powers, present_power, revoke_power]
