"""One running product and one browser for all tests of pages."""

import httpx
import pytest
import pytest_asyncio

from tests.web.products import NO_BROWSER, Visitor, found_browser, started

playwright = pytest.importorskip(
    "playwright.async_api", reason="playwright is not installed: requirements-dev.txt"
)


@pytest.fixture(scope="session")
def product(tmp_path_factory):
    if not found_browser():
        pytest.skip(NO_BROWSER)
    with started(tmp_path_factory.mktemp("web")) as product:
        yield product


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser():
    async with playwright.async_playwright() as driver:
        started = await driver.chromium.launch(
            executable_path=found_browser(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser, product):
    context = await browser.new_context(locale="ru-RU", viewport={"width": 1100, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(10_000)
    yield Visitor(page, product)
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(product):
    """The payer's bank: what the provider's page does."""
    async with httpx.AsyncClient(base_url=product.sandbox) as http:
        yield http
