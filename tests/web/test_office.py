"""An operator at work in the browser: finds a customer, sees what they see, answers a case, asks for a second
person, all of it by keyboard if they like."""

import re

OPERATOR = "+79000000011"


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
    await visitor.page.keyboard.press("Tab")
    await visitor.page.locator("[data-keys] a").first.click()
    await visitor.page.get_by_text("каждый просмотр записывается").wait_for()
    assert not await visitor.page.get_by_role("link", name="Оплатить").count()
    await visitor.check_page()
    for tab in ("Счета", "Показания", "Заявления"):
        await visitor.page.get_by_label("Разделы счёта").get_by_role("link", name=tab).click()
        await visitor.page.get_by_text("каждый просмотр записывается").wait_for()
        await visitor.check_page()


async def test_a_case_is_taken_asked_about_and_answered(visitor):
    await come(visitor, OPERATOR, "/office")
    await visitor.goto("/office/cases?kind=consultation&holder=free&state=registered")
    await visitor.page.get_by_role("heading", name="Очередь").wait_for()
    await visitor.check_page()
    await visitor.page.keyboard.press("j")
    await visitor.page.keyboard.press("Enter")
    await visitor.page.get_by_role("heading", name="О чём просят").wait_for()
    await visitor.check_page()
    await visitor.page.get_by_role("button", name="Взять себе").click()
    await visitor.page.get_by_text("Обращение взято в работу").wait_for()
    await visitor.page.get_by_text("Спросить заявителя").click()
    await visitor.page.fill("#question-words", "Пришлите, пожалуйста, фото прибора")
    await visitor.page.get_by_role("button", name="Спросить").click()
    await visitor.page.get_by_text("Пришлите, пожалуйста, фото прибора").wait_for()
    await visitor.page.get_by_role("link", name="Решить").click()
    await visitor.page.get_by_role("heading", name="Решение").wait_for()
    await visitor.check_page()
    await visitor.page.get_by_label("Удовлетворить", exact=True).check()
    await visitor.page.fill("#answer", "Проверили")
    await visitor.page.fill("#rule", "ПП РФ 354, п. 31")
    await visitor.page.get_by_role("button", name="Что последует?").last.click()
    await visitor.page.locator("#answer-wrong").wait_for()
    await visitor.check_page()
    await visitor.page.fill("#answer", "Проверили начисления: расхождений нет")
    await visitor.page.get_by_role("button", name="Что последует?").last.click()
    await visitor.page.get_by_text("деньги не двигаются").wait_for()
    await visitor.check_page()
    await visitor.page.get_by_role("button", name="Дать ответ").click()
    await visitor.page.get_by_role("heading", name="Ответ", exact=True).wait_for()
    await visitor.check_page()


async def test_the_keys_are_told_by_a_key(visitor):
    await come(visitor, OPERATOR, "/office")
    await visitor.page.locator("h1").click()
    await visitor.page.keyboard.press("?")
    await visitor.page.get_by_role("heading", name="С клавиатуры").wait_for()
    await visitor.check_page()
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
    await visitor.goto("/office/suspense")
    await visitor.check_page()
    await visitor.goto("/office/second-factor")
    await visitor.check_page()
    await visitor.goto("/office/more")
    await visitor.check_page()
