"""Every route of the real application tried by every sort of caller: what the matrix says, nothing else."""

import re

import httpx
import pytest
import pytest_asyncio

from adapters.postgres.pool import create_pool
from api.examples import REQUESTS
from api.identity import _handlers
from domain.kernel.access import Scope
from domain.people.staff import Role
from infra.app import create
from tests import kabinets
from tests.actors import add_customer, customer_token, staff_token
from tests.architecture.scope_matrix import CALLERS, DOCUMENT, MATRIX, OPEN, STAFF_ROLES, UNENROLLED, document
from tests.architecture.scope_people import add_member
from tests.architecture.scope_places import BODIES, HEADERS, OWN_WORDS, PLACES
from tests.architecture.scope_world import World
from tests.households import charge, lay_household
from tests.kabinets import DEBTS
from tests.systems import system_key

_GATE = {"unauthenticated", "token-refused", "signature-missing", "signature-wrong"}


def routes():
    """Handlers of the real application by "METHOD /path". Pages have a test of their own, test_pages.py."""
    return {
        f"{method} {route.path_format}": handler
        for route in create().routes
        for handler in _handlers(route)
        if not handler.opt.get("by_cookie")
        for method in sorted(handler.http_methods)
    }


ROUTES = routes()


def test_every_route_stands_in_the_matrix():
    missing = sorted(set(ROUTES) - set(MATRIX))
    assert not missing, (
        "Say who may come in. Add to MATRIX in tests/architecture/scope_matrix.py:\n"
        + "\n".join(f'    "{route}": <one of the rules above it>,' for route in missing)
        + "\nand run python -m tests.architecture.scope_matrix"
    )
    gone = sorted(set(MATRIX) - set(ROUTES))
    assert not gone, f"There are no such routes any more, take them out of MATRIX: {gone}"


def test_the_document_says_what_the_matrix_says():
    assert DOCUMENT.read_text() == document(), "run python -m tests.architecture.scope_matrix"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kabinet(database, tmp_path_factory):
    async with (
        await create_pool(database, min_size=1, max_size=4) as pool,
        kabinets.opened(pool, tmp_path_factory.mktemp("matrix")) as kabinet,
    ):
        yield kabinet


async def a_world(kabinet, route) -> World:
    owner = await add_customer(kabinet.container)
    home = await lay_household(kabinet.container.pool, user_id=owner, number="7711223344")
    await charge(kabinet.container.pool, home, DEBTS)
    return World(kabinet, home, owner, route)


async def comes(world: World, caller: str) -> httpx.Auth | None:
    """How the caller proves who it is."""
    container = world.kabinet.container
    if caller == "nobody":
        return None
    if caller in STAFF_ROLES:
        return Bearer(await staff_token(container, Role(caller)))
    if caller == UNENROLLED:
        return Bearer(await staff_token(container, Role.ADMINISTRATOR, has_factor=False))
    if caller.startswith("system:"):
        scope = Scope(caller.partition(":")[2])
        return await system_key(
            container.system_service, scope, name=f"{scope} alone", now=world.kabinet.clock
        )
    who = {
        "owner": lambda: _itself(world.owner),
        "payer": lambda: add_member(world, "{pay}"),
        "stranger": lambda: add_customer(container),
        "unagreed": lambda: add_member(world, "{see,pay,readings,applications,manage}", agrees=False),
    }[caller]
    return Bearer(await customer_token(container, await who()))


async def _itself(owner):
    return owner


class Bearer(httpx.Auth):
    def __init__(self, token):
        self.token = token

    def auth_flow(self, request):
        request.headers["Authorization"] = f"Bearer {self.token}"
        yield request


async def asked(world: World, auth: httpx.Auth | None) -> httpx.Response:
    method, path = world.route.split(" ")
    for name in re.findall(r"\{(\w+)\}", path):
        assert name in PLACES, f"say in tests/architecture/scope_places.py what stands for {{{name}}}"
        path = path.replace(f"{{{name}}}", str(await PLACES[name](world)), 1)
    handler = ROUTES[world.route].handler_name
    body = await BODIES[handler](world) if handler in BODIES else REQUESTS.get(handler)
    content = {"content": b"x"} if body is None else {"json": body}
    return await world.kabinet.http.request(
        method, path, auth=auth, headers=HEADERS.get(handler), **content if method != "GET" else {}
    )


def outcome(answer: httpx.Response, route: str) -> str:
    """How the caller was met: "allowed" whatever the route then says of the request itself."""
    assert answer.status_code < 500, answer.text
    is_problem = answer.headers.get("content-type") == "application/problem+json" and answer.content
    code = answer.json()["code"] if is_problem else ""
    status = answer.status_code
    # 401 by other codes is a route's own word, such as a wrong password.
    gate = _GATE - {"token-refused"} if MATRIX[route] is OPEN else _GATE
    if status not in {401, 403, 404} or (status == 401 and code not in gate):
        return "allowed"
    if code == OWN_WORDS.get(ROUTES[route].handler_name):
        return "allowed"
    # Where everybody comes in, whether something is found is no question of rights.
    return "allowed" if MATRIX[route] is OPEN and status == 404 else str(status)


@pytest.mark.parametrize("route", MATRIX)
async def test_the_route_meets_every_caller_as_the_matrix_says(kabinet, pool, route):
    if route not in ROUTES:
        pytest.skip("told above")
    world = await a_world(kabinet, route)
    told = MATRIX[route]
    found, leaks = {}, []
    for caller in CALLERS:
        answer = await asked(world, await comes(world, caller))
        found[caller] = outcome(answer, route)
        if caller in {"nobody", "stranger"} or found[caller] != "allowed":
            leaks += [caller for secret in secrets_of(world) if secret in answer.text]
    assert found == {caller: told.expected(caller) for caller in CALLERS}
    assert not leaks


def secrets_of(world: World) -> tuple[str, ...]:
    return world.home.number, str(world.home.account_id)
