"""Pictures of the main pages for the README: `python -m tests.web.screenshots`."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import async_playwright

from tests.web.products import Visitor, found_browser, started

PICTURES = Path(__file__).parents[2] / "docs" / "img"
DESKTOP = {"width": 1100, "height": 760}
PHONE = {"width": 390, "height": 760}


async def taken(product) -> None:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=found_browser(), args=["--no-sandbox"])

        async def visitor(size, phone, scheme="light") -> Visitor:
            context = await browser.new_context(locale="ru-RU", viewport=size, color_scheme=scheme)
            someone = Visitor(await context.new_page(), product)
            await someone.sign_in(phone)
            return someone

        async def take(someone: Visitor, name: str) -> None:
            await someone.page.wait_for_load_state("networkidle")
            await someone.page.screenshot(path=PICTURES / f"web-{name}.png")

        resident = await visitor(DESKTOP, "+79000000001")
        home = resident.page.url
        await take(resident, "home")
        await resident.page.goto(f"{home}/bills")
        await resident.page.click("main .list a >> nth=0")
        await take(resident, "bill")
        await resident.page.click("main td a >> nth=0")
        await take(resident, "line")
        on_phone = await visitor(PHONE, "+79000000001", "dark")
        await on_phone.page.goto(f"{home}/pay")
        await take(on_phone, "pay-phone")
        await on_phone.page.click("main form button")
        await on_phone.page.locator(".qr").wait_for()
        await take(on_phone, "qr-phone")
        await on_phone.page.goto(f"{home}/meters")
        await take(on_phone, "meters-phone")
        operator = await visitor(DESKTOP, "+79000000011")
        await take(operator, "office")
        await browser.close()


def main() -> None:
    with TemporaryDirectory() as place, started(Path(place)) as product:
        asyncio.run(taken(product))
    for picture in sorted(PICTURES.glob("web-*.png")):
        print(f"{picture}: {picture.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
