"""The letter after a payment, over real SMTP."""

import asyncio
from email import message_from_bytes, policy

import msgspec
import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP

from adapters.mail.smtp import SmtpMail
from domain.payments.payments import CheckPayment, PaymentLetter
from services.payments.letters import PaymentLetters
from tests import kabinets


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


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        yield kabinet


@pytest.fixture
def letters(kabinet, box):
    mail = SmtpMail("127.0.0.1", box.port, "kabinet@example.test")
    return PaymentLetters(kabinet.container.transaction, mail, kabinet.clock)


async def promised(pool):
    rows = await pool.fetch("SELECT job FROM account_jobs WHERE kind = 'payments.letter'")
    return [row["job"] for row in rows]


async def test_the_payer_is_told_where_the_money_went(kabinet, box, letters):
    home = await kabinet.household(email="ivanov@example.test")
    made = (await kabinet.pay(home)).json()
    await kabinet.play(home, made["id"])
    await kabinet.container.payment_settlement.check(
        CheckPayment(account_id=home.account_id, payment_id=made["id"])
    )

    [job] = await promised(kabinet.container.pool)
    await letters.send(msgspec.convert(job, PaymentLetter))

    [letter] = box.letters
    assert letter["To"] == "ivanov@example.test"
    assert "5\u00a0410,00\u00a0₽" in letter["Subject"]
    assert "АО «heat», л/с 6600000001-he: 2\u00a0310,00\u00a0₽" in letter.get_content()


async def test_who_has_no_address_gets_no_letter(kabinet, box, letters):
    home = await kabinet.household()
    made = (await kabinet.pay(home)).json()
    await kabinet.play(home, made["id"])
    await kabinet.container.payment_settlement.check(
        CheckPayment(account_id=home.account_id, payment_id=made["id"])
    )

    [job] = await promised(kabinet.container.pool)
    await letters.send(msgspec.convert(job, PaymentLetter))

    assert box.letters == []
