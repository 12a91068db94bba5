"""Why a registry stands in quarantine: every reason, with its line and field."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

FAULTS_KEPT = 1_000
VALUE_CHARS = 100


class FaultCode(StrEnum):
    """Stable: systems decide by these."""

    UNREADABLE = "unreadable"
    TOO_MANY_ROWS = "too-many-rows"
    LINE_TOO_LONG = "line-too-long"
    NO_ROWS = "no-rows"
    HEADING_MISSING = "heading-missing"
    TRAILER_MISSING = "trailer-missing"
    TRAILER_TWICE = "trailer-twice"
    AFTER_TRAILER = "after-trailer"
    CELLS_MISSING = "cells-missing"
    VALUE_MISSING = "value-missing"
    TOO_LONG = "too-long"
    CONTROL_CHARACTER = "control-character"
    NOT_A_SUM = "not-a-sum"
    NOT_ABOVE_ZERO = "not-above-zero"
    NOT_A_DATE = "not-a-date"
    DATE_TOO_FAR = "date-too-far"
    NOT_A_PERIOD = "not-a-period"
    NOT_A_NUMBER = "not-a-number"
    KIND_UNKNOWN = "kind-unknown"
    FEE_WRONG = "fee-wrong"
    OTHER_CURRENCY = "other-currency"
    OTHER_ACCOUNT = "other-account"
    COUNT_DIFFERS = "count-differs"
    SUM_DIFFERS = "sum-differs"
    TRANSFERRED_DIFFERS = "transferred-differs"
    FEES_DIFFER = "fees-differ"
    OUT_DIFFERS = "out-differs"
    BALANCE_DIFFERS = "balance-differs"
    EXPECTED_COUNT = "expected-count"
    EXPECTED_SUM = "expected-sum"


TEXTS: Mapping[FaultCode, str] = {
    FaultCode.UNREADABLE: "The file is not of the agent's format",
    FaultCode.TOO_MANY_ROWS: "The file has more rows than are read at once",
    FaultCode.LINE_TOO_LONG: "The line is longer than any payment",
    FaultCode.NO_ROWS: "The registry has no rows",
    FaultCode.HEADING_MISSING: "The registry has no column of this heading",
    FaultCode.TRAILER_MISSING: "The line with the totals is missing",
    FaultCode.TRAILER_TWICE: "There is more than one line with totals",
    FaultCode.AFTER_TRAILER: "There are rows after the line with the totals",
    FaultCode.CELLS_MISSING: "The line has fewer cells than the layout needs",
    FaultCode.VALUE_MISSING: "A payment cannot be without this value",
    FaultCode.TOO_LONG: "The value is longer than it can be",
    FaultCode.CONTROL_CHARACTER: "There is a control character in the line",
    FaultCode.NOT_A_SUM: "This is not a sum in roubles",
    FaultCode.NOT_ABOVE_ZERO: "The sum of a payment is above zero",
    FaultCode.NOT_A_DATE: "This is not a date and time of the layout",
    FaultCode.DATE_TOO_FAR: "The day of the payment lies in the future or more than three years back",
    FaultCode.NOT_A_PERIOD: "This is not a period of the layout",
    FaultCode.NOT_A_NUMBER: "This is not a whole number",
    FaultCode.KIND_UNKNOWN: "The layout does not know this kind of operation",
    FaultCode.FEE_WRONG: "The sum less the fee is not what was transferred",
    FaultCode.OTHER_CURRENCY: "Only roubles are taken",
    FaultCode.OTHER_ACCOUNT: "The statement is of another bank account",
    FaultCode.COUNT_DIFFERS: "The count of rows is not the one in the totals",
    FaultCode.SUM_DIFFERS: "The sum of the rows is not the one in the totals",
    FaultCode.TRANSFERRED_DIFFERS: "What was transferred by rows is not the sum in the totals",
    FaultCode.FEES_DIFFER: "The fees of the rows are not the sum in the totals",
    FaultCode.OUT_DIFFERS: "What went out by rows is not the sum in the totals",
    FaultCode.BALANCE_DIFFERS: "The balance at the end does not follow from the one at the beginning",
    FaultCode.EXPECTED_COUNT: "The count of rows is not the one told with the file",
    FaultCode.EXPECTED_SUM: "The sum is not the one told with the file",
}


class RegistryFault(msgspec.Struct, frozen=True, kw_only=True):
    """`line_no` counts lines of the file from 1; 0 is the file as a whole. `value` is what stood there."""

    line_no: int
    field: str
    code: FaultCode
    value: str = ""

    @property
    def text(self) -> str:
        return TEXTS[self.code]
