"""What the readers of all formats share: values as files write them, faults as they are found."""

import re
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from domain.kernel.calendar import Period
from domain.kernel.money import ZERO, Money, total
from domain.payments.registries.agents import Layout, PaymentAgent
from domain.payments.registries.entries import (
    ROWS_MAX,
    Direction,
    ParsedRegistry,
    RegistryEntry,
    Told,
)
from domain.payments.registries.faults import FAULTS_KEPT, VALUE_CHARS, FaultCode, RegistryFault

OPERATION_CHARS = 64
ACCOUNT_CHARS = 60
TEXT_CHARS = 500
NUMBERS_IN_PURPOSE = 5
_YEARS = timedelta(days=3 * 366)
_NOON = time(12)
_SUM = re.compile(r"([-+]?)([0-9]{1,13})(?:[.,]([0-9]{1,2})0*)?")
_SPACES = re.compile(r"[\s\u00a0\u202f'’]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BEFORE_NUMBER = re.compile(r"(?:л\s*/?\s*с|лиц\.?\s*сч[её]т|№)[\s.:№]*", re.IGNORECASE)
_PERIODS = ("%m%Y", "%m.%Y", "%Y-%m", "%m/%Y", "%m.%y")


class Reading:
    """One file on its way from text to rows. A value that is wrong is remembered, and a stand-in goes on."""

    def __init__(self, agent: PaymentAgent, layout: Layout, today: date) -> None:
        self.agent, self.layout, self.today = agent, layout, today
        self.zone = agent.timezone
        self.entries: list[RegistryEntry] = []
        self.faults: list[RegistryFault] = []
        self.faults_count = 0
        self._bad_rows, self._bad_sum, self._bad_fees = 0, ZERO, ZERO
        self._in_purpose = [re.compile(one, re.IGNORECASE) for one in layout.account_in_purpose]

    def fault(self, line_no: int, field: str, code: FaultCode, value: object = "") -> None:
        self.faults_count += 1
        if len(self.faults) < FAULTS_KEPT:
            shown = str(value)[:VALUE_CHARS]
            self.faults.append(RegistryFault(line_no=line_no, field=field, code=code, value=shown))

    def bad(self, amount: Money | None, fee: Money | None = None) -> None:
        """A row that is wrong somewhere still counts in the totals: its fee where its sum does."""
        self._bad_rows += 1
        if amount is not None:
            self._bad_sum += amount
            self._bad_fees += fee or ZERO

    def is_full(self) -> bool:
        """Whether more rows came than are read at once."""
        if len(self.entries) < ROWS_MAX:
            return False
        self.fault(0, "rows", FaultCode.TOO_MANY_ROWS, f"> {ROWS_MAX}")
        return True

    def money(self, line_no: int, field: str, text: str) -> Money | None:
        """Roubles as "1250.50", "1 250,50" or "-3"; None when it is none, which is remembered."""
        found = _SUM.fullmatch(_SPACES.sub("", text))
        if found is None:
            self.fault(line_no, field, FaultCode.NOT_A_SUM if text.strip() else FaultCode.VALUE_MISSING, text)
            return None
        kopecks = int(found[2]) * 100 + int((found[3] or "").ljust(2, "0"))
        return Money(-kopecks if found[1] == "-" else kopecks)

    def above_zero(self, line_no: int, field: str, text: str) -> Money | None:
        amount = self.money(line_no, field, text)
        if amount is not None and amount <= ZERO:
            self.fault(line_no, field, FaultCode.NOT_ABOVE_ZERO, text)
            return None
        return amount

    def moment(self, line_no: int, field: str, text: str, form: str, *, has_time: bool) -> datetime | None:
        """In the agent's zone. A day without an hour is its noon: in every zone of the country it stays
        that day."""
        at = _parsed(text.strip(), form)
        if at is None:
            code = FaultCode.NOT_A_DATE if text.strip() else FaultCode.VALUE_MISSING
            self.fault(line_no, field, code, text)
            return None
        if not self.today - _YEARS <= at.date() <= self.today + timedelta(days=1):
            self.fault(line_no, field, FaultCode.DATE_TOO_FAR, text)
            return None
        return (at if has_time else datetime.combine(at, _NOON)).replace(tzinfo=self.zone)

    def period(self, line_no: int, text: str) -> Period | None:
        """None where the file names none: empty or zeros."""
        if not text.strip("0 ./-"):
            return None
        for form in (self.layout.period_format, *_PERIODS):
            if found := _parsed(text.strip(), form):
                return f"{found.year:04d}-{found.month:02d}"
        self.fault(line_no, "period", FaultCode.NOT_A_PERIOD, text)
        return None

    def needed(self, line_no: int, field: str, text: str, limit: int) -> str:
        text = text.strip()
        if not text:
            self.fault(line_no, field, FaultCode.VALUE_MISSING)
        elif len(text) > limit:
            self.fault(line_no, field, FaultCode.TOO_LONG, text)
        return text

    def account(self, line_no: int, text: str) -> tuple[str, ...]:
        cleaned = "".join(_BEFORE_NUMBER.sub("", text).split())
        if len(cleaned) > ACCOUNT_CHARS:
            self.fault(line_no, "account", FaultCode.TOO_LONG, text)
        return (cleaned,) if cleaned else ()

    def accounts_in(self, purpose: str) -> tuple[str, ...]:
        """Numbers that stand in the words of a payment order, by the layout's patterns."""
        found = ("".join(hit[1].split()) for one in self._in_purpose for hit in one.finditer(purpose))
        return tuple(dict.fromkeys(number for number in found if number))[:NUMBERS_IN_PURPOSE]

    def has_control(self, line_no: int, text: str) -> bool:
        if _CONTROL.search(text):
            self.fault(line_no, "line", FaultCode.CONTROL_CHARACTER)
            return True
        return False

    def parsed(self, told: Told) -> ParsedRegistry:
        came = [one for one in self.entries if one.direction is Direction.IN]
        return ParsedRegistry(
            entries=self.entries,
            told=told,
            faults=self.faults,
            faults_count=self.faults_count,
            rows=len(self.entries) + self._bad_rows,
            amount=total(one.amount for one in came) + self._bad_sum,
            out=total(one.amount for one in self.entries if one.direction is Direction.OUT),
            fees=total(one.fee or ZERO for one in came) + self._bad_fees,
            transferred=total(_transferred(one) for one in came),
        )

    def unreadable(self, why: str) -> ParsedRegistry:
        self.entries.clear()
        self.fault(0, "file", FaultCode.UNREADABLE, why)
        return self.parsed(Told())


def _transferred(one: RegistryEntry) -> Money:
    return one.transferred if one.transferred is not None else one.amount - (one.fee or ZERO)


@lru_cache(maxsize=100_000)
def _parsed(text: str, form: str) -> datetime | None:
    """Of a day or an hour there are few in a file."""
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - the agent's zone is put on by who asks
    except ValueError:
        return None


def in_zone(at: datetime, zone: tzinfo) -> datetime:
    """A moment that has a zone of its own stays; one without has the agent's."""
    return at if at.tzinfo else at.replace(tzinfo=zone)
