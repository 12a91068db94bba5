"""1CClientBankExchange, the statement every client bank can make: `Key=Value` lines in sections.

Source: the exchange standard of 1C:Enterprise with client banks, version 1.02/1.03. The statement has no id
of an operation: the day, the number of the payment order and the payer's account stand for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from adapters.registries.encodings import decoded
from adapters.registries.reading import OPERATION_CHARS, TEXT_CHARS, Reading
from domain.kernel.money import ZERO, Money
from domain.payments.registries.agents import Layout, PaymentAgent
from domain.payments.registries.entries import (
    LINE_CHARS,
    Direction,
    ParsedRegistry,
    Payer,
    RegistryEntry,
    Told,
)
from domain.payments.registries.faults import FaultCode

_TITLE = "1CClientBankExchange"
_DAY = "%d.%m.%Y"
_ENCODINGS = {"windows": "cp1251", "dos": "cp866", "utf-8": "utf-8", "utf8": "utf-8"}
_ENDS = {"СекцияРасчСчет": "КонецРасчСчет", "СекцияДокумент": "КонецДокумента"}

Section = tuple[int, str, dict[str, str]]


def read(body: bytes, agent: PaymentAgent, layout: Layout, today: date) -> ParsedRegistry:
    reading = Reading(agent, layout, today)
    text = decoded(body, _told_encoding(body) or layout.encodings)
    if text is None or not text.lstrip().startswith(_TITLE):
        return reading.unreadable(_TITLE)
    lines = [line.strip() for line in text.split("\n")]
    if any(len(line) > LINE_CHARS for line in lines):
        return reading.unreadable("line-too-long")
    if "КонецФайла" not in lines:
        reading.fault(len(lines), "КонецФайла", FaultCode.TRAILER_MISSING)
    accounts, documents = _sorted(_sections(reading, lines))
    if not accounts:
        return reading.unreadable("СекцияРасчСчет")
    ours = {keys.get("РасчСчет", "") for _, _, keys in accounts}
    for line_no, _, keys in accounts:
        if agent.bank_account and keys.get("РасчСчет") != agent.bank_account:
            reading.fault(line_no, "РасчСчет", FaultCode.OTHER_ACCOUNT, keys.get("РасчСчет", ""))
    for line_no, _, keys in documents:
        if reading.is_full():
            break
        if entry := _document(reading, line_no, keys, ours):
            reading.entries.append(entry)
    return reading.parsed(_told(reading, accounts))


def _told_encoding(body: bytes) -> tuple[str, ...]:
    """The head names it, in letters that most encodings share."""
    for line in body[:2000].split(b"\n"):
        key, _, value = line.strip().partition(b"=")
        name = _ENCODINGS.get(value.decode("ascii", errors="ignore").strip().lower())
        if name and any(key == "Кодировка".encode(one) for one in ("cp1251", "cp866", "utf-8")):
            return (name,)
    return ()


def _sections(reading: Reading, lines: Sequence[str]) -> Iterator[Section]:
    current: Section | None = None
    for line_no, line in enumerate(lines, start=1):
        key, _, value = line.partition("=")
        if key in _ENDS:
            if current:
                reading.fault(line_no, current[1], FaultCode.UNREADABLE, line)
            current = line_no, key, {}
        elif current and key == _ENDS[current[1]]:
            yield current
            current = None
        elif current and key:
            current[2].setdefault(key, value.strip())
    if current:
        reading.fault(current[0], current[1], FaultCode.UNREADABLE, _ENDS[current[1]])


def _sorted(sections: Iterator[Section]) -> tuple[list[Section], list[Section]]:
    accounts: list[Section] = []
    documents: list[Section] = []
    for one in sections:
        (accounts if one[1] == "СекцияРасчСчет" else documents).append(one)
    return accounts, documents


def _document(
    reading: Reading, line_no: int, keys: Mapping[str, str], ours: set[str]
) -> RegistryEntry | None:
    before = reading.faults_count
    payee = keys.get("ПолучательСчет") or keys.get("ПолучательРасчСчет", "")
    payer = keys.get("ПлательщикСчет") or keys.get("ПлательщикРасчСчет", "")
    direction = Direction.IN if payee in ours else Direction.OUT
    if payee not in ours and payer not in ours:
        reading.fault(line_no, "ПолучательСчет", FaultCode.OTHER_ACCOUNT, payee)
    field = "ДатаПоступило" if direction is Direction.IN else "ДатаСписано"
    paid_at = reading.moment(line_no, field, keys.get(field) or keys.get("Дата", ""), _DAY, has_time=False)
    amount = reading.above_zero(line_no, "Сумма", keys.get("Сумма", ""))
    number = reading.needed(line_no, "Номер", keys.get("Номер", ""), 20)
    purpose = keys.get("НазначениеПлатежа", "")[:TEXT_CHARS]
    if reading.faults_count > before or paid_at is None or amount is None:
        return None
    side = "Плательщик" if direction is Direction.IN else "Получатель"
    return RegistryEntry(
        line_no=line_no,
        operation_id=f"{keys.get('Дата', '')}/{number}/{payer}"[:OPERATION_CHARS],
        direction=direction,
        paid_at=paid_at,
        amount=amount,
        account_texts=reading.accounts_in(purpose),
        reference=number,
        purpose=purpose,
        payer=Payer(
            name=(keys.get(f"{side}1") or keys.get(side, ""))[:TEXT_CHARS],
            inn=keys.get(f"{side}ИНН", "")[:12],
            bank_account=(payer if direction is Direction.IN else payee)[:34],
        ),
    )


def _told(reading: Reading, accounts: Sequence[Section]) -> Told:
    """Over all sections of accounts: a statement has one for each day."""

    def whole(key: str) -> Money | None:
        sums = [(line_no, keys[key]) for line_no, _, keys in accounts if keys.get(key)]
        read = [reading.money(line_no, key, text) for line_no, text in sums]
        return Money(sum((one or ZERO).kopecks for one in read)) if read else None

    opening = _edge(reading, accounts[:1], "НачальныйОстаток")
    closing = _edge(reading, accounts[-1:], "КонечныйОстаток")
    is_one = len({keys.get("РасчСчет") for _, _, keys in accounts}) == 1
    return Told(
        amount=whole("ВсегоПоступило"),
        out=whole("ВсегоСписано"),
        opening=opening if is_one else None,
        closing=closing if is_one else None,
    )


def _edge(reading: Reading, sections: Sequence[Section], key: str) -> Money | None:
    [(line_no, _, keys)] = sections
    return reading.money(line_no, key, keys[key]) if keys.get(key) else None
