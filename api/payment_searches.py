"""What a search for a payment has found, for the operator who decides it."""

from datetime import datetime

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from api.problems import responses
from domain.accounts.accounts import Accounts
from domain.applications.payment_search import PaymentSearch
from domain.cases.cases import CaseNotFound, Cases
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId, CaseId
from domain.payments.traces import MoneyTrace, MoneyTraces
from services.people.memberships import MembershipService


@get(
    "/accounts/{account_id:uuid}/cases/{case_id:uuid}/traces",
    opt={"access": Scope.DECIDE},
    responses=responses(401, 403, 404, 422),
)
async def list_traces(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    access: NamedDependency[Access],
    now: NamedDependency[datetime],
    accounts: NamedDependency[SkipValidation[Accounts]],
    cases: NamedDependency[SkipValidation[Cases]],
    money_traces: NamedDependency[SkipValidation[MoneyTraces]],
    membership_service: NamedDependency[MembershipService],
) -> list[MoneyTrace]:
    """Payments like the one that is searched for, of whatever account, as they are known now.

    For operators: customers are never told whose they are. Each account named here gets a record of the look.
    """
    view = await cases.view(access, case_id)
    if not isinstance(view.case.form, PaymentSearch):
        raise CaseNotFound
    card = await accounts.card(access)
    found = await money_traces.like(view.case.form.question, card.account)
    for other in {one.account_id for one in found if one.account_id} - {account_id}:
        look = Access(actor=access.actor, account_id=other, scope=Scope.DECIDE, at=now)
        await membership_service.record_view(look, "GET /api/v1/accounts/…/cases/…/traces")
    return found


payment_searches = Router("/", tags=["office"], route_handlers=[list_traces])
