"""What a search for a payment has found, for the operator who decides it."""

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from api.problems import responses
from domain.accounts.accounts import Accounts
from domain.cases.cases import Case, CaseNotFound, Cases
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
    accounts: NamedDependency[SkipValidation[Accounts]],
    cases: NamedDependency[SkipValidation[Cases]],
    money_traces: NamedDependency[SkipValidation[MoneyTraces]],
    membership_service: NamedDependency[MembershipService],
) -> list[MoneyTrace]:
    """Payments like the one that is searched for, of whatever account, as they are known now.

    For operators: customers are never told whose they are. Each account named here gets a record of the look.
    """
    case = (await cases.view(access, case_id)).case
    what = "GET /api/v1/accounts/…/cases/…/traces"
    found = await traced(access, case, accounts, money_traces, membership_service, what)
    if found is None:
        raise CaseNotFound
    return found


async def traced(
    access: Access,
    case: Case,
    accounts: Accounts,
    money_traces: MoneyTraces,
    memberships: MembershipService,
    what: str,
) -> list[MoneyTrace] | None:
    """Money like the one that the case searches for; None where it searches for none. Each account that is
    named gets a record of the look, under `what`."""
    question = case.form.wish().traces
    if question is None:
        return None
    found = await money_traces.like(question, (await accounts.card(access)).account)
    for other in {one.account_id for one in found if one.account_id} - {access.account_id}:
        look = Access(actor=access.actor, account_id=other, scope=Scope.DECIDE, at=access.at)
        await memberships.record_view(look, what)
    return found


payment_searches = Router("/", tags=["office"], route_handlers=[list_traces])
