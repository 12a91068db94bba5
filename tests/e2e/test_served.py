"""The application as granian's processes run it: through its own server, wrapped as in production."""

import asyncio
import re

import httpx
import pytest
import pytest_asyncio
from granian.constants import Interfaces
from granian.server.embed import Server

from infra import asgi_server
from tests.sandboxes import free_port


@pytest_asyncio.fixture
async def served(dsn, monkeypatch):
    port = free_port()
    monkeypatch.setenv("DATABASE_URL", dsn)
    monkeypatch.setenv("KABINET_PROXY_NETWORKS", "127.0.0.0/8")
    monkeypatch.setattr(asgi_server.lifeline, "follow_parent", lambda: None)
    monkeypatch.setattr(asgi_server.logs, "configure", lambda *_: None)
    server = Server(asgi_server.application(), address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    running = asyncio.create_task(server.serve())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        for _ in range(100):
            try:
                await http.get("/health/live")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.05)
        yield http
    server.stop()
    await running


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_what_production_wraps_around_the_application(served):
    ready = await served.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "reasons": []})

    lost = await served.get("/nowhere", headers={"X-Request-Id": "my-own.id"})
    assert lost.headers["x-request-id"] == "my-own.id"
    assert lost.json()["request_id"] == "my-own.id"

    page = await served.get("/nowhere", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "По этому адресу ничего нет" in page.text and 'href="/"' in page.text

    figures = (await served.get("/metrics")).text
    assert 'kabinet_http_requests_total{method="GET",route="/health/ready",status="200"}' in figures
    assert "kabinet_imports" in figures or "kabinet_jobs" in figures

    refused = await served.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
    assert refused.status_code == 401

    page = await served.get("/schema")
    assert page.status_code == 200
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page.text)
    style = await served.get("/static/swagger-ui/swagger-ui.css")
    assert style.status_code == 200
    assert "public" in style.headers["cache-control"]
    assert style.headers["x-content-type-options"] == "nosniff"
