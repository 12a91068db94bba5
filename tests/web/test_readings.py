"""A reading by the browser: accepted with its cost, refused with the reason, insisted on."""

RESIDENT = "+79000000001"


async def open_meter(visitor, service: str):
    await visitor.sign_in(RESIDENT, "/")
    await visitor.page.get_by_role("link", name="Показания").click()
    await visitor.check_page()
    card = visitor.page.locator("article", has=visitor.page.get_by_role("heading", name=service))
    await card.locator("a.button").click()


async def test_a_reading_is_accepted_and_told_its_cost(visitor):
    await open_meter(visitor, "Горячее водоснабжение")
    await visitor.check_page()
    hint = await visitor.page.locator(".hint").first.text_content()
    last = float(hint.split(":")[1].split(",", 2)[0].strip() + "." + hint.split(",", 2)[1][:3].strip())
    await visitor.page.locator("main form input").first.fill(f"{last + 1.5:.3f}".replace(".", ","))
    await visitor.page.get_by_text("Примерно к оплате").wait_for()  # told before it is sent
    await visitor.page.get_by_role("button", name="Передать").click()
    await visitor.page.get_by_role("heading", name="Показания за").wait_for()
    assert await visitor.page.locator(".badge").first.text_content() != "Не принято"
    assert await visitor.page.get_by_role("heading", name="Сколько это будет стоить").is_visible()
    await visitor.check_page()
    await visitor.page.get_by_role("link", name="Показания").click()
    card = visitor.page.locator("article", has=visitor.page.locator("a", has_text="Передать ещё раз"))
    assert f"{last + 1.5:.3f}".rstrip("0").replace(".", ",") in await card.inner_text()
    await visitor.check_page()


async def test_a_wrong_figure_is_refused_with_the_range(visitor):
    await open_meter(visitor, "Холодное водоснабжение")
    await visitor.page.locator("main form input").first.fill("999999")
    await visitor.page.get_by_role("button", name="Передать").click()
    await visitor.page.get_by_text("Не принято").first.wait_for()
    assert "Сколько это будет стоить" not in await visitor.page.inner_text("main")
    await visitor.check_page()
    await visitor.page.fill("#comment", "На табло именно столько")
    await visitor.page.get_by_role("button", name="Показание верно").click()
    await visitor.page.get_by_role("heading", name="Вы подтвердили показание").wait_for()


async def test_what_is_no_figure_comes_back_in_the_form(visitor):
    await open_meter(visitor, "Холодное водоснабжение")
    await visitor.page.locator("main form input").first.fill("много")
    await visitor.page.get_by_role("button", name="Передать").click()
    assert await visitor.page.get_by_role("alert").text_content()
    assert await visitor.page.locator("main form input").first.input_value() == "много"
    await visitor.check_page()
