"""Calls to addresses that strangers name (OWASP, Server-Side Request Forgery Prevention).

The host is looked up here, every address it has must be public, and the call goes to just the address that
was judged: a second look-up could give another. No redirect is followed, no proxy of the environment used,
nothing of the answer read but its status.
"""

import asyncio
import ipaddress
import socket
import time
from dataclasses import dataclass

import httpx

from domain.webhooks.endpoints import AddressRefused, Sent

TIMEOUT_SECONDS = 10.0
LOOK_UP_SECONDS = 5.0
MOST_URL_CHARACTERS = 500


class _NotPublic(Exception):
    """The host leads into a network that is nobody's business."""


@dataclass(frozen=True, slots=True)
class HttpReceivers:
    """`http` without redirects, environment and with a timeout. `everywhere`: the demo, where receivers may
    be on this machine and speak plain HTTP."""

    http: httpx.AsyncClient
    everywhere: bool = False

    async def check(self, url: str) -> None:
        try:
            parsed = self._parsed(url)
            await self._address(parsed)
        except (_NotPublic, httpx.InvalidURL, OSError, TimeoutError, ValueError) as error:
            raise AddressRefused(field="url") from error

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Sent:
        began = time.perf_counter()

        def sent(status: int | None = None, fault: str | None = None) -> Sent:
            took_ms = round((time.perf_counter() - began) * 1000)
            return Sent(status=status, fault=fault, took_ms=took_ms)

        try:
            async with asyncio.timeout(TIMEOUT_SECONDS + LOOK_UP_SECONDS):
                parsed = self._parsed(url)
                address = await self._address(parsed)
                request = self.http.build_request(
                    "POST",
                    parsed.copy_with(host=address),
                    headers={**headers, "Host": parsed.netloc.decode()},
                    content=body,
                    extensions={"sni_hostname": parsed.host},
                )
                answer = await self.http.send(request, stream=True, follow_redirects=False)
                await answer.aclose()
        except _NotPublic:
            return sent(fault="address-not-public")
        except (TimeoutError, httpx.TimeoutException):
            return sent(fault="timeout")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            return sent(fault="unreachable")
        return sent(status=answer.status_code)

    def _parsed(self, url: str) -> httpx.URL:
        """ValueError, InvalidURL."""
        parsed = httpx.URL(url)
        schemes = ("https", "http") if self.everywhere else ("https",)
        if len(url) > MOST_URL_CHARACTERS or parsed.scheme not in schemes or not parsed.host:
            raise ValueError("not an address we call")
        if parsed.userinfo or parsed.fragment:
            raise ValueError("no password and no fragment belongs here")
        return parsed

    async def _address(self, url: httpx.URL) -> str:
        port = url.port or (443 if url.scheme == "https" else 80)
        look_up = asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        found = await asyncio.wait_for(look_up, LOOK_UP_SECONDS)
        addresses = [str(one[4][0]) for one in found]
        if not self.everywhere and not all(is_public(one) for one in addresses):
            raise _NotPublic
        return addresses[0]


def is_public(address: str) -> bool:
    """Reachable from the internet: not ours, nobody's own, no multicast, nothing wrapped in IPv6."""
    one = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(one, ipaddress.IPv6Address):
        inner = one.ipv4_mapped or one.sixtofour or (one.teredo[1] if one.teredo else None)
        # 64:ff9b::/96 leads to any IPv4 address (RFC 6052).
        if inner is not None or one in ipaddress.ip_network("64:ff9b::/96"):
            return False
    return one.is_global and not one.is_multicast
