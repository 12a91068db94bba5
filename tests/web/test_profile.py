"""A resident in their own room: contacts, devices, notices, consents, a copy, the second factor."""

import json
import re

import httpx
import pyotp

RESIDENT = "+79000000002"
PARTS = ("/profile", "/profile/contacts/phone", "/profile/password", "/profile/data", "/profile/erasure")


async def code_of(visitor, address: str) -> str:
    for _ in range(40):
        async with httpx.AsyncClient(base_url=visitor.product.letters) as http:
            for one in (await http.get("/letters.json")).json():
                if address in one["recipients"] and (found := re.match(r"\d{6}\b", one["text"])):
                    return found[0]
        await visitor.page.wait_for_timeout(150)
    raise AssertionError(f"no code for {address}")


async def test_every_part_is_for_everybody(visitor):
    await visitor.sign_in(RESIDENT, "/profile")
    for place in PARTS:
        await visitor.goto(place)
        await visitor.check_page()
    await visitor.goto("/profile")
    await visitor.page.get_by_role("link", name="Показания", exact=True).click()  # back to the account
    assert visitor.page.url.endswith("/meters")
    await visitor.goto("/profile")
    await visitor.page.get_by_role("link", name="Кто смотрел").first.click()
    await visitor.check_page()


async def test_another_address_takes_the_password_and_a_code(visitor):
    await visitor.sign_in(RESIDENT, "/profile")
    await visitor.page.get_by_role("link", name=re.compile("Изменить.*почта")).click()
    await visitor.page.fill("#address", "new2@example.test")
    await visitor.page.fill("#password", "not this")
    await visitor.page.get_by_role("button", name="Отправить код").click()
    assert await visitor.page.locator("#password").get_attribute("aria-invalid") == "true"
    assert await visitor.page.input_value("#address") == "new2@example.test"
    await visitor.check_page()
    await visitor.page.fill("#password", "kabinet-demo")
    await visitor.page.get_by_role("button", name="Отправить код").click()
    await visitor.page.fill("#code", await code_of(visitor, "new2@example.test"))
    await visitor.page.get_by_role("button", name="Подтвердить").click()
    await visitor.page.get_by_text("Теперь письма приходят на новый адрес").wait_for()
    assert await visitor.page.get_by_text("new2@example.test").is_visible()


async def signed_in_elsewhere(visitor, page):
    await page.goto(visitor.product.address + "/sign-in")
    await page.fill("#phone", RESIDENT)
    await page.fill("#password", "kabinet-demo")
    await page.click("main button")
    await page.get_by_role("button", name="Выйти").wait_for()


async def is_signed_out(visitor, page):
    await page.goto(visitor.product.address + "/profile")
    return "/sign-in" in page.url


async def test_another_device_is_signed_out(visitor, browser):
    other = await browser.new_context(locale="ru-RU", user_agent="Mozilla/5.0 (iPhone) Safari/605")
    phone = await other.new_page()
    await signed_in_elsewhere(visitor, phone)
    await visitor.sign_in(RESIDENT, "/profile/security")
    await visitor.check_page()
    await visitor.page.get_by_role("button", name=re.compile("Выйти там.*Safari, iPhone")).first.click()
    await visitor.page.get_by_role("status").wait_for()
    assert await is_signed_out(visitor, phone)
    await signed_in_elsewhere(visitor, phone)
    await visitor.page.goto(visitor.product.address + "/profile/security")
    await visitor.page.get_by_role("button", name="Выйти везде").click()
    await visitor.page.get_by_role("status").wait_for()
    assert await is_signed_out(visitor, phone)
    await other.close()


async def test_notices_are_chosen(visitor):
    await visitor.sign_in(RESIDENT, "/profile/notices")
    await visitor.check_page()
    await visitor.page.get_by_label("Готова квитанция или счёт").uncheck()
    await visitor.page.fill("#start", "22:30")
    await visitor.page.get_by_role("button", name="Сохранить").click()
    await visitor.page.get_by_role("status").wait_for()
    assert not await visitor.page.get_by_label("Готова квитанция или счёт").is_checked()
    assert await visitor.page.input_value("#start") == "22:30"


async def test_a_consent_is_given_and_taken_back_and_a_copy_taken_along(visitor):
    await visitor.sign_in(RESIDENT, "/profile/data")
    await visitor.page.get_by_role("button", name=re.compile("Согласен.*рекламу")).click()
    await visitor.page.get_by_text("согласие сохранено").wait_for()
    await visitor.page.locator("summary", has_text=re.compile("Отозвать.*рекламу")).click()
    await visitor.page.get_by_role("button", name=re.compile("Отозвать это согласие.*рекламу")).click()
    await visitor.page.get_by_text("Согласие отозвано").wait_for()
    async with visitor.page.expect_download() as coming:
        await visitor.page.get_by_role("link", name="Для программ").click()
    copy = json.loads((await (await coming.value).path()).read_text())
    assert copy["profile"]["phone"] == RESIDENT
    answer = await visitor.page.request.get(visitor.product.address + "/profile/data/copy.xlsx")
    assert (await answer.body()).startswith(b"PK")


async def test_erasure_is_asked_for_clearly(visitor):
    await visitor.sign_in(RESIDENT, "/profile/erasure")
    await visitor.page.fill("#password", "not this")
    await visitor.page.check("[name=sure]")
    await visitor.page.get_by_role("button", name="Удалить меня").click()
    assert await visitor.page.locator("#password").get_attribute("aria-invalid") == "true"
    await visitor.check_page()


async def test_the_second_factor_is_set_up_and_taken_off(visitor):
    await visitor.sign_in(RESIDENT, "/profile/second-factor")
    await visitor.check_page()
    await visitor.page.fill("#password", "kabinet-demo")
    await visitor.page.get_by_role("button", name="Продолжить").click()
    await visitor.check_page()
    await visitor.page.locator("summary").click()
    secret = await visitor.page.locator("code").text_content()
    assert secret
    await visitor.page.fill("#code", pyotp.TOTP(secret).now())
    await visitor.page.get_by_role("button", name="Включить").click()
    fallback = await visitor.page.locator(".codes code").first.text_content()
    await visitor.check_page()
    await visitor.page.get_by_role("link", name="Сохранил").click()
    await visitor.goto("/profile/second-factor")
    await visitor.check_page()
    await visitor.page.fill("#off", fallback)
    await visitor.page.get_by_role("button", name="Отключить").click()
    await visitor.page.get_by_text("снова достаточно пароля").wait_for()


async def test_it_is_installed_and_speaks_without_a_network(visitor):
    await visitor.goto("/offline")
    await visitor.check_page()
    manifest = await (
        await visitor.page.request.get(visitor.product.address + "/manifest.webmanifest")
    ).json()
    for icon in manifest["icons"]:
        answer = await visitor.page.request.get(visitor.product.address + icon["src"])
        assert answer.headers["content-type"] == "image/png"
    # A browser registers it over https; here, on one's own machine, by hand.
    await visitor.page.evaluate(
        "navigator.serviceWorker.register('/service-worker.js').then(() => navigator.serviceWorker.ready)"
    )
    kept = await visitor.page.evaluate(
        "caches.keys().then(names => caches.open(names[0])).then(one => one.keys())"
        ".then(all => all.map(request => new URL(request.url).pathname))"
    )
    assert all(path == "/offline" or path.startswith("/assets/") for path in kept)
    await visitor.page.context.set_offline(True)
    await visitor.goto("/sign-in")
    await visitor.page.get_by_role("heading", name="Нет связи").wait_for()
    await visitor.page.context.set_offline(False)
