"""Payments as each bank would write them into its file."""

import csv
from collections.abc import Sequence
from datetime import date, datetime
from io import StringIO
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from infra.demo.agents import OWN_ACCOUNT

CRLF = "\r\n"
_CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


class Paid(NamedTuple):
    """One payment. `at` is as the bank's clock shows it, in its own zone; sums are kopecks."""

    at: datetime
    operation: str
    account: str
    kopecks: int
    fee: int = 0
    name: str = ""
    address: str = ""
    period: str = ""
    inn: str = "7204000019"
    purpose: str = ""


def roubles(kopecks: int, point: str = ",") -> str:
    sign = "-" if kopecks < 0 else ""
    return f"{sign}{abs(kopecks) // 100}{point}{abs(kopecks) % 100:02d}"


def sberbank(
    rows: Sequence[Paid], encoding: str = "cp1251", *, order: str = "4815", ordered: date | None = None
) -> bytes:
    """`;` and a trailer that begins with `=`."""
    lines = [sberbank_line(one) for one in rows]
    day = ordered or max(one.at for one in rows).date()
    total, fees = sum(one.kopecks for one in rows), sum(one.fee for one in rows)
    lines.append(
        f"={len(rows)};{roubles(total)};{roubles(total - fees)};{roubles(fees)};{order};{day:%d-%m-%Y}"
    )
    return "".join(line + CRLF for line in lines).encode(encoding)


def sberbank_line(one: Paid) -> str:
    cells = (
        *(f"{one.at:%d-%m-%Y}", f"{one.at:%H-%M-%S}", "8647/0042", "SBOL", one.operation, one.account),
        *(one.name, one.address, one.period, roubles(one.kopecks), roubles(one.kopecks - one.fee)),
        roubles(one.fee),
    )
    return ";".join(cells)


def raiffeisen(rows: Sequence[Paid], encoding: str = "cp1251") -> bytes:
    headings = (
        *("Мерчант", "Дата операции МСК", "Тип", "id заказа", "id возврата", "Комментарий"),
        *("Способ оплаты", "Данные оплаты", "id клиента", "Сумма", "Комиссия", "Доп. поля"),
    )
    lines: list[Sequence[str]] = [headings]
    for one in rows:
        moment = f"{one.at:%d.%m.%Y %H:%M:%S}"
        words = f"Оплата по л/с {one.account}" if one.account else "Оплата услуг"
        lines.append(
            (
                *("MA1", moment, "Оплата", f"o-{one.operation}", "", words, "СБП", one.operation, ""),
                *(roubles(one.kopecks), roubles(one.fee), ""),
            )
        )
    total, fees = sum(one.kopecks for one in rows), sum(one.fee for one in rows)
    lines.append(("Итого", *[""] * 8, roubles(total), roubles(fees), ""))
    return _csv(lines).encode(encoding)


def tochka(rows: Sequence[Paid], encoding: str = "utf-8-sig") -> bytes:
    headings = (
        *("TRANS_DATE", "TRANSACTION_ID", "SUM", "COMMISSION", "PARENT_TRANSACTION_ID"),
        *("TRANSACTION_TYPE", "PAYMENT_METHOD_TYPE", "RRN", "AUTH_CODE", "ORDER_UID", "QRC_ID"),
    )
    lines: list[Sequence[str]] = [headings]
    for one in rows:
        lines.append(
            (
                *(f"{one.at:%Y-%m-%d %H:%M:%S}", one.operation, roubles(one.kopecks), roubles(one.fee)),
                *("", "PAYMENT", "SBP", "", "", one.account, ""),
            )
        )
    return _csv(lines).encode(encoding)


def _csv(lines: Sequence[Sequence[str]]) -> str:
    text = StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator=CRLF).writerows(lines)
    return text.getvalue()


