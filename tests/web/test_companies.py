"""A company in the browser: forty meters by points, workbooks, the list of enquiries, people, webhooks."""

import re

COMPANY, REPRESENTATIVE = "+79000000003", "+79000000002"


async def come(visitor, place: str):
    await visitor.sign_in(COMPANY)
    await visitor.page.get_by_role("link", name="Показания").wait_for()
    number = visitor.page.url.rpartition("/")[2]
    await visitor.goto(f"/accounts/{number}/{place}")
    return f"/accounts/{number}"


async def download(visitor, link) -> bytes:
    async with visitor.page.expect_download() as coming:
        await link.click()
    return (await (await coming.value).path()).read_bytes()


async def test_meters_are_found_and_a_workbook_is_answered(visitor, tmp_path):
    await come(visitor, "meters")
    await visitor.check_page()
    serial = (await visitor.page.locator("main li strong").first.text_content()).removeprefix("№ ")
    await visitor.page.get_by_role("searchbox").fill(serial)
    await visitor.page.get_by_role("button", name="Найти").click()
    await visitor.page.get_by_text("Показано: 1 из").wait_for()
    await visitor.page.get_by_role("link", name="Показания таблицей").click()
    await visitor.check_page()
    assert (await download(visitor, visitor.page.get_by_role("link", name="Шаблон"))).startswith(b"PK")
    file = tmp_path / "readings.csv"
    file.write_text(f"Номер счётчика;Дата снятия;Показание\n{serial};22.11.2026;1\nnone;22.11.2026;2\n")
    await visitor.page.set_input_files("#file", file)
    await visitor.page.get_by_role("button", name="Передать").click()
    await visitor.page.get_by_text("не принято:").first.wait_for()
    await visitor.check_page()
    marked = visitor.page.get_by_role("link", name="Та же таблица с пометками")
    assert (await download(visitor, marked)).startswith(b"PK")


async def test_claims_by_a_workbook_say_why_not(visitor, tmp_path):
    await come(visitor, "claim-files")
    await visitor.check_page()
    file = tmp_path / "claims.csv"
    file.write_text(
        "Вид;Номер прибора;Причина;С какого дня;Помещение;Контакт;Телефон;Подписал\n"
        "замена;нет такого;утрачен;01.03.2026;встроенное;Дежурный;+79000000099;Громов П. А.\n"
    )
    await visitor.page.set_input_files("#file", file)
    await visitor.page.get_by_role("button", name="Подать заявки").click()
    await visitor.page.get_by_text("не подано: 1").wait_for()
    await visitor.check_page()


async def test_enquiries_are_narrowed_and_taken_along(visitor):
    await come(visitor, "cases")
    await visitor.page.get_by_label("Ещё без ответа").check()
    await visitor.page.get_by_role("button", name="Показать").click()
    await visitor.check_page()
    body = await download(visitor, visitor.page.get_by_role("link", name=".csv"))
    assert "Срок" in body.decode("utf-8-sig").splitlines()[0] or b";" in body
    assert (await download(visitor, visitor.page.get_by_role("link", name=".xlsx"))).startswith(b"PK")


async def test_the_statement_in_three_forms(visitor):
    await come(visitor, "statement")
    await visitor.check_page()
    for ending, start in ((".xlsx", b"PK"), (".csv", b"\xef\xbb\xbf"), (".pdf", b"%PDF")):
        assert (await download(visitor, visitor.page.get_by_role("link", name=ending))).startswith(start)


async def test_an_accountant_is_invited_and_the_invitation_withdrawn(visitor):
    account = await come(visitor, "people")
    await visitor.check_page()
    await visitor.page.get_by_role("link", name="Пригласить").click()
    await visitor.page.fill("#phone", "12")
    await visitor.page.get_by_label("передавать показания").check()
    await visitor.page.get_by_role("button", name="Пригласить").click()
    assert await visitor.page.get_by_role("alert").count() or await visitor.page.locator(".error").count()
    await visitor.check_page()
    await visitor.page.fill("#phone", "+7 900 555-44-33")
    await visitor.page.get_by_label("передавать показания").uncheck()
    await visitor.page.get_by_label("видеть начисления").check()
    await visitor.page.get_by_role("button", name="Пригласить").click()
    await visitor.page.get_by_text("Приглашение создано").wait_for()
    await visitor.page.get_by_role("button", name=re.compile("Отозвать")).first.click()
    await visitor.page.get_by_text("Приглашение отозвано, код").wait_for()
    await visitor.goto(f"{account}/powers")
    await visitor.check_page()


async def test_a_power_on_paper_is_presented_and_ended(visitor):
    page = visitor.page
    await visitor.sign_in(REPRESENTATIVE, "/profile")
    await page.get_by_role("link", name="Доверенности").click()
    await page.get_by_role("link", name="Она бумажная").click()
    written = {"account_number": "Д-7200000003", "number": "77-12", "issuer_inn": "7204000033"}
    days = {"valid_from": "2026-01-01", "valid_until": "2030-12-31"}
    for name, text in {**written, **days, "representative_inn": "7"}.items():
        await page.fill(f"#{name}", text)
    await page.locator("[name=powers]").first.check()
    scan = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n"}
    await page.set_input_files("#scan", scan)
    await page.get_by_role("button", name="Предъявить").click()
    await page.locator("#representative_inn[aria-invalid=true]").wait_for()
    await visitor.check_page()
    await page.fill("#representative_inn", "500100732259")  # the scan need not be chosen again
    await page.get_by_role("button", name="Предъявить").click()
    await page.get_by_text("Ждёт проверки").wait_for()
    await visitor.check_page()
    await page.get_by_role("button", name=re.compile("77-12")).click()
    await page.get_by_text("Отозвана").first.wait_for()


async def test_a_webhook_is_added_with_its_secret_and_ended(visitor):
    account = await come(visitor, "webhooks")
    await visitor.check_page()
    await visitor.page.fill("#url", "ftp://example.test/hook")
    await visitor.page.get_by_role("button", name="Добавить").click()
    await visitor.page.locator("#url[aria-invalid=true]").wait_for()
    await visitor.check_page()
    await visitor.page.fill("#url", "https://127.0.0.1/hook")  # the demo calls its own machine too
    await visitor.page.get_by_role("button", name="Добавить").click()
    await visitor.page.get_by_text("whsec_").wait_for()
    await visitor.goto(f"{account}/webhooks")
    assert not await visitor.page.get_by_text("whsec_").count()
    await visitor.page.get_by_role("link", name="https://127.0.0.1/hook").click()
    await visitor.check_page()
    await visitor.page.get_by_role("button", name="Отключить уведомления").click()
    await visitor.page.get_by_text("Пока ни одного").wait_for()
