"""The whole product as `kabinet run` starts it, and somebody with a browser before it."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.pages.forms import with_place
from tests.sandboxes import free_port

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = "there is no browser: install Debian's package chromium, or name one in TEST_CHROMIUM"
AXE = Path(__file__).parent / "axe" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
READY_WITHIN_SECONDS = 150
PASSWORD = "kabinet-demo"


def found_browser() -> str:
    """Where one is; empty when there is none."""
    return os.environ.get("TEST_CHROMIUM", "") or next(filter(None, map(shutil.which, BROWSERS)), "")


@dataclass
class Product:
    """A running product: `address` of its pages, `sandbox` of the payment provider, `letters` it sent."""

    address: str
    sandbox: str
    letters: str
    data: Path

    def kabinet(self, *words: str) -> str:
        """What a command says, as one would run it beside the product."""
        env = {**os.environ, "KABINET_DATA": str(self.data)}
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli", *words], env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    def code(self, phone: str) -> str:
        """The second factor's code of a member of staff."""
        found = re.search(r"\b\d{6}\b", self.kabinet("staff", "code", phone))
        assert found
        return found[0]


@contextmanager
def started(data: Path) -> Iterator[Product]:
    """The product with its demo data on ports of its own, ended with the block."""
    words = ("PORT", "SANDBOX_PORT", "SINK_PORT", "SINK_PAGE_PORT", "MAIL_PORT", "LMTP_PORT")
    ports = {f"KABINET_{word}": str(free_port()) for word in words}
    env = {**os.environ, **ports, "KABINET_DATA": str(data), "KABINET_WORKERS": "1"}
    env.pop("DATABASE_URL", None)
    log = data / "run.log"
    with log.open("w") as said:
        running = subprocess.Popen(
            [sys.executable, "-m", "infra.cli", "run"],
            env=env,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while "Ctrl-C stops everything" not in log.read_text():
            assert running.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.2)
        yield Product(
            address=f"http://localhost:{ports['KABINET_PORT']}",
            sandbox=f"http://127.0.0.1:{ports['KABINET_SANDBOX_PORT']}",
            letters=f"http://127.0.0.1:{ports['KABINET_SINK_PAGE_PORT']}",
            data=data,
        )
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(40)


class Visitor:
    """Somebody with a browser, at `address` or the product's own. Notes every request to another site and
    every broken policy."""

    def __init__(self, page, product: Product, address: str = ""):
        self.page, self.product = page, product
        self.address = address or product.address
        self.strangers: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._note)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, request):
        if not request.url.startswith((self.address, "data:")):
            self.strangers.append(request.url)

    def _hear(self, message):
        if message.type == "error" and "the server responded with a status" not in message.text:
            self.complaints.append(message.text)

    async def goto(self, path: str):
        return await self.page.goto(self.address + path)

    async def sign_in(self, phone: str, place: str = "/"):
        """As a customer or, with the code of the second step, as staff."""
        await self.goto(with_place("/sign-in", place))
        await self.page.fill("#phone", phone)
        await self.page.fill("#password", PASSWORD)
        await self.page.click("main button")
        if await self.page.locator("[name=challenge]").count():
            # A code works once: when it was just used, the next one comes within half a minute.
            for _ in range(20):
                await self.page.fill("#code", self.product.code(phone))
                await self.page.click("main button")
                if not await self.page.locator("[name=challenge]").count():
                    break
                await asyncio.sleep(3)

    async def check_page(self):
        """No violation of WCAG 2.2 AA that a program can find, no request elsewhere, no error."""
        # The browser's own way past the page's policy: it is the test's script, not the page's.
        await self.page.evaluate(AXE.read_text())
        found = await self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}}).then(r => r.violations"
            ".map(v => v.id + ': ' + v.nodes.map(n => n.html).slice(0, 3).join(' | ')))",
            RULES,
        )
        assert not found, found
        assert not self.strangers
        assert not self.complaints, self.complaints
