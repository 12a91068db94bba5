"""Every main page in the dark, at 200 % zoom and wider, without motion; and how much the first one weighs."""

import re

import pytest_asyncio

RESIDENT, OPERATOR = "+79000000001", "+79000000011"
MAIN = ("", "/pay", "/bills", "/bills/2026-10", "/statement", "/meters", "/cases", "/cases/new", "/autopay")
OFFICE = ("/office", "/office/cases", "/office/readings", "/office/suspense", "/office/reconciliation")
NARROW = {"width": 320, "height": 800}
"""A desktop's 1280 at 400 %, as WCAG 1.4.10 wants it; what stands here stands at 200 % too."""
FIRST_LOAD_BYTES = 50_000
MOST_SHIFT = 0.01
WATCHED = """
  window.shifted = 0;
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
  }).observe({type: "layout-shift", buffered: true});
"""
BEYOND = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
MOVING = """() => document.getAnimations().filter(one => one.playState === "running").length"""


@pytest_asyncio.fixture(loop_scope="session")
async def narrow_and_dark(visitor):
    await visitor.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await visitor.page.set_viewport_size(NARROW)
    await visitor.page.add_init_script(WATCHED)
    return visitor


async def look(visitor, places):
    for place in places:
        answer = await visitor.goto(place)
        assert answer.ok, place
        await visitor.page.wait_for_load_state("networkidle")
        assert await visitor.page.evaluate(BEYOND) <= 0, f"{place} is wider than the window"
        assert await visitor.page.evaluate("window.shifted") <= MOST_SHIFT, f"{place} shifts"
        assert not await visitor.page.evaluate(MOVING), f"{place} moves"
        await visitor.check_page()


async def account(visitor, phone: str) -> str:
    await visitor.sign_in(phone)
    await visitor.page.wait_for_url(re.compile("/accounts/[^/]+$"))
    return visitor.page.url.removeprefix(visitor.address)


async def test_a_residents_pages(narrow_and_dark):
    root = await account(narrow_and_dark, RESIDENT)
    await look(narrow_and_dark, [root + place for place in MAIN])


async def test_the_pages_of_a_desk(narrow_and_dark):
    await narrow_and_dark.sign_in(OPERATOR)
    await look(narrow_and_dark, OFFICE)


async def test_the_first_page_is_light(visitor):
    await visitor.sign_in(RESIDENT)
    await visitor.page.wait_for_url(re.compile("/accounts/[^/]+$"))
    wire = await visitor.page.context.new_cdp_session(visitor.page)
    loaded = []
    await wire.send("Network.enable")
    await wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.on("Network.loadingFinished", lambda one: loaded.append(one["encodedDataLength"]))
    await visitor.page.reload(wait_until="networkidle")
    assert len(loaded) >= 4  # the page, its styles and scripts
    assert sum(loaded) < FIRST_LOAD_BYTES, loaded
