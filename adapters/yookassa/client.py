"""HTTP to YooKassa API v3: authentication, idempotence key, and what each answer means.

Rules: https://yookassa.ru/developers/using-api/interaction-format and …/response-handling.
A 202 is repeated with the same key, a 500 and a lost connection leave the outcome unknown, a 4xx in
the provider's own words is final. Anything else that stands between (a proxy's page, a body that
cannot be read) proves nothing and leaves the outcome unknown too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from adapters.yookassa.receipt_wire import NewReceipt, Receipt, ReceiptPage
from adapters.yookassa.wire import (
    Fault,
    NewPayment,
    NewPosLink,
    NewRefund,
    Nothing,
    Payment,
    PaymentPage,
    PosLink,
    Processing,
    Refund,
    RefundPage,
)
from domain.payments.provider import NotFoundAtProvider, ProviderRefused, ProviderUnreachable, ProviderUnsure

MOST_BYTES = 4 * 1024 * 1024
"""More than a page of a hundred payments ever takes."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_LONGEST_PAUSE_SECONDS = 5.0
T = TypeVar("T")


def http_client(
    base_url: str, shop_id: str, secret_key: str, *, timeout_seconds: float = 15.0
) -> httpx.AsyncClient:
    """One client per process. `base_url` ends in "/v3". Environment proxies are not followed."""
    return httpx.AsyncClient(
        base_url=base_url,
        auth=httpx.BasicAuth(shop_id, secret_key),
        timeout=httpx.Timeout(timeout_seconds, connect=min(5.0, timeout_seconds)),
        headers={"Accept": "application/json"},
        trust_env=False,
        follow_redirects=False,
    )


class _Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes


