"""Letters with readings that nobody may take as they are: the sender is not known, or is not proved."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from typing import NamedTuple

from openpyxl import Workbook

from domain.kernel.calendar import business_day
from domain.mail.letters_in import LetterSource
from domain.readings.templates import DIRECTION, NUMBER, SERIAL, TAKEN_ON, VALUE, ZONE
from infra.container import Container
from infra.demo.households import BOTH_FIRM, METERS_ACCOUNT, Household, household
from infra.demo.meters import Shown, last_shown
from infra.demo.people import CUSTOMERS
from services.mail.receiving import Delivery

_XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ZONE_WORDS = {"single": "Сутки", "day": "День", "night": "Ночь", "peak": "Пик", "half_peak": "Полупик"}
_HEADINGS = (NUMBER, SERIAL, ZONE, DIRECTION, TAKEN_ON, VALUE)


class DemoLetter(NamedTuple):
    """`remote_ip`: of the server that handed it over. This machine's own is trusted in the demo."""

    word: str
    sender: str
    remote_ip: str
    home: int
    text: str


LETTERS = (
    DemoLetter(
        "unknown",
        "Главный бухгалтер <buh@granit.example.test>",
        "127.0.0.1",
        BOTH_FIRM,
        "Добрый день! Направляем показания за месяц. Теперь их передаю я, прежний бухгалтер уволился.",
    ),
    DemoLetter(
        "not-proved",
        f"{CUSTOMERS[2].name} <{CUSTOMERS[2].email}>",
        "203.0.113.25",
        METERS_ACCOUNT,
        "Показания во вложении. Пишу с домашнего компьютера, рабочая почта не открывается.",
    ),
)
"""The second one's address is known, but its server does not vouch for it: anybody can write any sender."""


async def add_letters(container: Container, seed: int) -> None:
    """Kept as they come; the worker reads them. Safe to repeat: what is there stays."""
    reception = container.mail_in.letter_reception
    there = {row["message_id"] for row in await container.pool.fetch("SELECT message_id FROM letters_in")}
    day = business_day(container.now(), container.zone)
    for one in LETTERS:
        raw = _written(one, household(one.home, seed), day)
        letter = reception.letter(_delivered(one, raw))
        if letter.message_id not in there:
            await reception.keep(letter, raw)


def _delivered(one: DemoLetter, raw: bytes) -> Delivery:
    return Delivery(
        source=LetterSource.SMTP,
        remote_ip=one.remote_ip,
        mail_from=one.sender.rpartition("<")[2].rstrip(">"),
        recipients=("readings@example.test",),
        raw=raw,
        size_bytes=len(raw),
    )


def _written(one: DemoLetter, home: Household, day: date) -> bytes:
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"] = one.sender, "readings@example.test"
    letter["Subject"] = f"Показания, договор {home.number}"
    letter["Message-ID"] = f"<demo-{one.word}@example.test>"
    letter.set_content(f"{one.text}\n\n{home.holder}, договор {home.number}\n")
    letter.add_attachment(
        own_form(home, last_shown(home), day),
        maintype="application",
        subtype=_XLSX,
        filename=f"Показания {home.number}.xlsx",
    )
    return letter.as_bytes()


def own_form(home: Household, shown: Iterable[Shown], day: date) -> bytes:
    """A workbook as a company keeps it for itself: a little more on each register than billing last knew."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Показания")
    sheet.append([f"Показания приборов учёта, договор № {home.number}, {home.holder}"])
    sheet.append(_HEADINGS)
    for number, one in enumerate(shown, start=1):
        value = one.value + round(one.value / 40, 0) + Decimal(number)
        cells = number, one.serial, _ZONE_WORDS[one.zone], one.direction, day, value
        sheet.append(cells)
    written = BytesIO()
    book.save(written)
    return written.getvalue()
