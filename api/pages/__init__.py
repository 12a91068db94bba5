"""The web cabinet: pages made on the server, the second way in to the same services."""

from litestar import Router

from api.pages import (
    account_options,
    adding,
    bills,
    case_forms,
    cases,
    consents,
    home,
    office,
    office_approvals,
    office_case,
    office_decision,
    office_queue,
    paying,
    readings,
    refusals,
    signing_in,
    signing_up,
)
from api.pages.assets import get_asset

pages = Router(
    "/",
    route_handlers=[
        get_asset,
        *signing_in.HANDLERS,
        *signing_up.HANDLERS,
        *consents.HANDLERS,
        *adding.HANDLERS,
        *home.HANDLERS,
        *paying.HANDLERS,
        *bills.HANDLERS,
        *readings.HANDLERS,
        *case_forms.HANDLERS,
        *cases.HANDLERS,
        *office.HANDLERS,
        *office_queue.HANDLERS,
        *office_case.HANDLERS,
        *office_decision.HANDLERS,
        *office_approvals.HANDLERS,
    ],
    opt={"by_cookie": True},
    dependencies={
        **paying.DEPENDENCIES,
        **bills.DEPENDENCIES,
        **readings.DEPENDENCIES,
        **account_options.DEPENDENCIES,
        **case_forms.DEPENDENCIES,
        **cases.DEPENDENCIES,
        **office_case.DEPENDENCIES,
        **office_decision.DEPENDENCIES,
        **office_approvals.DEPENDENCIES,
    },
    exception_handlers=refusals.HANDLERS,
    include_in_schema=False,
)
