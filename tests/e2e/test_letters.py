"""The letter after a payment, over real SMTP."""

import asyncio
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP

from adapters.mail.smtp import SmtpMail
from domain.payments.payments import CheckPayment, PaymentLetter


class Box:
    def __init__(self):
        self.letters = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the library's name
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest_asyncio.fixture
async def box():
    box = Box()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    yield box
    server.close()
    await server.wait_closed()


@pytest.fixture
def posted(kabinet, box):
    """Notices go over the wire to the box."""
    own = kabinet.container.notices
    sending = replace(own.notice_sending, mail=SmtpMail("127.0.0.1", box.port, "kabinet@example.test"))
    kabinet.container = replace(kabinet.container, notices=replace(own, notice_sending=sending))


async def paid(kabinet, **more):
    home = await kabinet.household(**more)
    made = (await kabinet.pay(home)).json()
    await kabinet.play(home, made["id"])
    job = CheckPayment(account_id=home.account_id, payment_id=made["id"])
    await kabinet.container.payment_settlement.check(job)
    return home, PaymentLetter(account_id=home.account_id, payment_id=made["id"])


async def test_the_payer_is_told_where_the_money_went(kabinet, box, posted):
    await paid(kabinet, email="ivanov@example.test")
    await kabinet.work()

    [letter] = box.letters
    assert letter["To"] == "ivanov@example.test"
    assert "5\u00a0410,00\u00a0₽" in letter["Subject"]
    for form in ("plain", "html"):
        text = letter.get_body((form,)).get_content()
        assert "АО «heat», л/с 6600000001-he" in text
        assert "2\u00a0310,00\u00a0₽" in text
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["List-Unsubscribe"].startswith("<http://localhost:8000/api/v1/notice-stops/payment-done.")
    assert letter["Message-ID"].startswith("<notice.")


async def test_a_payment_is_told_once_however_often_the_job_runs(kabinet, box, posted):
    _, job = await paid(kabinet, email="ivanov@example.test")
    for _ in range(3):
        await kabinet.container.notices.payment_notices.tell(job)
    await kabinet.work()
    assert len(box.letters) == 1


async def test_it_is_told_at_any_hour(kabinet, box, posted):
    kabinet.clock.at = kabinet.clock.at.replace(hour=20)  # one in the night there
    await paid(kabinet, email="ivanov@example.test")
    await kabinet.work()
    assert len(box.letters) == 1


async def test_who_has_no_address_gets_no_letter(kabinet, box, posted):
    await paid(kabinet)
    await kabinet.work()
    assert box.letters == []


async def test_who_took_back_the_consent_or_turned_it_off_gets_no_letter(kabinet, box, posted):
    home, _ = await paid(kabinet, email="ivanov@example.test")
    off = {"kinds": [{"kind": "payment-done", "is_on": False}], "quiet_hours": None}
    assert (await kabinet.http.put("/api/v1/me/notice-preferences", json=off)).status_code == 200
    await kabinet.work()
    assert box.letters == []
    log = (await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/notices")).json()["items"]
    assert [one["steps"][0]["why"] for one in log] == ["Вы отключили такие уведомления"]