def one_c(rows: Sequence[Paid], encoding: str = "cp1251", opening: int = 10_000_000) -> bytes:
    """Payment orders of legal entities: the contract stands in the purpose, the payer's account in `name`."""
    first, last = min(one.at for one in rows), max(one.at for one in rows)
    total = sum(one.kopecks for one in rows)
    lines = [
        "1CClientBankExchange",
        "ВерсияФормата=1.03",
        f"Кодировка={'DOS' if encoding == 'cp866' else 'Windows'}",
        f"ДатаНачала={first:%d.%m.%Y}",
        f"ДатаКонца={last:%d.%m.%Y}",
        f"РасчСчет={OWN_ACCOUNT}",
        "СекцияРасчСчет",
        f"ДатаНачала={first:%d.%m.%Y}",
        f"ДатаКонца={last:%d.%m.%Y}",
        f"РасчСчет={OWN_ACCOUNT}",
        f"НачальныйОстаток={roubles(opening, '.')}",
        f"ВсегоПоступило={roubles(total, '.')}",
        "ВсегоСписано=0.00",
        f"КонечныйОстаток={roubles(opening + total, '.')}",
        "КонецРасчСчет",
    ]
    for one in rows:
        lines += _document(one)
    return "".join(line + CRLF for line in [*lines, "КонецФайла"]).encode(encoding)


def _purpose(contract: str) -> str:
    return f"Оплата за электроэнергию по договору № {contract}. В т.ч. НДС 22 %"


def _document(one: Paid) -> list[str]:
    return [
        "СекцияДокумент=Платежное поручение",
        f"Номер={one.operation}",
        f"Дата={one.at:%d.%m.%Y}",
        f"Сумма={roubles(one.kopecks, '.')}",
        "ПлательщикСчет=40702810900000000123",
        f"ДатаСписано={one.at:%d.%m.%Y}",
        f"Плательщик=ИНН {one.inn} {one.name}",
        f"ПлательщикИНН={one.inn}",
        f"Плательщик1={one.name}",
        f"ПолучательСчет={OWN_ACCOUNT}",
        f"ДатаПоступило={one.at:%d.%m.%Y}",
        f"НазначениеПлатежа={one.purpose or _purpose(one.account)}",
        "КонецДокумента",
    ]


def camt(rows: Sequence[Paid], encoding: str = "utf-8", opening: int = 10_000_000) -> bytes:
    root = Element("Document", xmlns=_CAMT)
    statement = SubElement(SubElement(root, "BkToCstmrStmt"), "Stmt")
    _put(statement, "Acct/Id/Othr/Id", OWN_ACCOUNT)
    total = sum(one.kopecks for one in rows)
    for code, kopecks in (("OPBD", opening), ("CLBD", opening + total)):
        balance = SubElement(statement, "Bal")
        _put(balance, "Tp/CdOrPrtry/Cd", code)
        SubElement(balance, "Amt", Ccy="RUB").text = roubles(kopecks, ".")
        _put(balance, "CdtDbtInd", "CRDT")
    came = SubElement(SubElement(statement, "TxsSummry"), "TtlCdtNtries")
    _put(came, "NbOfNtries", str(len(rows)))
    _put(came, "Sum", roubles(total, "."))
    for one in rows:
        _entry(SubElement(statement, "Ntry"), one)
    body: bytes = tostring(root, encoding=encoding, xml_declaration=True)
    return body


def _entry(entry: Element, one: Paid) -> None:
    SubElement(entry, "Amt", Ccy="RUB").text = roubles(one.kopecks, ".")
    _put(entry, "CdtDbtInd", "CRDT")
    _put(entry, "Sts/Cd", "BOOK")
    _put(entry, "BookgDt/Dt", f"{one.at:%Y-%m-%d}")
    _put(entry, "ValDt/Dt", f"{one.at:%Y-%m-%d}")
    _put(entry, "AcctSvcrRef", one.operation)
    details = SubElement(SubElement(entry, "NtryDtls"), "TxDtls")
    _put(details, "Refs/EndToEndId", f"e-{one.operation}")
    parties = SubElement(details, "RltdPties")
    _put(parties, "Dbtr/Pty/Nm", one.name)
    _put(parties, "DbtrAcct/Id/Othr/Id", "40702810900000000123")
    _put(details, "RmtInf/Ustrd", f"Оплата по договору № {one.account}")


def _put(parent: Element, path: str, text: str) -> None:
    for step in path.split("/"):
        parent = SubElement(parent, step)
    parent.text = text
