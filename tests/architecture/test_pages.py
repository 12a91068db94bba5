"""Every page passes the same gate as the API: nobody is let in by less, and no other site sends its forms."""

import re
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from adapters.postgres.pool import create_pool
from api.identity import Entry, _handlers
from infra.app import create
from tests import kabinets
from tests.actors import add_customer, customer_token
from tests.households import lay_household

PLACES = {"row_no": 1, "no": 1, "day": "2026-11-20"}
"""What stands in addresses and is no id."""
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def pages():
    return {
        f"{method} {route.path_format}": handler
        for route in create().routes
        for handler in _handlers(route)
        if handler.opt.get("by_cookie")
        for method in sorted(handler.http_methods)
    }


PAGES = dict(sorted(pages().items()))  # the same order in every process that runs tests
CLOSED = [page for page, handler in PAGES.items() if handler.opt["access"] != Entry.OPEN]
OF_ACCOUNTS = [page for page in CLOSED if "{account_id}" in page]
FORMS = [page for page in PAGES if not page.startswith(("GET ", "HEAD "))]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kabinet(database, tmp_path_factory):
    async with (
        await create_pool(database, min_size=1, max_size=4) as pool,
        kabinets.opened(pool, tmp_path_factory.mktemp("pages")) as kabinet,
    ):
        yield kabinet


async def visited(
    kabinet, page: str, token: str | None, headers=SAME_ORIGIN, **places: UUID
) -> httpx.Response:
    method, path = page.split(" ")
    for name in re.findall(r"\{(\w+)\}", path):
        path = path.replace(f"{{{name}}}", str(places.get(name) or PLACES.get(name) or uuid4()))
    cookies = {"Cookie": f"kabinet={token}"} if token else {}
    return await kabinet.http.request(method, path, headers={**headers, **cookies}, follow_redirects=False)


@pytest.mark.parametrize("page", CLOSED)
async def test_whoever_is_not_signed_in_is_sent_to_sign_in(kabinet, page):
    answer = await visited(kabinet, page, None)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


@pytest.mark.parametrize("page", CLOSED)
async def test_a_header_opens_no_page(kabinet, page):
    token = await customer_token(kabinet.container, await add_customer(kabinet.container))
    answer = await visited(kabinet, page, None, {**SAME_ORIGIN, "Authorization": f"Bearer {token}"})
    assert answer.status_code == 303


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def home(kabinet):
    owner = await add_customer(kabinet.container)
    return await lay_household(kabinet.container.pool, user_id=owner, number="7711223355")


@pytest.mark.parametrize("page", OF_ACCOUNTS)
async def test_a_stranger_finds_nothing(kabinet, home, page):
    container = kabinet.container
    token = await customer_token(container, await add_customer(container))
    answer = await visited(kabinet, page, token, account_id=home.account_id)
    assert answer.status_code in {403, 404, 400, 422}
    assert home.number not in answer.text


@pytest.mark.parametrize("page", FORMS)
async def test_a_form_of_another_site_is_refused(kabinet, page):
    answer = await visited(kabinet, page, None, {"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    answer = await visited(kabinet, page, None, {"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("GET /office")])
async def test_customers_see_nothing_of_the_office(kabinet, page):
    token = await customer_token(kabinet.container, await add_customer(kabinet.container))
    answer = await visited(kabinet, page, token)
    assert answer.status_code in {303, 403, 404, 422}


async def test_a_page_says_what_it_may_load(kabinet):
    answer = await kabinet.http.get("/sign-in")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "style=" not in answer.text
    assert not re.search(r"<script(?![^>]*src=)", answer.text)
