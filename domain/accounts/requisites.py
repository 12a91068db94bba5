"""Bank details and the numbers in them: their form and their check digits.

Sources: INN and KPP: order of the Federal Tax Service MMV-7-6/435@ of 29.06.2012. Account keys: rules
of the Bank of Russia for the control key of an account number, 515 of 08.09.1997. OGRN: order of
the Ministry of Finance 165n of 30.10.2017. Limits of names: GOST R 56042-2014.

A check takes the text as it came, returns it trimmed, and refuses with `field` as it was given.
"""

import re

import msgspec

from domain.kernel.errors import Invalid

PAYEE_NAME_MAX_CHARS = 160
BANK_NAME_MAX_CHARS = 45
NO_CORRESPONDENT_ACCOUNT = "0"
"""What stands in place of the correspondent account of a payee whose bank has none."""

_INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12 = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_KEY_PLACE = 8
"""The control key is the ninth digit of an account."""
_BANK_OF_RUSSIA = ("000", "001", "002")
"""How the BIC of a unit of the Bank of Russia ends; its accounts are checked as correspondent ones."""


class WrongInn(Invalid):
    code = "inn-invalid"
    text = "This is not an INN"
    remedy = "An INN has 10 digits (a person's 12), and the last ones check the others"


class WrongKpp(Invalid):
    code = "kpp-invalid"
    text = "This is not a KPP"
    remedy = "A KPP has 9 digits; the fifth and the sixth may be capital Latin letters"


class WrongOgrn(Invalid):
    code = "ogrn-invalid"
    text = "This is not an OGRN"
    remedy = "An OGRN has 13 digits (an entrepreneur's 15), and the last one checks the others"


class WrongBic(Invalid):
    code = "bic-invalid"
    text = "This is not a BIC"
    remedy = "A BIC has 9 digits"


class WrongBankAccount(Invalid):
    code = "bank-account-invalid"
    text = "This is not an account of the bank with this BIC"
    remedy = "An account has 20 digits, and the ninth checks the others together with the BIC"


class WrongCorrespondentAccount(Invalid):
    code = "correspondent-account-invalid"
    text = "This is not the correspondent account of the bank with this BIC"
    remedy = (
        "It has 20 digits, and the ninth checks the others together with the BIC; write 0 where there is none"
    )


class WrongName(Invalid):
    code = "name-invalid"
    text = "A name of 1 to {limit} characters is needed here"


def inn(value: str, *, field: str = "inn") -> str:
    """An INN of 10 digits (organisation) or 12 (person, entrepreneur)."""
    digits = value.strip()
    if not (_digits(digits, 10) or _digits(digits, 12)) or digits != inn_with_check_digits(
        digits[:9] if len(digits) == 10 else digits[:10]
    ):
        raise WrongInn(field=field)
    return digits


def inn_with_check_digits(prefix: str) -> str:
    """The INN that begins with these 9 (organisation) or 10 digits (person)."""
    assert _digits(prefix, 9) or _digits(prefix, 10)
    if len(prefix) == 9:
        return prefix + _inn_digit(prefix, _INN_10)
    eleven = prefix + _inn_digit(prefix, _INN_11)
    return eleven + _inn_digit(eleven, _INN_12)


def kpp(value: str, *, field: str = "kpp") -> str:
    text = value.strip()
    if not re.fullmatch(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}", text):
        raise WrongKpp(field=field)
    return text


def ogrn(value: str, *, field: str = "ogrn") -> str:
    """An OGRN of 13 digits or an OGRNIP of 15."""
    digits = value.strip()
    if not (_digits(digits, 13) or _digits(digits, 15)) or int(digits[-1]) != (
        int(digits[:-1]) % (len(digits) - 2) % 10
    ):
        raise WrongOgrn(field=field)
    return digits


def bic(value: str, *, field: str = "bic") -> str:
    digits = value.strip()
    if not _digits(digits, 9):
        raise WrongBic(field=field)
    return digits


def bank_account(value: str, bank: str, *, field: str = "account") -> str:
    """An account of a client of the bank whose checked BIC is `bank`."""
    digits = value.strip()
    if not _digits(digits, 20) or _key_sum(_client_prefix(bank), digits):
        raise WrongBankAccount(field=field)
    return digits


def correspondent_account(value: str, bank: str, *, field: str = "correspondent_account") -> str:
    """The account of the bank itself at the Bank of Russia, or `NO_CORRESPONDENT_ACCOUNT`."""
    digits = value.strip()
    if digits == NO_CORRESPONDENT_ACCOUNT:
        return digits
    if not _digits(digits, 20) or _key_sum(_own_prefix(bank), digits):
        raise WrongCorrespondentAccount(field=field)
    return digits


def account_with_check_digit(bank: str, digits: str) -> str:
    """The client's account at the bank with BIC `bank` made of these 19 digits, all but the key."""
    return _with_key(_client_prefix(bank), digits)


def correspondent_account_with_check_digit(bank: str, digits: str) -> str:
    """The bank's own account made of these 19 digits, all but the key."""
    return _with_key(_own_prefix(bank), digits)


class BankDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Where money for a payee is sent. Loads whatever was once kept; `checked` is for what comes in.

    `kpp` is None for an entrepreneur, who has none.
    """

    payee_name: str
    inn: str
    kpp: str | None = None
    bank_name: str
    bic: str
    account: str
    correspondent_account: str

    def checked(self, *, at: str = "") -> "BankDetails":
        """The same details trimmed, every number checked. `at` goes before the name of the field at
        fault ("details.")."""
        bank = bic(self.bic, field=f"{at}bic")
        return BankDetails(
            payee_name=_name(self.payee_name, PAYEE_NAME_MAX_CHARS, f"{at}payee_name"),
            inn=inn(self.inn, field=f"{at}inn"),
            kpp=None if self.kpp is None else kpp(self.kpp, field=f"{at}kpp"),
            bank_name=_name(self.bank_name, BANK_NAME_MAX_CHARS, f"{at}bank_name"),
            bic=bank,
            account=bank_account(self.account, bank, field=f"{at}account"),
            correspondent_account=correspondent_account(
                self.correspondent_account, bank, field=f"{at}correspondent_account"
            ),
        )


def _digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()


def _inn_digit(digits: str, weights: tuple[int, ...]) -> str:
    return str(sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11 % 10)


def _client_prefix(bank: str) -> str:
    return _own_prefix(bank) if bank[-3:] in _BANK_OF_RUSSIA else bank[-3:]


def _own_prefix(bank: str) -> str:
    return "0" + bank[4:6]


def _key_sum(prefix: str, account: str) -> int:
    """Zero when the key is right: the digits of prefix and account weighted 7, 1, 3 and again, modulo 10."""
    return sum(int(digit) * (7, 1, 3)[place % 3] for place, digit in enumerate(prefix + account)) % 10


def _with_key(prefix: str, digits: str) -> str:
    assert _digits(digits, 19)
    head, tail = digits[:_KEY_PLACE], digits[_KEY_PLACE:]
    # The key's weight is 3, and 3 * 3 + 1 = 10: three times the sum of the others fills it up to zero.
    return f"{head}{_key_sum(prefix, f'{head}0{tail}') * 3 % 10}{tail}"


def _name(value: str, limit: int, field: str) -> str:
    text = value.strip()
    if not 1 <= len(text) <= limit:
        raise WrongName(field=field, limit=limit)
    return text
