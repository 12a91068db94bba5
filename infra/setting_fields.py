"""Settings as they are described by their Structs: read from the environment, shown to a person."""

import difflib
import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

PREFIX = "KABINET_"


class Row(NamedTuple):
    """One setting as a person reads it. `value` and `default` never show a secret."""

    field: str
    variable: str
    meaning: str
    unit: str
    default: str
    value: str


class Field(NamedTuple):
    """One setting as its Struct describes it."""

    name: str
    variable: str
    type: Any
    meaning: str
    unit: str
    secret: bool
    default: object


def fields_of(kind: type[msgspec.Struct]) -> list[Field]:
    """The fields of a Struct of settings, as `described` has them."""
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for field in msgspec.structs.fields(kind):
        meta: Meta = hints[field.name].__metadata__[0]
        extra = meta.extra or {}
        variable = extra["variable"] or PREFIX + field.name.upper()
        shown = (meta.description or "", extra["unit"], extra["secret"])
        found.append(Field(field.name, variable, hints[field.name], *shown, field.default))
    return found


def rows(settings: msgspec.Struct) -> list[Row]:
    """Every setting with its meaning, unit, default and present value, secrets masked."""
    return [
        Row(
            field.name,
            field.variable,
            field.meaning,
            field.unit,
            _shown(field, field.default),
            _shown(field, getattr(settings, field.name)),
        )
        for field in fields_of(type(settings))
    ]


def without_password(url: str) -> str:
    """The address with its password hidden, fit for a screen or a log."""
    url = re.sub(r"(://[^:/@?]*):[^@/]*@", r"\1:***@", url)
    return re.sub(r"([?&]password=)[^&]*", r"\1***", url)


def given(env: Mapping[str, str], variable: str) -> str:
    """What the environment says, or the file it names; empty: nothing. ValueError, OSError."""
    path = env.get(variable + "_FILE", "")
    if path and env.get(variable):
        raise ValueError(f"give it or {variable}_FILE, not both")
    return Path(path).read_text().strip() if path else env.get(variable, "").strip()


def converted(field: Field, text: str) -> object:
    """The value in its type. ValueError says what was expected, never repeats a secret."""
    raw = [part.strip() for part in text.split(",") if part.strip()] if "networks" in field.name else text
    value: object = msgspec.convert(raw, field.type, strict=False, dec_hook=lambda kind, given: kind(given))
    if field.name.endswith("_url"):
        _check_url(text, "postgresql postgres" if field.secret else "http https")
    elif "networks" in field.name:
        for part in raw:
            ipaddress.ip_network(part)
    elif field.name == "zone":
        try:
            ZoneInfo(text)
        except (LookupError, ValueError, OSError):
            raise ValueError(f"there is no time zone {text!r}") from None
    elif field.name == "host":
        ipaddress.ip_address(text)
    return value


def _check_url(text: str, schemes: str) -> None:
    if urlsplit(text).scheme not in schemes.split():
        raise ValueError(f"the address must begin with {' or '.join(f'{s}://' for s in schemes.split())}")


def unknown(kind: type[msgspec.Struct], env: Mapping[str, str]) -> list[str]:
    """What is said of each variable of ours that names no setting."""
    known = {field.variable for field in fields_of(kind)}
    found = []
    for name in sorted(env):
        if name.startswith(PREFIX) and name.removesuffix("_FILE") not in known:
            near = difflib.get_close_matches(name, known, n=1)
            found.append(f"{name}: there is no such setting" + (f"; {near[0]}?" if near else ""))
    return found


def _shown(field: Field, value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    if not field.secret or not value:
        return str(value)
    return without_password(str(value)) if field.name.endswith("_url") else "***"
