"""What the product says about itself: structured lines with the request's id and no personal data."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_HIDDEN = frozenset(
    "phone email mail name address addressee recipient sender login passport password password_hash token "  # noqa: SIM905
    "secret authorization cookie otp body raw form headers data".split()
)
_HIDDEN_ENDINGS = (
    "_phone",
    "_email",
    "_password",
    "_token",
    "_secret",
    "full_name",
    "first_name",
    "last_name",
)
_LAST_FOUR = frozenset(("number", "account_number", "contract_number", "supplier_number", "card"))
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"\+7[\d\s()-]{9,}\d")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+")
_DEEPEST = 6
_MASK = "***"


def configure(level: str = "info", style: Literal["auto", "json", "console"] = "auto") -> None:
    """Sends every logger's lines, ours and the libraries', to stderr in one shape.

    `auto` is for people in a terminal and JSON elsewhere. Call it once, when a process begins.
    """
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console),
    ]
    # Tracebacks as plain text: the pretty ones show local variables, and with them personal data.
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        mask,
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # httpx writes whole addresses at INFO; the others say nothing an operator acts on.
    for name in ("httpx", "httpcore", "mail.log", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def mask(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Hides personal data and secrets: whole values by their keys, at any depth, and in free text
    e-mails, phones and credentials by their looks. Of an account's number the last four stay."""
    return {key: _masked(key, value, 0) for key, value in event.items()}


def _masked(key: str, value: Any, depth: int) -> Any:
    key = key.lower().replace("-", "_")
    if key in _HIDDEN or key.endswith(_HIDDEN_ENDINGS):
        return _MASK if value else value
    if key in _LAST_FOUR:
        return _MASK + str(value)[-4:] if len(str(value)) > 4 else _MASK
    if isinstance(value, str):
        return _BEARER.sub(rf"\1 {_MASK}", _PHONE.sub(_MASK, _EMAIL.sub(_MASK, value)))
    if depth >= _DEEPEST:
        return _MASK
    if isinstance(value, Mapping):
        return {name: _masked(str(name), inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", inner, depth + 1) for inner in value]
    return value
