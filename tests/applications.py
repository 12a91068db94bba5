"""Applications for tests: making one takes longer than most stories, so it is used again."""

from collections.abc import Iterator
from contextlib import contextmanager

from litestar import Litestar

from infra.app import create, install
from infra.container import Container

_idle: list[Litestar] = []


@contextmanager
def application(container: Container) -> Iterator[Litestar]:
    """One that nobody else uses meanwhile."""
    app = _idle.pop() if _idle else create()
    before = dict(app.state.dict())
    install(app.state, container)
    try:
        yield app
    finally:
        for name in set(app.state.dict()) - set(before):
            delattr(app.state, name)
        _idle.append(app)
