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
