"""Finding a customer's account by what they say of themselves on the phone or at the counter."""

import re
from enum import StrEnum
from typing import Protocol, Self

import msgspec

from domain.accounts.accounts import AccountKind
from domain.kernel.errors import Invalid
from domain.kernel.ids import AccountId
from domain.people.phones import Phone, PhoneInvalid, normalised

MOST_FOUND = 20
MOST_WORDS = 8
LEAST_LETTERS = 3
_SIGNS = re.compile(r"[^\w]+|_")
_OF_ADDRESSES = frozenset(
    {"дом", "квартира", "улица", "город", "проспект", "переулок", "поселок", "село", "бульвар", "шоссе"}
)
"""Addresses have them shortened or not at all: they narrow nothing."""


class TooLittleToSearchBy(Invalid):
    code = "search-too-little"
    text = "There is too little to search by"
    remedy = "Give an account number, a phone, a meter's number or three letters of a name or an address"


class FoundBy(StrEnum):
    NUMBER = "number"
    SUPPLIER_NUMBER = "supplier-number"
    METER = "meter"
    PHONE = "phone"
    CASE = "case"
    WORDS = "words"


class Word(msgspec.Struct, frozen=True):
    """A word of a name or an address; one that is not whole begins with `text`."""

    text: str
    is_whole: bool


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed, as it may be meant. `number` may be an account's, a supplier account's, a meter's or
    an application's."""

    number: str
    phone: Phone | None
    words: tuple[Word, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """TooLittleToSearchBy."""
        number = "".join(text.split())
        if len(number) < LEAST_LETTERS:
            raise TooLittleToSearchBy(field="text")
        try:
            phone = normalised(text)
        except PhoneInvalid:
            phone = None
        return cls(number=number, phone=phone, words=_words(text))


class FoundAccount(msgspec.Struct, frozen=True, kw_only=True):
    """As much of an account as it takes to see whether it is the one: no sum, no phone, no e-mail, of a
    resident's names the surname alone."""

    id: AccountId
    number: str
    kind: AccountKind
    holder: str
    address: str
    is_closed: bool
    found_by: FoundBy


class AccountSearch(Protocol):
    async def found(self, wanted: Wanted, *, limit: int) -> list[FoundAccount]:
        """Over all accounts, those found by a number or a phone before those found by words."""


def masked(holder: str, kind: AccountKind) -> str:
    """“Иванов И. И.” of a resident; a company's name whole, for it is no secret."""
    surname, *others = holder.split()[:3] or [""]
    if kind is not AccountKind.UNIFIED:
        return holder
    return " ".join([surname, *(f"{name[0]}." for name in others)])


def _words(text: str) -> tuple[Word, ...]:
    """None unless some word has letters enough: numbers alone would find half the town."""
    plain = _SIGNS.sub(" ", text.lower().replace("ё", "е")).split()[:MOST_WORDS]
    named = [one for one in plain if one not in _OF_ADDRESSES]
    long = [one for one in named if one.isalpha() and len(one) >= LEAST_LETTERS]
    if not long:
        return ()
    return tuple(Word(one, is_whole=one not in long) for one in named if one in long or one[0].isdigit())
