"""The cells of one row of a billing file, read by the rules of docs/imports.md. Whatever is wrong is
gathered, so that one look at the file finds every fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

import msgspec

from domain.kernel.calendar import Period, next_period, period_of
from domain.kernel.errors import Invalid
from domain.kernel.money import ZERO, Money

E = TypeVar("E", bound=StrEnum)
W = TypeVar("W")

FIRST_PERIOD = "2000-01"
VALUE_SHOWN_CHARS = 100

_SUM = re.compile(r"(-?)([0-9]{1,9})(?:[.,]([0-9]{1,2}))?")
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:[.,][0-9]{1,6})?")
_PRICE = re.compile(r"[0-9]{1,8}(?:[.,][0-9]{1,6})?")
_PERIOD = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_NUMBER_OF_ACCOUNT = re.compile(r"[0-9A-Za-zА-Яа-яЁё/-]{1,30}")
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Code(StrEnum):
    """Why a row is refused. Stable: systems decide by these."""

    MISSING = "missing"
    TOO_LONG = "too-long"
    CONTROL_CHARACTER = "control-character"
    NOT_A_SUM = "not-a-sum"
    BELOW_ZERO = "below-zero"
    NOT_A_NUMBER = "not-a-number"
    NOT_A_PERIOD = "not-a-period"
    PERIOD_TOO_FAR = "period-too-far"
    NOT_A_DATE = "not-a-date"
    NOT_A_CODE = "not-a-code"
    NOT_AN_ACCOUNT = "not-an-account-number"
    NOT_ONE_OF = "not-one-of"
    NOT_A_REQUISITE = "not-a-requisite"
    NOTHING_GIVEN = "nothing-given"
    CELLS_DIFFER = "cells-differ"
    UNKNOWN_SUPPLIER = "unknown-supplier"
    UNKNOWN_SERVICE = "unknown-service"
    UNKNOWN_ACCOUNT = "unknown-account"
    UNKNOWN_SUPPLIER_ACCOUNT = "unknown-supplier-account"
    OTHER_ACCOUNT = "other-account"
    NOT_A_SERIAL = "not-a-serial"
    TOO_MANY_DIGITS = "too-many-digits"
    ENDS_BEFORE = "ends-before-it-begins"
    UNKNOWN_ZONE = "unknown-zone"
    UNKNOWN_NORM = "unknown-norm"
    UNKNOWN_METER = "unknown-meter"
    NO_METER = "no-such-meter"
    NO_REGISTER = "no-such-register"
    METER_NOT_REMOVED = "meter-not-removed"
    METER_ELSEWHERE = "meter-elsewhere"
    DUPLICATE = "duplicate"
    CONTRADICTS = "contradicts-other-row"
    KIND_CHANGED = "kind-changed"
    OPENED_OTHERWISE = "opened-otherwise"
    PENALTY_IS_OURS = "penalty-is-ours"
    ACCOUNT_CLOSED = "account-closed"
    CLOSED_MEANWHILE = "account-closed-meanwhile"
    COLUMN_MISSING = "column-missing"
    COLUMN_UNKNOWN = "column-unknown"
    COLUMN_TWICE = "column-twice"
    NO_ROWS = "no-rows"
    UNREADABLE = "unreadable"
    TOTAL_ROWS = "total-rows"
    TOTAL_SUM = "total-sum"


TEXTS: Mapping[Code, str] = {
    Code.MISSING: "A value is needed here",
    Code.TOO_LONG: "This is longer than the column allows",
    Code.CONTROL_CHARACTER: "There is a control character in the text",
    Code.NOT_A_SUM: "This is not a sum in roubles with at most two decimals",
    Code.BELOW_ZERO: "This sum may not be below zero",
    Code.NOT_A_NUMBER: "This is not a number with at most six decimals",
    Code.NOT_A_PERIOD: "This is not a period like 2026-10",
    Code.PERIOD_TOO_FAR: "The period is before 2000 or later than the next month",
    Code.NOT_A_DATE: "This is not a date like 2026-10-31",
    Code.NOT_A_CODE: "A code has small Latin letters, digits, - and _",
    Code.NOT_AN_ACCOUNT: "An account number has up to 30 letters, digits, / and -",
    Code.NOT_ONE_OF: "This is not one of the words the column allows",
    Code.NOT_A_REQUISITE: "The number does not pass its own check digits",
    Code.NOTHING_GIVEN: "The row says nothing: all its values are empty",
    Code.CELLS_DIFFER: "The row has more cells than the header",
    Code.UNKNOWN_SUPPLIER: "There is no supplier with this INN: import suppliers first",
    Code.UNKNOWN_SERVICE: "There is no service with this code: import suppliers first",
    Code.UNKNOWN_ACCOUNT: "There is no account with this number: import accounts first",
    Code.UNKNOWN_SUPPLIER_ACCOUNT: "The supplier has no account with this number: import accounts first",
    Code.OTHER_ACCOUNT: "This supplier account belongs to another unified account",
    Code.NOT_A_SERIAL: "A serial number has up to 40 letters, digits, spaces, dots, /, _ and -",
    Code.TOO_MANY_DIGITS: "The figure has more digits than the meter shows",
    Code.ENDS_BEFORE: "The end is before the beginning",
    Code.UNKNOWN_ZONE: "No tariff zone is called so",
    Code.UNKNOWN_NORM: "The supplier has no norm with this code: import norms first",
    Code.UNKNOWN_METER: "The account has no meter with this serial number before this one",
    Code.NO_METER: "The supplier account had no meter with this serial number on that day",
    Code.NO_REGISTER: "The meter has no register of this zone and direction",
    Code.METER_NOT_REMOVED: "The meter that is replaced has no day of removal: tell it in a row of its own",
    Code.METER_ELSEWHERE: "This meter hangs on another account: tell first that it was removed there",
    Code.DUPLICATE: "The file has another row with the same key",
    Code.CONTRADICTS: "Another row of the file says otherwise of the same thing",
    Code.KIND_CHANGED: "The account was of another kind before",
    Code.OPENED_OTHERWISE: "Another opening overpayment of this supplier account was posted before",
    Code.PENALTY_IS_OURS: "This supplier's penalties of that month are reckoned here: leave the column empty",
    Code.ACCOUNT_CLOSED: "The account is closed: what is owed on it may not grow",
    Code.CLOSED_MEANWHILE: "The account was closed meanwhile: this row was not posted, others were",
    Code.COLUMN_MISSING: "The file has no such column",
    Code.COLUMN_UNKNOWN: "No such column is known",
    Code.COLUMN_TWICE: "The column stands in the header twice",
    Code.NO_ROWS: "The file has no rows",
    Code.UNREADABLE: "The file cannot be read",
    Code.TOTAL_ROWS: "The count of rows is not the control total",
    Code.TOTAL_SUM: "The sum of the file is not the control total",
}


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong in one cell. `row_no` is the line of the table, the header being 1; 0 means the
    file as a whole. `value` is the cell as it came, shortened."""

    row_no: int
    field: str
    code: Code
    value: str = ""

    @property
    def text(self) -> str:
        return TEXTS[self.code]


