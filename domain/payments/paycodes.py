"""Payment codes on bills: bank details and a sum in a QR, by GOST R 56042-2014.

    ST00012|Name=…|PersonalAcc=…|BankName=…|BIC=…|CorrespAcc=…|PayeeINN=…|Sum=125050|PersAcc=…

"ST", version "0001", encoding (1 Windows-1251, 2 UTF-8, 3 KOI8-R), the separator, then pairs. The
five mandatory pairs come first in this order. Nothing can be escaped, hence another separator where
a value holds the usual one. We write UTF-8; `parse` reads all three.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Protocol

import msgspec

from domain.accounts.requisites import BankDetails
from domain.kernel.calendar import Period
from domain.kernel.errors import Invalid
from domain.kernel.money import ZERO, Money

MAX_BYTES = 1370
"""What QR version 30 of level M holds: finer modules do not scan from a 40 mm print."""
UTILITIES = "02"
"""`tech_code` of housing and utilities."""

_MANDATORY = ("Name", "PersonalAcc", "BankName", "BIC", "CorrespAcc")
_FORMS = {
    "PersonalAcc": re.compile(r"[0-9]{20}"),
    "BIC": re.compile(r"[0-9]{9}"),
    "CorrespAcc": re.compile(r"[0-9]{20}|0"),
    "TechCode": re.compile(r"[0-9]{2}"),
}
_LIMITS_CHARS = {"Name": 160, "BankName": 45, "Sum": 18, "Purpose": 210, "PayeeINN": 12, "KPP": 9}
_KEYS = """
    Name PersonalAcc BankName BIC CorrespAcc
    Sum Purpose PayeeINN PayerINN DrawerStatus KPP CBC OKTMO PaytReason TaxPeriod DocNo DocDate TaxPaytKind
    LastName FirstName MiddleName PayerAddress PersonalAccount DocIdx PensAcc Contract PersAcc Flat Phone
    PayerIdType PayerIdNum ChildFio BirthDate PaymTerm PaymPeriod Category ServiceName CounterId CounterVal
    QuittId QuittDate InstNum ClassNum SpecFio AddAmount RuleId ExecId RegType UIN TechCode
"""
_CANONICAL = {key.lower(): key for key in _KEYS.split()}
_ENCODINGS = {"1": "cp1251", "2": "utf-8", "3": "koi8-r"}
_SEPARATORS = r"""|~^#!$*&;@%_+?:>}])<{[(`\'"/,.-"""
_MAX_BYTES_READ = 4096


class PaycodeFieldMissing(Invalid):
    code = "paycode-field-missing"
    text = "A payment code needs {key}"


class PaycodeFieldWrong(Invalid):
    code = "paycode-field-invalid"
    text = "{key} does not have the form that the standard of payment codes asks for"


class PaycodeTooLong(Invalid):
    code = "paycode-too-long"
    text = "The payment code takes {size} bytes of {limit}"


class PaycodeWithoutSeparator(Invalid):
    code = "paycode-without-separator"
    text = "The values of the payment code leave no character to part them by"


class PaycodeUnreadable(Invalid):
    code = "paycode-unreadable"
    text = "This is not a payment code"


