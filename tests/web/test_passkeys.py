"""Passkeys in a real browser, with its virtual authenticator in the place of a finger: what the browser makes
of our options, and what we make of its answers."""

import asyncio
import os
import shutil

import httpx
import pytest
import pytest_asyncio
from granian.constants import Interfaces
from granian.server.embed import Server

from infra import asgi_server
from infra.container import wire
from infra.settings import load
from tests.actors import add_customer, customer_token
from tests.sandboxes import free_port

playwright = pytest.importorskip(
    "playwright.async_api", reason="playwright is not installed: requirements-dev.txt"
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}
CALL = """
async ([method, path, body, token]) => {
  const headers = {"Content-Type": "application/json"};
  if (token) headers["Authorization"] = "Bearer " + token;
  const answer = await fetch("/api/v1" + path, {method, headers, body: body && JSON.stringify(body)});
  const text = await answer.text();
  return [answer.status, text ? JSON.parse(text) : null];
}
"""
CREATE = """
async (options) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return (await navigator.credentials.create({publicKey})).toJSON();
}
"""
GET = """
async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({publicKey})).toJSON();
}
"""


def browser_path() -> str:
    given = os.environ.get("TEST_CHROMIUM", "")
    found = given or next(filter(None, map(shutil.which, BROWSERS)), "")
    if not found:
        pytest.skip("there is no browser: install Debian's package chromium, or name one in TEST_CHROMIUM")
    return found


@pytest_asyncio.fixture
async def origin(dsn, monkeypatch):
    """The product on a port of its own. Passkeys are for localhost: the one name without a certificate."""
    origin = f"http://localhost:{free_port()}"
    monkeypatch.setenv("DATABASE_URL", dsn)
    monkeypatch.setenv("KABINET_PUBLIC_URL", origin)
    monkeypatch.setattr(asgi_server.lifeline, "follow_parent", lambda: None)
    monkeypatch.setattr(asgi_server.logs, "configure", lambda *_: None)
    port = int(origin.rpartition(":")[2])
    server = Server(asgi_server.application(), address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    running = asyncio.create_task(server.serve())
    async with httpx.AsyncClient(base_url=origin) as http:
        for _ in range(100):
            try:
                await http.get("/health/live")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    yield origin
    server.stop()
    await running


@pytest_asyncio.fixture
async def page(origin):
    path = browser_path()
    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = await browser.new_page()
        session = await page.context.new_cdp_session(page)
        await session.send("WebAuthn.enable")
        await session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        await page.goto(f"{origin}/health/live")
        yield page
        await browser.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_a_browser_makes_a_passkey_and_signs_in_by_it(pool, page):
    container = wire(load({}), pool, None)
    user_id = await add_customer(container)
    token = await customer_token(container, user_id)

    async def call(method, path, body=None, token=None):
        return await page.evaluate(CALL, [method, path, body, token])

    status, options = await call("POST", "/passkeys/registration-options", token=token)
    assert status == 200, options
    made = await page.evaluate(CREATE, options)
    status, passkey = await call("POST", "/passkeys", {"name": "Браузер", "credential": made}, token)
    assert status == 201, passkey
    # The browser itself refuses a second one on the same device.
    _, options = await call("POST", "/passkeys/registration-options", token=token)
    with pytest.raises(playwright.Error, match="InvalidStateError"):
        await page.evaluate(CREATE, options)

    for _ in range(2):  # the counter grows
        _, options = await call("POST", "/passkeys/sign-in-options")
        got = await page.evaluate(GET, options)
        status, session = await call("POST", "/sessions/by-passkey", {"credential": got})
        assert status == 201, session
    status, me = await call("GET", "/me", token=session["access_token"])
    assert (status, me["id"]) == (200, str(user_id))
    status, refused = await call("POST", "/sessions/by-passkey", {"credential": got})
    assert (status, refused["code"]) == (401, "passkey-refused")
