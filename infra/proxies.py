"""Whose address a request bears when it came through our own reverse proxies."""

import ipaddress
from collections.abc import Sequence
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BehindProxies:
    """ASGI middleware. Where the peer is one of `networks`, the client is the last address of
    X-Forwarded-For that is not: what stands before it, the client may have invented itself."""

    def __init__(self, app: Any, networks: Sequence[str]) -> None:
        self._app = app
        self._networks = [ipaddress.ip_network(network) for network in networks]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        peer = scope.get("client")
        if scope["type"] == "http" and peer and self._networks and self._is_ours(peer[0]):
            scope = {**scope, "client": (self._behind(scope["headers"], peer[0]), peer[1])}
        await self._app(scope, receive, send)

    def _behind(self, headers: Sequence[tuple[bytes, bytes]], peer: str) -> str:
        said = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1")
        for address in reversed([part.strip() for part in said.split(",") if part.strip()]):
            if not _is_address(address):
                return peer
            if not self._is_ours(address):
                return address
        return peer

    def _is_ours(self, address: str) -> bool:
        return _is_address(address) and any(
            ipaddress.ip_address(address) in network for network in self._networks
        )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
