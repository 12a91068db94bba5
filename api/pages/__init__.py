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
    ],
    opt={"by_cookie": True},
    dependencies={
        **paying.DEPENDENCIES,
        **bills.DEPENDENCIES,
        **readings.DEPENDENCIES,
        **account_options.DEPENDENCIES,
        **case_forms.DEPENDENCIES,
        **cases.DEPENDENCIES,
    },
    exception_handlers=refusals.HANDLERS,
    include_in_schema=False,
)
