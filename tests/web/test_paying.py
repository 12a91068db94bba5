"""A resident pays in the browser, as they would: to the last step, with a tab closed on the way and
without any script; by a saved card, too."""

import httpx

RESIDENT = "+79000000001"


async def begin(visitor, amount="321,45"):
    """To the page that shows the code; the link the bank's application would open."""
    await visitor.sign_in(RESIDENT)
    await visitor.page.get_by_role("link", name="Оплатить всё").click()
    await visitor.check_page()
    await visitor.page.fill("#amount", amount)
    await visitor.page.get_by_role("button", name="Оплатить").click()
    if again := await visitor.page.locator("[name=again]").count():
        assert again == 1
        await visitor.page.check("[name=again]")
        await visitor.page.get_by_role("button", name="Оплатить").click()
    return await checkout(visitor.page)


async def checkout(page):
    """The provider's page behind the code, where the payer's bank is played."""
    assert "qr.nspk.ru" in await page.get_by_role("link", name="Открыть приложение банка").get_attribute(
        "href"
    )
    link = await page.get_by_role("link", name="Открыть песочницу").get_attribute("href")
    async with httpx.AsyncClient() as http:
        return (await http.get(link)).headers["location"]


async def test_from_signing_in_to_paid(visitor, sandbox):
    link = await begin(visitor)
    assert await visitor.page.locator(".qr svg").is_visible()
    await visitor.check_page()
    await sandbox.post(link + "/pay")
    await visitor.page.get_by_role("heading", name="Оплачено").wait_for()
    await visitor.check_page()
    assert not visitor.complaints


async def test_the_tab_is_closed_in_the_middle(visitor, sandbox):
    link = await begin(visitor, "222,22")
    address = visitor.page.url
    await visitor.page.close()
    await sandbox.post(link + "/pay")
    page = await visitor_page_again(visitor)
    await page.goto(address)
    await page.get_by_role("heading", name="Оплачено").wait_for()


async def visitor_page_again(visitor):
    return await visitor.page.context.new_page()


async def test_the_spread_follows_the_sum(visitor):
    await visitor.sign_in(RESIDENT)
    await visitor.page.get_by_role("link", name="Оплатить всё").click()
    await visitor.page.fill("#amount", "1,00")
    await visitor.page.wait_for_function(
        "document.querySelector('#spread').textContent.includes('0,') "
        "&& !document.querySelector('#spread').textContent.includes('000,')"
    )
    await visitor.page.fill("#amount", "a lot")
    await visitor.page.get_by_text("Это не сумма в рублях").wait_for()


async def test_two_suppliers_of_five(visitor):
    await visitor.sign_in(RESIDENT)
    await visitor.page.get_by_role("link", name="Оплатить всё").click()
    await visitor.page.get_by_text("Выбрать, кому платить").click()
    for left_out in (await visitor.page.locator("[type=checkbox][name=ticked]").all())[2:]:
        await left_out.uncheck()
    await visitor.page.get_by_role("heading", name="Оплатить выбранным поставщикам").wait_for()
    await visitor.page.locator("#spread .list > li").nth(2).wait_for(state="detached")
    assert await visitor.page.locator("#spread .list > li").count() == 2
    said = (await visitor.page.locator("#pay-sum").text_content() or "").replace("\u00a0", "")
    assert said.strip() == f"{await visitor.page.input_value('#amount')}₽"
    assert await visitor.page.locator("#amount").get_attribute("readonly") is not None
    await visitor.check_page()


async def test_without_script(browser, product, sandbox):
    context = await browser.new_context(java_script_enabled=False, locale="ru-RU")
    page = await context.new_page()
    await page.goto(product.address + "/")
    await page.fill("#phone", RESIDENT)
    await page.fill("#password", "kabinet-demo")
    await page.click("main button")
    await page.click("text=Оплатить всё")
    await page.fill("#amount", "111,11")
    await page.click("main form button")
    if await page.locator("[name=again]").count():
        await page.check("[name=again]")
        await page.click("main form button")
    link = await checkout(page)
    await sandbox.post(link + "/pay")
    for _ in range(30):
        await page.reload()
        if await page.get_by_role("heading", name="Оплачено").count():
            break
        await page.wait_for_timeout(300)
    assert await page.get_by_role("heading", name="Оплачено").count()
    await context.close()


async def test_signed_out_is_out(visitor):
    await visitor.sign_in(RESIDENT)
    address = visitor.page.url
    assert "/accounts/" in address
    await visitor.page.get_by_role("button", name="Выйти").click()
    await visitor.page.get_by_role("heading", name="Войти").wait_for()
    await visitor.page.goto(address)
    assert "/sign-in" in visitor.page.url


async def test_a_card_is_saved_and_autopay_by_it_is_stopped_by_one_press(visitor, sandbox):
    page = visitor.page
    await visitor.sign_in(RESIDENT)
    account = page.url
    await page.get_by_role("link", name="Автоплатёж").click()
    await visitor.check_page()
    await page.get_by_role("link", name="Оплатить и сохранить").click()
    await page.fill("#amount", "123,45")
    await page.get_by_label("Банковская карта").check()
    await page.get_by_role("button", name="Оплатить").click()
    if await page.locator("[name=again]").count():
        assert await page.locator("[name=save]").is_checked()  # it comes back as it was filled in
        await page.check("[name=again]")
        await page.get_by_role("button", name="Оплатить").click()
    link = await page.get_by_role("link", name="Перейти к оплате").get_attribute("href")
    await sandbox.post(link + "/pay")
    await page.get_by_role("link", name="Настроить автоплатёж").click()
    await page.get_by_label("Не больше, рублей").fill("5000")
    await page.get_by_role("button", name="Платить автоматически").click()
    await page.get_by_text("Перед каждым платежом мы напишем вам").wait_for()
    await page.get_by_text("Настроить ещё один автоплатёж").click()
    await visitor.check_page()
    await page.get_by_role("button", name="Остановить").click()
    await page.get_by_text("Остановлен: больше ничего не спишется").wait_for()
    await page.get_by_role("button", name="Удалить").click()
    await page.get_by_text("Сохранённый способ оплаты удалён").first.wait_for()
    # By now the receipts of what was paid before are there.
    await page.goto(f"{account}/payments")
    for _ in range(30):
        if await page.get_by_role("link", name="№").count():
            break
        await page.wait_for_timeout(500)
        await page.reload()
    await visitor.check_page()
    await page.get_by_role("link", name="№").first.click()
    await page.locator("#receipts summary").first.click()
    await page.get_by_role("link", name="Проверить на сайте налоговой").wait_for()
    await visitor.check_page()
