"""A visit to a meter in the browser: once we have promised to come, the customer chooses the hour."""

RESIDENT = "+79000000001"


async def test_an_hour_is_booked_moved_and_called_off(visitor):
    page = visitor.page
    await visitor.sign_in(RESIDENT)
    await page.get_by_role("link", name="Заявления").click()
    await page.get_by_role("link", name="Опломбировка").click()
    await page.get_by_role("group", name="Когда к вам прийти?").get_by_role("radio").nth(1).check()
    await visitor.check_page()
    await page.get_by_label("Что важно знать").fill("Код 17")
    await page.get_by_role("button", name="Записаться").click()
    booked = page.locator("#visit .note")
    await booked.filter(has_text="Код 17").wait_for()
    first = await booked.text_content()
    await page.get_by_text("Перенести", exact=True).click()
    await page.get_by_role("group", name="Новое время").get_by_role("radio").nth(3).check()
    await visitor.check_page()
    await page.get_by_role("button", name="Перенести визит").click()
    await page.get_by_text("Прежние визиты").wait_for()
    assert await booked.text_content() != first
    await page.get_by_text("Отменить визит").click()
    await page.get_by_role("button", name="Отменить", exact=True).click()
    await page.get_by_role("button", name="Записаться").wait_for()
