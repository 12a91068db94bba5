"""The one place where we reach into Litestar (infra/app.py, _take_dependencies_in_turn) still does there
what we think. When this fails after an upgrade: see whether the framework still needs the help, and how."""

import asyncio

import httpx
from litestar import Litestar, get
from litestar.di import NamedDependency, Provide

from infra.app import _take_dependencies_in_turn, create


def small_application(tasks: list[object]) -> Litestar:
    async def one() -> int:
        tasks.append(asyncio.current_task())
        return 1

    async def two() -> int:
        tasks.append(asyncio.current_task())
        return 1

    @get("/")
    async def show(one: NamedDependency[int], two: NamedDependency[int]) -> int:
        tasks.append(asyncio.current_task())
        return one + two

    names = {"one": Provide(one), "two": Provide(two)}
    return Litestar([show], dependencies=names, openapi_config=None, logging_config=None)


async def asked(app: Litestar) -> int:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://kabinet") as client:
        return (await client.get("/")).json()


async def test_litestar_takes_dependencies_in_a_group_of_tasks():
    tasks: list[object] = []
    assert await asked(small_application(tasks)) == 2
    assert len(set(tasks)) == 3, "Litestar needs our help no more: drop _take_dependencies_in_turn"


async def test_with_our_help_it_takes_them_in_the_task_of_the_request():
    tasks: list[object] = []
    app = small_application(tasks)
    _take_dependencies_in_turn(app)
    assert await asked(app) == 2
    assert len(set(tasks)) == 1, "this version of Litestar does not read what _take_dependencies_in_turn sets"


def test_every_route_of_ours_is_helped():
    routes = [route for route in create().routes if route.path.startswith("/api/v1")]
    models = [model for route in routes for _, model in route.route_handler_map.values()]
    assert sum(len(model.dependency_batches) for model in models) > len(routes)
    assert all(len(batch) == 1 for model in models for batch in model.dependency_batches)
