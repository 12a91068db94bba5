"""An operator at work in the browser: finds a customer, sees what they see, answers a case, asks for a second
person, all of it by keyboard if they like."""

import re

OPERATOR, SENIOR, ADMINISTRATOR = "+79000000011", "+79000000012", "+79000000019"


_COOKIES: dict[str, list] = {}


async def come(visitor, phone, place):
    """Signed in once for all tests here: a code of the second factor works once in half a minute."""
    if phone in _COOKIES:
        await visitor.page.context.add_cookies(_COOKIES[phone])
        await visitor.goto(place)
    else:
        await visitor.sign_in(phone, place)
        _COOKIES[phone] = await visitor.page.context.cookies()


async def find(visitor, text):
    await visitor.goto("/office")
    await visitor.page.keyboard.press("/")
    await visitor.page.keyboard.type(text)
    await visitor.page.keyboard.press("Enter")


async def test_an_operator_finds_a_customer_and_sees_what_they_see(visitor):
    await come(visitor, OPERATOR, "/office")
    await visitor.page.get_by_role("heading", name="Кому помогаем?").wait_for()
    await visitor.check_page()
    await find(visitor, "тихая 89")
    await visitor.page.get_by_role("heading", name=re.compile("Найдено")).wait_for()
    assert "тихая" not in visitor.page.url
    await visitor.check_page()
    await find(visitor, "+7 900 000-00-01")
    await visitor.page.get_by_role("heading", name=re.compile("Найдено")).wait_for()
    await visitor.page.keyboard.press("j")
    await visitor.page.keyboard.press("Enter")
    await visitor.page.get_by_text("каждый просмотр записывается").wait_for()
    assert not await visitor.page.get_by_role("link", name="Оплатить").count()
    await visitor.check_page()
    for tab in ("Квитанции", "Показания", "Заявления"):
        await visitor.page.get_by_label("Разделы счёта").get_by_role("link", name=tab).click()
        await visitor.page.get_by_text("каждый просмотр записывается").wait_for()
        await visitor.check_page()


async def tab_to(page, selector, most=40):
    """As far as Tab leads; what cannot be reached by it is no use to who has no mouse."""
    for _ in range(most):
        if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


async def test_a_case_is_taken_asked_about_and_answered_by_keyboard_alone(visitor):
    await come(visitor, OPERATOR, "/office")
    await visitor.goto("/office/cases?kind=consultation&holder=free&state=registered")
    page, press = visitor.page, visitor.page.keyboard.press
    await page.get_by_role("heading", name="Очередь").wait_for()
    await visitor.check_page()
    await press("j")
    await press("Enter")
    await page.get_by_role("heading", name="О чём просят").wait_for()
    await visitor.check_page()
    await press("t")
    await page.get_by_text("Обращение взято в работу").wait_for()
    await tab_to(page, ".actions summary")
    await press("Enter")
    await tab_to(page, "#question-words")
    await page.keyboard.type("Пришлите, пожалуйста, фото прибора")
    await tab_to(page, "details[open] button")
    await press("Enter")
    await page.get_by_text("Пришлите, пожалуйста, фото прибора").wait_for()
    await decided_by_keyboard(visitor)


async def decided_by_keyboard(visitor):
    page, press = visitor.page, visitor.page.keyboard.press
    await press("d")
    await page.get_by_role("heading", name="Решение").wait_for()
    await visitor.check_page()
    await tab_to(page, "[name=outcome]")
    await press("Space")
    await tab_to(page, "#answer")
    await page.keyboard.type("Проверили")
    await tab_to(page, "#rule")
    await page.keyboard.type("ПП РФ 354, п. 31")
    await press("Enter")  # looks, and does not decide
    await page.locator("#answer-wrong").wait_for()
    await visitor.check_page()
    await tab_to(page, "#answer")
    await page.keyboard.type("Проверили начисления: расхождений нет")
    await tab_to(page, "#rule")
    await press("Enter")
    await page.get_by_text("деньги не двигаются").wait_for()
    await visitor.check_page()
    await press("Tab")
    assert await page.evaluate("document.activeElement.innerText") == "Дать ответ"
    await press("Enter")
    await page.get_by_role("heading", name="Ответ", exact=True).wait_for()
    await visitor.check_page()


