"""Without signing in: pay by the number on the bill; what is wrong comes back in the form."""


async def test_a_guest_pays_by_the_number(visitor):
    await visitor.goto("/sign-in")
    await visitor.page.get_by_role("link", name="Оплатить или передать показания без входа").click()
    await visitor.check_page()
    await visitor.page.locator("#account").fill("0000000000")
    await visitor.page.locator("#amount").fill("100,00")
    await visitor.page.get_by_role("button", name="Оплатить").click()
    await visitor.page.get_by_text("нельзя принять платёж").wait_for()
    assert await visitor.page.locator("#account").input_value() == "0000000000"
    await visitor.check_page()


async def test_figures_of_a_guest_by_zone_come_back_with_what_is_wrong(visitor):
    page = visitor.page
    await visitor.goto("/guest")
    await page.fill("#reading-account", "0000000000")
    await page.fill("#serial", "1")
    await page.get_by_text("Мой счётчик показывает несколько чисел").click()
    await page.get_by_label("День").fill("12а")
    await page.get_by_label("Ночь").fill("34,5")
    await page.get_by_role("button", name="Передать").click()
    await page.get_by_text("не показание").first.wait_for()
    await page.get_by_label("День").fill("12")
    await page.get_by_role("button", name="Передать").click()
    await page.get_by_text("такого счётчика нет").wait_for()
    assert await page.get_by_label("Ночь").input_value() == "34,5"
    await visitor.check_page()
