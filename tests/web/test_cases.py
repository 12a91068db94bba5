"""An application in the browser: its form is drawn from the schema, its story goes on by itself."""

from datetime import UTC, datetime, timedelta

RESIDENT = "+79000000001"


async def new(visitor, title: str):
    await visitor.sign_in(RESIDENT)
    await visitor.page.get_by_role("link", name="Заявления").click()
    await visitor.check_page()
    await visitor.page.get_by_role("link", name="Подать новое").click()
    await visitor.check_page()
    await visitor.page.get_by_role("link", name=title).click()


async def test_a_question_is_asked_and_added_to(visitor):
    await new(visitor, "Консультация")
    await visitor.check_page()
    await visitor.page.fill("#question", "Почему в октябре начислено больше?")
    await visitor.page.get_by_role("button", name="Подать").click()
    await visitor.page.get_by_role("heading", name="Ответим до").wait_for()
    await visitor.check_page()
    await visitor.page.fill("#words", "И ещё: когда поверка?")
    await visitor.page.get_by_role("button", name="Отправить").click()
    await visitor.page.get_by_text("И ещё: когда поверка?").wait_for()


async def test_a_recalculation_is_reckoned_before_it_is_filed(visitor):
    await new(visitor, "Перерасчёт платы")
    await visitor.page.get_by_label("Временное отсутствие более пяти дней").check()
    today = datetime.now(UTC).date()
    await visitor.page.get_by_label("День отъезда").fill((today - timedelta(28)).isoformat())
    await visitor.page.get_by_label("День возвращения").fill((today - timedelta(10)).isoformat())
    await visitor.page.get_by_label("Обращение с ТКО").first.check()
    await visitor.check_page()
    await visitor.page.get_by_role("button", name="Проверить перед подачей").click()
    await visitor.page.get_by_role("heading", name="Предварительная проверка").wait_for()
    await visitor.check_page()
    await visitor.page.get_by_role("button", name="Подать").click()
    await visitor.page.get_by_role("heading", name="Ответим до").wait_for()


async def test_damages_with_a_paper_and_two_things(visitor):
    await new(visitor, "Требование о возмещении ущерба")
    page = visitor.page
    await page.get_by_role("button", name="Подать").click()  # the browser itself asks for what is missing
    await page.get_by_label("Что произошло").select_option(label="Скачок напряжения")
    await page.get_by_label("Когда это произошло").fill(f"{(datetime.now(UTC) - timedelta(2)).date()}T19:30")
    await page.get_by_label("Как это произошло").fill("Вечером мигнул свет, холодильник не включается.")
    await page.locator("[id='things.0.name']").fill("Холодильник Север 300")
    await page.locator("[id='things.0.asked']").fill("много")
    await page.locator("input[type=file]").first.set_input_files(
        {"name": "акт.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    )
    await page.get_by_role("button", name="Подать").click()
    await page.get_by_text("Это не сумма в рублях").first.wait_for()
    await page.get_by_text("приложено").wait_for()  # a file is not chosen twice
    await visitor.check_page()
    await page.locator("[id='things.0.asked']").fill("12 500,00")
    await page.get_by_role("button", name="Ещё одна строка").click()
    await page.locator("[id='things.1.name']").fill("Телевизор")
    await page.locator("[id='things.1.asked']").fill("30000")
    await page.get_by_role("button", name="Подать").click()
    await page.get_by_role("heading", name="Что происходило").wait_for()
    await page.get_by_role("link", name="акт.pdf").wait_for()
    await page.get_by_text("Холодильник Север 300").wait_for()
    await visitor.check_page()