async def test_a_senior_approves_what_an_operator_has_prepared(visitor):
    """Four eyes: what the operator prepares is not done before another person has approved it."""
    page = visitor.page
    await come(visitor, OPERATOR, "/office")
    await visitor.goto("/office/cases?kind=damages&state=in_review")
    await page.locator("[data-keys] a").first.click()
    case = page.url
    await page.get_by_role("link", name="Решить").click()
    await page.get_by_label("Удовлетворить", exact=True).check()
    await page.get_by_label("Сумма возмещения").fill("5000")
    await page.fill("#answer", "Возместим ремонт холодильника по заключению сервиса")
    await page.fill("#rule", "ГК РФ, ст. 1064")
    await page.get_by_role("button", name="Что последует?").last.click()
    await page.get_by_text("должен одобрить второй человек").wait_for()
    await visitor.check_page()
    await page.get_by_role("button", name="Отправить на согласование").click()
    await page.get_by_text("ждёт здесь, пока его не одобрит").wait_for()
    assert not await page.get_by_role("button", name="Одобрить и выполнить").count()
    await visitor.check_page()
    await page.context.clear_cookies()
    await come(visitor, SENIOR, "/office/approvals")
    waiting = page.locator("[data-keys] > li").filter(has_text="Возместим ремонт холодильника")
    await visitor.check_page()
    await waiting.get_by_text("Одобрить", exact=True).click()
    await waiting.get_by_label("Почему — для записи").first.fill("Заключение проверено")
    await waiting.get_by_role("button", name="Одобрить и выполнить").click()
    await page.get_by_text("Решённые").wait_for()
    await page.goto(case)
    await page.get_by_role("heading", name="Ответ", exact=True).wait_for()
    await page.get_by_text("Возместим ремонт холодильника").first.wait_for()


async def test_the_keys_are_told_by_a_key(visitor):
    await come(visitor, OPERATOR, "/office")
    await visitor.page.locator("h1").click()
    await visitor.page.keyboard.press("?")
    await visitor.page.get_by_role("heading", name="С клавиатуры").wait_for()
    await visitor.check_page()
    await visitor.page.get_by_label("Одиночные клавиши работают").uncheck()
    await visitor.page.keyboard.press("Escape")
    await visitor.page.keyboard.press("?")
    assert not await visitor.page.locator("dialog[open]").count()
    await visitor.page.get_by_role("button", name="С клавиатуры").click()
    await visitor.page.get_by_label("Одиночные клавиши работают").check()
    await visitor.page.keyboard.press("Escape")
    await visitor.page.keyboard.press("g")
    await visitor.page.keyboard.press("q")
    await visitor.page.get_by_role("heading", name="Очередь").wait_for()


async def test_readings_and_letters_wait_for_a_word(visitor):
    await come(visitor, OPERATOR, "/office/readings")
    await visitor.page.get_by_role("heading", name="Показания ждут решения").wait_for()
    await visitor.check_page()
    await visitor.goto("/office/letters?all=yes")
    await visitor.check_page()


async def test_money_visits_and_administration_have_their_pages(visitor):
    """An administrator reaches all of them by “More”."""
    await come(visitor, ADMINISTRATOR, "/office/more")
    await visitor.check_page()
    names = ("Сверка", "Возвраты через банк", "Визиты дня", "Системы и ключи", "Просмотры", "Сотрудники")
    links = [visitor.page.get_by_role("link", name=name) for name in names]
    for place in [await link.get_attribute("href") for link in links]:
        assert (await visitor.goto(place)).status == 200
        await visitor.check_page()
    await visitor.page.get_by_role("link", name="Котова Нина").click()
    await visitor.page.get_by_role("heading", name="Контроль качества").wait_for()
    await visitor.check_page()