class YooKassaClient:
    """Asks over an httpx client given from outside, which knows the address and the credentials.

    A 202 or 429 is repeated at most `most_repeats` times, pausing as long as the provider asks (up
    to 5 seconds each).
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        most_repeats: int = 3,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = http
        self._most_repeats = most_repeats
        self._sleep = sleep

    async def create_payment(self, payment: NewPayment, *, key: str) -> Payment:
        """POST /payments. Raises ProviderUnsure, ProviderRefused, ProviderUnreachable."""
        return _created(await self._post("payments", payment, key), Payment)

    async def create_refund(self, refund: NewRefund, *, key: str) -> Refund:
        """POST /refunds. Raises ProviderUnsure, ProviderRefused, ProviderUnreachable."""
        return _created(await self._post("refunds", refund, key), Refund)

    async def create_receipt(self, receipt: NewReceipt, *, key: str) -> Receipt:
        """POST /receipts. Raises ProviderUnsure, ProviderRefused, ProviderUnreachable."""
        return _created(await self._post("receipts", receipt, key), Receipt)

    async def create_pos_link(self, link: NewPosLink, *, key: str) -> PosLink:
        """POST /pos_links. Raises ProviderUnsure, ProviderRefused, ProviderUnreachable."""
        return _created(await self._post("pos_links", link, key), PosLink)

    async def turn_pos_link(self, id: str, word: str, *, key: str) -> PosLink:
        """POST /pos_links/{id}/activate or …/deactivate. Raises as `create_pos_link`."""
        path = f"pos_links/{quote(id, safe='')}/{word}"
        return _created(await self._post(path, Nothing(), key), PosLink)

    async def _post(
        self, path: str, body: NewPayment | NewRefund | NewReceipt | NewPosLink | Nothing, key: str
    ) -> "_Answer":
        """The final answer, or ProviderUnsure, ProviderUnreachable."""
        content = msgspec.json.encode(body)
        headers = {"Content-Type": "application/json", "Idempotence-Key": key}
        accepted = False
        for repeat in range(self._most_repeats + 1):
            try:
                answer = await self._ask("POST", path, content=content, headers=headers)
            except _NOT_SENT as error:
                if accepted:
                    raise ProviderUnsure("accepted, then the connection was lost") from error
                raise ProviderUnreachable(repr(error)) from error
            except httpx.TransportError as error:
                raise ProviderUnsure(repr(error)) from error
            if answer.status not in {202, 429}:
                return answer
            accepted = accepted or answer.status == 202
            if repeat < self._most_repeats:
                await self._sleep(_pause_seconds(answer))
        raise ProviderUnsure(f"still {answer.status} after {self._most_repeats} repeats")

    async def payment(self, payment_id: str) -> Payment:
        """GET /payments/{id}. Raises ProviderUnreachable, NotFoundAtProvider."""
        return await self._one("payments", payment_id, Payment)

    async def refund(self, refund_id: str) -> Refund:
        """GET /refunds/{id}. Raises ProviderUnreachable, NotFoundAtProvider."""
        return await self._one("refunds", refund_id, Refund)

    async def _one(self, objects: str, id: str, kind: type[T]) -> T:
        # The id may come from a notice, that is from anybody: it must not lead to another path.
        answer = await self._get(f"{objects}/{quote(id, safe='')}", {})
        if answer.status == 404 and _fault(answer) is not None:
            raise NotFoundAtProvider(id)
        return _shown(answer, kind)

    async def refunds(self, query: Mapping[str, str]) -> RefundPage:
        """GET /refunds, newest first. Raises ProviderUnreachable."""
        return _shown(await self._get("refunds", query), RefundPage)

    async def receipt(self, receipt_id: str) -> Receipt:
        """GET /receipts/{id}. Raises ProviderUnreachable, NotFoundAtProvider."""
        return await self._one("receipts", receipt_id, Receipt)

    async def receipts(self, query: Mapping[str, str]) -> ReceiptPage:
        """GET /receipts, newest first. Raises ProviderUnreachable."""
        return _shown(await self._get("receipts", query), ReceiptPage)

    async def payments(self, query: Mapping[str, str]) -> PaymentPage:
        """GET /payments, newest first. Raises ProviderUnreachable."""
        return _shown(await self._get("payments", query), PaymentPage)

    async def _get(self, path: str, query: Mapping[str, str]) -> _Answer:
        for repeat in range(self._most_repeats + 1):
            try:
                answer = await self._ask("GET", path, params=query)
            except httpx.TransportError as error:
                raise ProviderUnreachable(repr(error)) from error
            if answer.status not in {202, 429}:
                break
            if repeat < self._most_repeats:
                await self._sleep(_pause_seconds(answer))
        return answer

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> _Answer:
        body = b""
        async with self._http.stream(
            method, path, content=content, headers=headers, params=params or None
        ) as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise httpx.ReadError(f"the answer is longer than {MOST_BYTES} bytes")
        return _Answer(response.status_code, body)


def _created(answer: _Answer, kind: type[T]) -> T:
    if answer.status == 200:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProviderUnsure(f"an answer that cannot be read: {error}") from error
    fault = _fault(answer)
    if fault is None or not 400 <= answer.status < 500 or answer.status == 408:
        raise ProviderUnsure(f"HTTP {answer.status}")
    if fault.parameter == "Idempotence-Key":
        # The key was used with other content: something is open under it, so this is no final no.
        raise ProviderUnsure(f"the key is taken: {fault.description}")
    raise ProviderRefused(fault.code, fault.description, fault.parameter)


def _shown(answer: _Answer, kind: type[T]) -> T:
    if answer.status != 200:
        fault = _fault(answer)
        raise ProviderUnreachable(f"HTTP {answer.status}" + (f" {fault.code}" if fault else ""))
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProviderUnreachable(f"an answer that cannot be read: {error}") from error


def _fault(answer: _Answer) -> Fault | None:
    try:
        return msgspec.json.decode(answer.body, type=Fault)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _pause_seconds(answer: _Answer) -> float:
    try:
        asked = msgspec.json.decode(answer.body, type=Processing).retry_after
    except (msgspec.DecodeError, UnicodeDecodeError):
        asked = None
    seconds = 1.8 if asked is None else max(0, asked) / 1000
    return min(seconds, _LONGEST_PAUSE_SECONDS)
