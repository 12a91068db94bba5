"""How a setting is described: what it means, its unit, its bounds."""

from typing import Any

from msgspec import Meta

PORT: dict[str, Any] = {"unit": "TCP port", "ge": 1, "le": 65535}
POSTGRES, HTTP = "postgresql:// address", "http(s):// address"
NETWORKS = "IP networks by comma"


def described(
    meaning: str, unit: str, *, secret: bool = False, variable: str | None = None, **bounds: Any
) -> Meta:
    """What a person needs to know of a setting, and the bounds msgspec holds it to."""
    extra = {"unit": unit, "secret": secret, "variable": variable}
    return Meta(description=meaning, extra=extra, **bounds)
