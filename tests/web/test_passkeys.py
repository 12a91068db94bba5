"""A passkey in the cabinet, with the browser's virtual authenticator in the place of a finger: what the
browser makes of our options, and what we make of its answers."""

import re

RESIDENT = "+79000000002"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def sign_out(page):
    await page.get_by_role("button", name="Выйти", exact=True).click()
    await page.get_by_role("heading", name="Войти").wait_for()


async def test_a_passkey_is_added_signs_in_and_is_removed(visitor):
    page = visitor.page
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("WebAuthn.enable")
    added = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    await visitor.sign_in(RESIDENT, "/profile/security?from=a&to=b")
    await page.wait_for_url(re.compile(r"/profile/security\?from=a&to=b$"))
    await page.get_by_label("Название этого устройства").fill("Ноутбук")
    await page.get_by_role("button", name="Добавить ключ").click()
    await page.get_by_text("Ключ доступа сохранён").wait_for()
    await visitor.check_page()
    await page.get_by_role("button", name="Добавить ключ").click()  # the device has one of ours already
    await page.locator("[data-failed]").get_by_text("Устройство").wait_for()

    for count in (1, 2):  # the device counts its uses, and we remember them
        await sign_out(page)
        await visitor.goto("/sign-in?next=/profile/security?from=a&to=b")
        await page.get_by_role("button", name="Войти по ключу").click()
        await page.wait_for_url(re.compile(r"/profile/security\?from=a&to=b$"))
        [kept] = (await cdp.send("WebAuthn.getCredentials", added))["credentials"]
        assert kept["signCount"] >= count

    await page.get_by_role("button", name=re.compile("Ноутбук")).click()
    await page.get_by_text("больше ничего не открывает").wait_for()
    await sign_out(page)
    await page.get_by_role("button", name="Войти по ключу").click()
    await page.get_by_text("Ключ доступа не принят").wait_for()
    assert "/sign-in" in page.url
