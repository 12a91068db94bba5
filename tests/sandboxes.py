"""A sandbox for tests: in this process over ASGI with a clock of its own, or a process of its own."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from litestar import Litestar

from adapters.yookassa.client import YooKassaClient, http_client
from adapters.yookassa.provider import YooKassa
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.provider import Method, OrderWanted, Recipient
from infra.sandbox.app import create, install, tick
from infra.sandbox.config import Config
from infra.sandbox.desk import Desk
from infra.sandbox.peers_shop import payment_order

SHOP, SECRET, TOKEN = "100500", "test_secret", "oauth"
URL = "http://sandbox.test"


@dataclass
class Clock:
    at: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def later(self, **amount: float) -> None:
        self.at += timedelta(**amount)


@dataclass
class Shop:
    """Hears notices: answers each with the next of `answers`, then with 200."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(json.loads(request.content))
        return httpx.Response(self.answers.pop(0) if self.answers else 200)


@dataclass
class Sandbox:
    desk: Desk
    http: httpx.AsyncClient
    clock: Clock
    shop: Shop

    async def ask(self, method: str, path: str, key: str | None = None, **more: Any) -> httpx.Response:
        """With the shop's key; a POST gets an idempotence key unless it is given one."""
        headers = {"Idempotence-Key": key or str(uuid4())} if method in {"POST", "DELETE"} else {}
        headers |= more.pop("headers", {})
        auth = more.pop("auth", (SHOP, SECRET))
        return await self.http.request(method, f"/v3{path}", headers=headers, auth=auth, **more)

    async def created(self, **more: Any) -> dict[str, Any]:
        answer = await self.ask("POST", "/payments", json=order(**more))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def read(self, payment_id: str) -> dict[str, Any]:
        return (await self.ask("GET", f"/payments/{payment_id}")).json()

    async def play(self, payment_id: str, what: str = "pay", **query: Any) -> httpx.Response:
        return await self.http.post(f"/checkout/{payment_id}/{what}", params=query)

    async def fault(self, operation: str, kind: str, **more: Any) -> None:
        body = {"operation": operation, "kind": kind, **more}
        assert (await self.http.post("/sandbox/faults", json=body)).status_code == 201

    async def tick(self) -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.shop)) as http:
            await tick(self.desk, http)


def config(folder: Path, **more: Any) -> Config:
    return Config(
        **{
            "file": folder / "sandbox.sqlite3",
            "public_url": URL,
            "notice_url": "http://shop.test/notices",
            "shop_id": SHOP,
            "secret_key": SECRET,
            "oauth_token": TOKEN,
            **more,
        }
    )


_idle: list[Litestar] = []
"""Applications are dear to make: used again. Their state is each test's own."""


@asynccontextmanager
async def opened(folder: Path, clock: Clock | None = None, **more: Any) -> AsyncIterator[Sandbox]:
    clock, own = clock or Clock(), config(folder, **more)
    if _idle:
        install((app := _idle.pop()).state, own, clock)
    else:
        app = create(own, now=clock, busy=False)
    desk: Desk = app.state.desk
    desk.store.db.execute("PRAGMA synchronous=OFF")  # nobody cuts the power of a test
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL) as http:
            yield Sandbox(desk, http, clock, Shop())
    finally:
        desk.store.close()
        _idle.append(app)


def provider_of(sandbox: Sandbox, pauses: list[float] | None = None) -> tuple[YooKassa, httpx.AsyncClient]:
    """Our adapter over the same app. Close the client afterwards; pauses are noted, not slept."""
    noted = pauses if pauses is not None else []

    async def sleep(seconds: float) -> None:
        noted.append(seconds)

    http = httpx.AsyncClient(
        transport=sandbox.http._transport, base_url=f"{URL}/v3", auth=(SHOP, SECRET), trust_env=False
    )
    return YooKassa(YooKassaClient(http, sleep=sleep)), http


def order(value: str = "1250.50", **more: Any) -> dict[str, Any]:
    """A request that is right in every field; None in `more` takes a field away."""
    amount = {"value": value, "currency": "RUB"}
    body = {
        "amount": amount,
        "capture": True,
        "description": "Оплата электроэнергии",
        "payment_method_data": {"type": "sbp"},
        "confirmation": {"type": "redirect", "return_url": "https://shop.test/back"},
        "metadata": {"order": "1"},
        "payment_order": payment_order(value),
        **more,
    }
    return {name: field_value for name, field_value in body.items() if field_value is not None}


def receipt(value: str = "1250.50") -> dict[str, Any]:
    return {
        "customer": {"email": "payer@example.ru"},
        "items": [
            {
                "description": "Электроэнергия",
                "quantity": "1.000",
                "amount": {"value": value, "currency": "RUB"},
                "vat_code": 11,
            }
        ],
    }


def wanted(**more: Any) -> OrderWanted:
    """An order as the cabinet makes it."""
    return OrderWanted(
        **{
            "account_id": AccountId(uuid4()),
            "payment_id": PaymentId(uuid4()),
            "attempt": 1,
            "amount": Money(125050),
            "description": "Оплата счёта за октябрь 2026",
            "method": Method.SBP,
            "confirmation": "redirect",
            "return_url": "https://cabinet.test/payments/1",
            "payer_ip": "203.0.113.7",
            "recipient": Recipient(
                name="АО «Пример энергосбыт»",
                inn="8602000002",
                kpp="860201001",
                bank_name="Банк ПРИМЕР (АО)",
                bic="047102999",
                account="40702810600000000001",
                correspondent_account="30101810300000000999",
            ),
            "purpose": "Оплата ЕЛС 86АА123456 за 10.2026",
            "period": "2026-10",
            "unified_account_number": "86АА123456",
            **more,
        }
    )


@dataclass
class OwnProcess:
    """`python -m infra.sandbox` on a free port; `kill` is kill -9."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KABINET_")}
        environment = kept | {
            "KABINET_DATA": str(self.folder),
            "KABINET_SANDBOX_PORT": str(self.port),
            "KABINET_PORT": str(free_port()),
            "KABINET_YOOKASSA_SHOP_ID": SHOP,
            "KABINET_YOOKASSA_SECRET": SECRET,
        }
        self.process = await asyncio.to_thread(
            subprocess.Popen, [sys.executable, "-m", "infra.sandbox"], env=environment
        )
        async with httpx.AsyncClient(trust_env=False) as http:
            for _ in range(200):
                assert self.process.poll() is None, "the sandbox ended"
                try:
                    if (await http.get(f"{self.url}/health/live")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        raise AssertionError("the sandbox did not start")

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    @asynccontextmanager
    async def provider(self, timeout_seconds: float = 5) -> AsyncIterator[YooKassa]:
        async with http_client(f"{self.url}/v3", SHOP, SECRET, timeout_seconds=timeout_seconds) as http:
            yield YooKassa(YooKassaClient(http))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