class Cells:
    """One row. A getter of a wrong cell remembers the fault and gives a stand-in of the right type."""

    def __init__(self, row_no: int, cells: Mapping[str, str], today: date) -> None:
        self.row_no = row_no
        self.faults: list[Fault] = []
        self._cells = cells
        self._today = today

    def fault(self, field: str, code: Code) -> None:
        value = self._cells.get(field, "")[:VALUE_SHOWN_CHARS]
        self.faults.append(Fault(row_no=self.row_no, field=field, code=code, value=value))

    def optional(self, field: str, *, limit: int = 200) -> str | None:
        text = self._cells.get(field, "").strip()
        if len(text) > limit:
            self.fault(field, Code.TOO_LONG)
        elif _CONTROL.search(text):
            self.fault(field, Code.CONTROL_CHARACTER)
        return text or None

    def text(self, field: str, *, limit: int = 200) -> str:
        text = self.optional(field, limit=limit)
        if text is None:
            self.fault(field, Code.MISSING)
        return text or ""

    def matching(self, field: str, pattern: re.Pattern[str], code: Code) -> str:
        text = self.text(field)
        if text and not pattern.fullmatch(text):
            self.fault(field, code)
        return text

    def code(self, field: str) -> str:
        return self.matching(field, _CODE, Code.NOT_A_CODE)

    def account_number(self, field: str) -> str:
        return self.matching(field, _NUMBER_OF_ACCOUNT, Code.NOT_AN_ACCOUNT)

    def money(self, field: str, *, or_zero: bool = False, may_be_negative: bool = True) -> Money:
        """Roubles as "1250.50", "1 250,50" or "-3", to kopecks."""
        text = _SPACES.sub("", self._cells.get(field, ""))
        if not text and or_zero:
            return ZERO
        found = _SUM.fullmatch(text)
        if found is None:
            self.fault(field, Code.NOT_A_SUM if text else Code.MISSING)
            return ZERO
        kopecks = int(found[2]) * 100 + int((found[3] or "").ljust(2, "0"))
        if found[1] and not may_be_negative and kopecks:
            self.fault(field, Code.BELOW_ZERO)
        return Money(-kopecks if found[1] else kopecks)

    def decimal(self, field: str, *, is_price: bool = False) -> Decimal | None:
        text = _SPACES.sub("", self._cells.get(field, ""))
        if not text:
            return None
        if not (_PRICE if is_price else _NUMBER).fullmatch(text):
            self.fault(field, Code.NOT_A_NUMBER)
            return None
        return Decimal(text.replace(",", "."))

    def period(self, field: str) -> Period:
        text = self.matching(field, _PERIOD, Code.NOT_A_PERIOD)
        if _PERIOD.fullmatch(text) and not period_is_near(text, self._today):
            self.fault(field, Code.PERIOD_TOO_FAR)
        return text

    def day(self, field: str) -> date:
        text = self.text(field)
        found = _DATE.fullmatch(text)
        try:
            return date(int(found[1]), int(found[2]), int(found[3])) if found else self._no_date(field, text)
        except ValueError:
            return self._no_date(field, text)

    def _no_date(self, field: str, text: str) -> date:
        if text:
            self.fault(field, Code.NOT_A_DATE)
        return date.max

    def count(self, field: str, *, least: int, most: int) -> int | None:
        text = _SPACES.sub("", self._cells.get(field, ""))
        if not text:
            return None
        if text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most:
            return int(text)
        self.fault(field, Code.NOT_A_NUMBER)
        return None

    def word(self, field: str, meanings: Mapping[str, W]) -> W:
        """What one of some words means; the empty one is among them."""
        text = self._cells.get(field, "").strip().lower()
        if text not in meanings:
            self.fault(field, Code.NOT_ONE_OF)
        return meanings.get(text, meanings[""])

    def one_of(self, field: str, kind: type[E], default: E) -> E:
        text = self.optional(field)
        if text is None:
            return default
        try:
            return kind(text)
        except ValueError:
            self.fault(field, Code.NOT_ONE_OF)
            return default

    def checked(self, field: str, check: Callable[[str], str], *, or_none: bool = False) -> str:
        """A number of the state or the banks: `check` refuses it with Invalid."""
        text = self.optional(field)
        if text is None:
            if not or_none:
                self.fault(field, Code.MISSING)
            return ""
        try:
            return check(text)
        except Invalid:
            self.fault(field, Code.NOT_A_REQUISITE)
            return text


def period_is_near(period: Period, today: date) -> bool:
    """A period from 2000 to the month after today's."""
    return bool(_PERIOD.fullmatch(period)) and FIRST_PERIOD <= period <= next_period(period_of(today))
