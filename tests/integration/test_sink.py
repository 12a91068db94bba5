import asyncio
import contextlib
import socket
from email.message import EmailMessage

import aiosmtplib
import httpx
import pytest
import pytest_asyncio

from infra import sink
from infra.letters import Letters
from infra.ports import answers
from infra.settings import Settings


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest_asyncio.fixture(loop_scope="session")
async def settings(tmp_path):
    settings = Settings(data=tmp_path, sink_port=free_port(), sink_page_port=free_port())
    task = asyncio.create_task(sink.serve(settings))
    while not await answers("127.0.0.1", settings.sink_page_port, "/"):
        assert not task.done(), task
        await asyncio.sleep(0.05)
    yield settings
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest_asyncio.fixture(loop_scope="session")
async def page(settings):
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.sink_page_port}") as client:
        yield client


def letter(subject):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "kabinet@localhost", "a@example.org", subject
    message.set_content("Код 1234 <script>alert(1)</script>")
    message.add_alternative("<p onclick=alert(1)>Код</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="счёт.pdf")
    return message


async def test_a_letter_is_kept_and_shown_without_harm(settings, page):
    await aiosmtplib.send(letter("Счёт <b>"), hostname="127.0.0.1", port=settings.sink_port)
    await aiosmtplib.send(letter("Second"), hostname="127.0.0.1", port=settings.sink_port)
    newest, first = (await page.get("/letters.json")).json()
    assert (newest["subject"], first["recipients"]) == ("Second", "a@example.org")
    assert "Код 1234" in first["text"]
    assert "Счёт &lt;b&gt;" in (await page.get("/")).text
    shown = await page.get(f"/letters/{first['name']}")
    assert "&lt;script&gt;" in shown.text and "<script" not in shown.text
    assert "<iframe sandbox " in shown.text and "счёт.pdf" in shown.text
    framed = await page.get(f"/letters/{first['name']}/html")
    assert framed.headers["content-security-policy"].startswith("sandbox;")
    assert len(list((settings.data / "mail" / "new").iterdir())) == 2


async def test_too_big_a_letter_is_refused(settings):
    message = EmailMessage()
    message["From"], message["To"] = "a@example.org", "b@example.org"
    message.set_content("x" * 70 + "\n")
    message.add_attachment(b"x" * sink.MOST_LETTER_BYTES, maintype="application", subtype="pdf")
    with pytest.raises(aiosmtplib.SMTPException, match="size"):
        await aiosmtplib.send(message, hostname="127.0.0.1", port=settings.sink_port)


@pytest.mark.parametrize("path", ["/letters/../../etc/passwd", "/letters/nothing", "/letters/%2e%2e", "/x"])
async def test_other_addresses_are_not_found(page, path):
    assert (await page.get(path)).status_code == 404
    assert (await page.post("/")).status_code == 405


def test_the_oldest_are_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr("infra.letters.MOST_LETTERS_KEPT", 3)
    letters = Letters(tmp_path / "mail")
    for n in range(5):
        letters.keep(f"Subject: {n}\r\n\r\n".encode())
    assert [line.subject for line in letters.lines(10)] == ["4", "3", "2"]
