"""Who reckons penalties, and by whose rules: for administrators, two of them."""

from datetime import date, datetime
from functools import partial

import msgspec
from litestar import Router, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.approvals import ApprovalOut, Reason
from api.problems import responses
from domain.accounts.debtors import Debtor
from domain.accounts.penalties.rules import ReckonedBy
from domain.accounts.penalties.settings import SetDebtor, SetReckonedBy
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import AccountId, SupplierId
from services.penalties.setting import PenaltySetting
from services.repeating import repeated

_ADMINISTER = {"access": Scope.ADMINISTER}
_ERRORS = responses(401, 403, 404, 422, 503)


class ReckonedByIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Charges that are due on `valid_from` or later have their penalties reckoned by `us` or by `billing`."""

    valid_from: date
    reckoned_by: ReckonedBy
    reason: Reason


class DebtorIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Charges that are due on `valid_from` or later follow the rules for this sort of debtor."""

    valid_from: date
    debtor: Debtor
    reason: Reason


class ReckonedFrom(msgspec.Struct, frozen=True, kw_only=True):
    valid_from: date
    reckoned_by: ReckonedBy


class SupplierReckoning(msgspec.Struct, frozen=True, kw_only=True):
    """Before the first of `since`: billing."""

    supplier_id: SupplierId
    inn: str
    name: str
    since: list[ReckonedFrom]


class DebtorFrom(msgspec.Struct, frozen=True, kw_only=True):
    valid_from: date
    debtor: Debtor


@get("/office/penalty-settings", opt=_ADMINISTER, responses=responses(401, 403))
async def list_penalty_settings(
    penalty_setting: NamedDependency[PenaltySetting],
) -> list[SupplierReckoning]:
    """Who reckons each supplier's penalties, and since when."""
    suppliers, settings = await penalty_setting.of_suppliers()
    return [
        SupplierReckoning(
            supplier_id=supplier.id,
            inn=supplier.inn,
            name=supplier.name,
            since=[
                ReckonedFrom(valid_from=one.valid_from, reckoned_by=one.reckoned_by)
                for one in settings
                if one.supplier_id == supplier.id
            ],
        )
        for supplier in sorted(suppliers, key=lambda supplier: supplier.name)
    ]


@put("/office/penalty-settings/{supplier_id:uuid}", opt=_ADMINISTER, responses=_ERRORS, status_code=202)
async def set_reckoned_by(
    supplier_id: FromPath[SupplierId],
    data: JSONBody[ReckonedByIn],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    penalty_setting: NamedDependency[PenaltySetting],
) -> ApprovalOut:
    """Ask for another way of reckoning a supplier's penalties; a second administrator approves it."""
    action = SetReckonedBy(supplier_id=supplier_id, valid_from=data.valid_from, reckoned_by=data.reckoned_by)
    return ApprovalOut.of(await repeated(partial(penalty_setting.ask, actor, action, data.reason)), now)


@get("/office/accounts/{account_id:uuid}/debtors", opt=_ADMINISTER, responses=responses(401, 403, 404))
async def list_debtors(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    penalty_setting: NamedDependency[PenaltySetting],
) -> list[DebtorFrom]:
    """What sort of debtor holds the account, and since when. Nothing: a resident, or a buyer by contract."""
    found = await penalty_setting.of_account(access)
    return [DebtorFrom(valid_from=one.valid_from, debtor=one.debtor) for one in found]


@put("/office/accounts/{account_id:uuid}/debtors", opt=_ADMINISTER, responses=_ERRORS, status_code=202)
async def set_debtor(
    account_id: FromPath[AccountId],
    data: JSONBody[DebtorIn],
    access: NamedDependency[Access],
    penalty_setting: NamedDependency[PenaltySetting],
) -> ApprovalOut:
    """Ask for another sort of debtor from a day on; a second administrator approves it."""
    action = SetDebtor(account_id=account_id, valid_from=data.valid_from, debtor=data.debtor)
    asked = await repeated(partial(penalty_setting.ask, access.actor, action, data.reason))
    return ApprovalOut.of(asked, access.at)


penalty_settings = Router(
    "/",
    tags=["office"],
    route_handlers=[list_penalty_settings, set_reckoned_by, list_debtors, set_debtor],
)
