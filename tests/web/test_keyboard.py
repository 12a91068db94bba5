"""By keyboard alone: Tab to go on, letters to write, Space and Enter to press. The focus is always seen."""

import re

RESIDENT = "+79000000001"
SEEN = """() => {
  const here = document.activeElement, shown = here.closest(".choice") ?? here;
  const ring = one => parseFloat(getComputedStyle(one).outlineWidth) >= 2
    && getComputedStyle(one).outlineStyle !== "none";
  return here === document.body || ring(here) || ring(shown);
}"""
HERE = "(wanted) => document.activeElement.matches(wanted)"


async def to(page, wanted: str, most: int = 60):
    """Tab after Tab until something that `wanted` selects has the focus."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        outer = await page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
        assert await page.evaluate(SEEN), outer
        if await page.evaluate(HERE, wanted):
            return
    raise AssertionError(f"no Tab leads to {wanted}")


async def write(page, wanted: str, text: str):
    await to(page, wanted)
    await page.keyboard.press("Control+a")
    await page.keyboard.type(text)


async def press(page, wanted: str, key: str = "Enter"):
    await to(page, wanted)
    await page.keyboard.press(key)


async def come(visitor) -> str:
    """To the account, past the header by the skip link."""
    page = visitor.page
    await visitor.goto("/sign-in")
    await page.keyboard.type(RESIDENT)
    await write(page, "#password", "kabinet-demo")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile("/accounts/[^/]+$"))
    account = page.url
    await press(page, "a.skip")
    assert await page.evaluate("document.activeElement.id") == "main"
    return account


async def test_paying(visitor):
    page = visitor.page
    await come(visitor)
    await press(page, "main a[href$='/pay']")
    await page.wait_for_url(re.compile("/pay$"))
    await write(page, "#amount", "77,70")
    await to(page, "[name=method]")
    await page.keyboard.press("ArrowDown")
    assert await page.locator("[name=method]").nth(1).is_checked()
    await page.keyboard.press("Enter")  # as in any form
    await page.wait_for_url(re.compile(r"/payments/"))
    if await page.locator("[name=again]").count():  # the bill is being paid in another test
        await press(page, "[name=again]", "Space")
        await page.keyboard.press("Enter")
    await to(page, "main a.button[href]")


async def test_sending_a_reading(visitor):
    page = visitor.page
    account = await come(visitor)
    await page.goto(f"{account}/meters")
    await press(page, "main a.button[href*='/meters/']")
    await page.wait_for_url(re.compile("/meters/[^/]+$"))
    # The first field has the focus already.
    await page.keyboard.type("1")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile("/readings/"))
    await page.get_by_role("heading", name=re.compile("^Показани")).first.wait_for()


async def test_asking_a_question(visitor):
    page = visitor.page
    account = await come(visitor)
    await page.goto(f"{account}/cases/new")
    await press(page, "main a[href$='/consultation']")
    await page.wait_for_url(re.compile("/consultation$"))
    await write(page, "#question", "Как платить с клавиатуры?")
    await press(page, "button[value=file]", "Space")
    await page.get_by_role("heading", name="Ответим до").wait_for()