class Paycode(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to pay, and what for. `sum` of None lets the payer type it; a key is left out where its
    field is None. `add_amount` is what is asked beside the sum, such as a penalty."""

    payee: BankDetails
    sum: Money | None = None
    purpose: str | None = None
    pers_acc: str | None = None
    contract: str | None = None
    paym_period: Period | None = None
    category: str | None = None
    service_name: str | None = None
    add_amount: Money | None = None
    counter_id: str | None = None
    counter_value: str | None = None
    quitt_id: str | None = None
    quitt_date: date | None = None
    tech_code: str | None = None


def encode(paycode: Paycode) -> str:
    """The text of the code.

    Refuses by name what the standard does not hold: PaycodeFieldMissing, PaycodeFieldWrong (`key`),
    PaycodeTooLong (`size`, `limit` in bytes), PaycodeWithoutSeparator.
    """
    values = {key: _clean(value) for key, value in _pairs(paycode)}
    for key in _MANDATORY:
        if not values[key]:
            raise PaycodeFieldMissing(field=key, key=key)
    pairs = [(key, value) for key, value in values.items() if value and value != "null"]
    for key, value in pairs:
        _check(key, value)
    separator = _separator(value for _, value in pairs)
    text = f"ST00012{separator}" + separator.join(f"{key}={value}" for key, value in pairs)
    size = len(text.encode())
    if size > MAX_BYTES:
        raise PaycodeTooLong(size=size, limit=MAX_BYTES)
    return text


def parse(code: str | bytes) -> Mapping[str, str]:
    """The values of a code under the keys of the standard, as printed; a later repetition is ignored.

    Reads what others print: any separator, any of the three encodings (bytes), keys in any case and
    any order. Keys the standard does not know are left out. Refuses with PaycodeUnreadable.
    """
    text = _text(code)
    if len(text) < 8 or not re.match(r"ST0001[123][!-/:-@\[-`{-~]", text) or text[7] == "=":
        raise PaycodeUnreadable
    values: dict[str, str] = {}
    for pair in text[8:].split(text[7]):
        name, equals, value = pair.partition("=")
        key = _CANONICAL.get(name.strip().lower())
        if key and equals and value.strip():
            values.setdefault(key, value.strip())
    return values


def unified_paycode(
    *,
    collection: BankDetails,
    number: str,
    to_pay: Money,
    period: Period | None = None,
    bill_number: str | None = None,
) -> Paycode:
    """The code of a whole bill. Its money comes to the company's `collection` account, and `number`,
    that of the unified account, says whose it is."""
    return Paycode(
        payee=collection,
        sum=_positive(to_pay),
        purpose=_purpose("Оплата ЖКУ, единый л/с", number, period),
        pers_acc=number,
        paym_period=period,
        quitt_id=bill_number,
        tech_code=UTILITIES,
    )


def supplier_paycode(
    *,
    supplier: BankDetails,
    collection: BankDetails,
    direct: bool,
    number: str,
    to_pay: Money,
    period: Period | None = None,
    category: str | None = None,
    bill_number: str | None = None,
) -> Paycode:
    """The code of one supplier account, `number`. Its money goes to the supplier where it collects
    itself (`direct`), else to the company's `collection` account.

    Two suppliers may use one number, so on the collection account the supplier's INN goes along as
    ServiceName and in the purpose.
    """
    words = "Оплата ЖКУ, л/с" if direct else f"Оплата ЖКУ поставщику ИНН {supplier.inn}, л/с"
    return Paycode(
        payee=supplier if direct else collection,
        sum=_positive(to_pay),
        purpose=_purpose(words, number, period),
        pers_acc=number,
        paym_period=period,
        category=category,
        service_name=None if direct else supplier.inn,
        quitt_id=bill_number,
        tech_code=UTILITIES,
    )


def _pairs(paycode: Paycode) -> Iterator[tuple[str, str]]:
    payee = paycode.payee
    yield "Name", payee.payee_name
    yield "PersonalAcc", payee.account
    yield "BankName", payee.bank_name
    yield "BIC", payee.bic
    yield "CorrespAcc", payee.correspondent_account
    yield "PayeeINN", payee.inn
    yield "KPP", payee.kpp or ""
    yield "Sum", _kopecks("Sum", paycode.sum)
    yield "Purpose", paycode.purpose or ""
    yield "PersAcc", paycode.pers_acc or ""
    yield "Contract", paycode.contract or ""
    yield "PaymPeriod", _month_year(paycode.paym_period) if paycode.paym_period else ""
    yield "Category", paycode.category or ""
    yield "ServiceName", paycode.service_name or ""
    yield "AddAmount", _kopecks("AddAmount", paycode.add_amount)
    yield "CounterId", paycode.counter_id or ""
    yield "CounterVal", paycode.counter_value or ""
    yield "QuittId", paycode.quitt_id or ""
    yield "QuittDate", f"{paycode.quitt_date:%d.%m.%Y}" if paycode.quitt_date else ""
    yield "TechCode", paycode.tech_code or ""


def _clean(value: str) -> str:
    """Line ends and tabs become a space, other control characters and broken halves of characters go."""
    spaced = re.sub(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+", " ", value)
    return "".join(char for char in spaced if unicodedata.category(char) not in ("Cc", "Cs")).strip()


def _check(key: str, value: str) -> None:
    form, limit = _FORMS.get(key), _LIMITS_CHARS.get(key)
    if (form and not form.fullmatch(value)) or (limit and len(value) > limit):
        raise PaycodeFieldWrong(field=key, key=key)


def _separator(values: Iterable[str]) -> str:
    taken = set().union(*values)
    for candidate in _SEPARATORS:
        if candidate not in taken:
            return candidate
    raise PaycodeWithoutSeparator


def _text(code: str | bytes) -> str:
    if len(code) > _MAX_BYTES_READ:
        raise PaycodeUnreadable
    if isinstance(code, str):
        return code.removeprefix("\ufeff").strip()
    try:
        return code.decode(_ENCODINGS[code[6:7].decode("ascii")]).strip()
    except (KeyError, UnicodeDecodeError):
        raise PaycodeUnreadable from None


def _kopecks(key: str, amount: Money | None) -> str:
    if amount is None:
        return ""
    if amount < ZERO:
        raise PaycodeFieldWrong(field=key, key=key)
    return str(amount.kopecks)


def _positive(to_pay: Money) -> Money | None:
    return to_pay if to_pay > ZERO else None


def _month_year(period: Period) -> str:
    """`MMYYYY`: the standard leaves the form free, and this one banks understand."""
    return period[5:] + period[:4]


# The purpose is a field of the payment order, which Russian banks pass on in Russian whatever
# language the customer reads: it is no text of the catalogue.
def _purpose(words: str, number: str, period: Period | None) -> str:
    return f"{words} {number}" + (f" за {period[5:]}.{period[:4]}" if period else "")


class CodeImages(Protocol):
    """Pictures of a code. Each takes tens of milliseconds of a processor: call them off the event loop."""

    def svg(self, text: str, title: str) -> bytes:
        """An SVG document with `title` for those who do not see it."""

    def png(self, text: str) -> bytes: ...
