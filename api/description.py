"""The API description: what Litestar finds out by itself, then summaries, examples, which addresses need no
key. It is made when somebody first asks for it: that takes longer than all the rest of a process's start,
and few processes are ever asked.
"""

import asyncio
import threading
from typing import Any

from litestar import Litestar, Request, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import License, OpenAPI, OpenAPIMediaType, Operation, RequestBody, Schema

from api import answer_examples, examples
from api.identity import SECURITY, Entry

_METHODS = ("get", "put", "post", "delete")
_SWAGGER = "/static/swagger-ui"
_TEXT = """
The self-service account of an electricity supplier's customers: accounts, charges, payments.

Sums are whole kopecks (`{"kopecks": 125050}`), times RFC 3339. Ids are UUIDs; whoever creates makes
the id, so that a request can be repeated after any doubt. Errors are RFC 9457 problem details with a
stable `code`. Lists are paged by `cursor`. Texts are Russian, or English by Accept-Language.
"""
_MAKING = threading.Lock()


def config() -> OpenAPIConfig:
    """For an application whose description may be read under /schema."""
    return OpenAPIConfig(
        title="Kabinet",
        version="1",
        description=_TEXT,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=SECURITY,
        security=[{"session": []}, {"key": []}],
        use_handler_docstrings=True,
        openapi_router=Router(
            "/schema",
            route_handlers=[],
            include_in_schema=False,
            dto=None,
            return_dto=None,
            before_request=_make_beside,
        ),
        render_plugins=[
            SwaggerRenderPlugin(
                path="/",
                js_url=f"{_SWAGGER}/swagger-ui-bundle.js",
                css_url=f"{_SWAGGER}/swagger-ui.css",
                standalone_preset_js_url=f"{_SWAGGER}/swagger-ui-standalone-preset.js",
                favicon=f'<link rel="icon" type="image/png" href="{_SWAGGER}/favicon-32x32.png">',
            )
        ],
    )


def made(app: Litestar) -> OpenAPI:
    """The finished description; making it takes about a second the first time."""
    with _MAKING:
        if not app.state.get("is_described"):
            _finish_all(app)
            app.state.is_described = True
        return app.openapi_schema


async def _make_beside(request: Request[Any, Any, Any]) -> None:
    """In a thread, so that other requests are answered meanwhile."""
    await asyncio.to_thread(made, request.app)


def _finish_all(app: Litestar) -> None:
    """The first sentence of a docstring is the summary; open addresses say that they are open."""
    components = app.openapi_schema.components
    for schema in (components.schemas if components else {}).values():
        _finish_lists(schema)
    for route in app.routes:
        item = (app.openapi_schema.paths or {}).get(getattr(route, "path_format", ""))
        for handler in getattr(route, "route_handlers", []):
            for method in _METHODS:
                operation = getattr(item, method, None)
                if operation is not None and method.upper() in handler.http_methods:
                    _finish(operation, handler)


def _finish_lists(schema: Schema) -> None:
    """Of a `tuple[X, ...]` with limits the framework says "X or anything": only X is meant."""
    for one in (schema.properties or {}).values():
        items = getattr(one, "items", None)
        kinds = [kind for kind in getattr(items, "one_of", None) or () if kind != Schema()]
        if isinstance(one, Schema) and len(kinds) == 1:
            one.items = kinds[0]


def _finish(operation: Operation, handler: Any) -> None:
    if operation.description:
        operation.summary = (
            operation.description.split("\n\n")[0].split(". ")[0].replace("\n", " ").rstrip(".")
        )
    if handler.opt.get("access") == Entry.OPEN:
        operation.security = [{}]
    asked = examples.REQUESTS.get(handler.handler_name)
    if asked is not None and isinstance(operation.request_body, RequestBody):
        for content in operation.request_body.content.values():
            content.example = asked
    for status, response in (operation.responses or {}).items():
        for media_type, content in (getattr(response, "content", None) or {}).items():
            _give_example(content, media_type, status, handler.handler_name)


def _give_example(content: OpenAPIMediaType, media_type: str, status: str, handler_name: str) -> None:
    if media_type == "application/problem+json":
        content.example = examples.PROBLEM | {"status": int(status)}
    elif status.startswith("2") and handler_name in answer_examples.ANSWERS:
        content.example = answer_examples.ANSWERS[handler_name]
