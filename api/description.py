"""Finishing touches to the API description: summaries, examples, which addresses need no key."""

from typing import Any

from litestar import Litestar
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody

from api import examples
from api.identity import Entry

_METHODS = ("get", "put", "post", "delete")


def finish(app: Litestar) -> None:
    """The first sentence of a docstring is the summary; open addresses say that they are open."""
    for route in app.routes:
        item = (app.openapi_schema.paths or {}).get(getattr(route, "path_format", ""))
        for handler in getattr(route, "route_handlers", []):
            for method in _METHODS:
                operation = getattr(item, method, None)
                if operation is not None and method.upper() in handler.http_methods:
                    _finish(operation, handler)


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
    elif status.startswith("2") and handler_name in examples.ANSWERS:
        content.example = examples.ANSWERS[handler_name]
