"""Text with a separator, by a column map: Sberbank's registries with their `=` trailer, every bank's CSV."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from io import StringIO

from adapters.registries.encodings import decoded
from adapters.registries.reading import OPERATION_CHARS, TEXT_CHARS, Reading
from domain.kernel.money import ZERO, Money
from domain.payments.registries.agents import Field, Layout, PaymentAgent, Place, Total
from domain.payments.registries.entries import (
    LINE_CHARS,
    Direction,
    ParsedRegistry,
    Payer,
    RegistryEntry,
    Told,
)
from domain.payments.registries.faults import FaultCode

_NEEDED = (Field.OPERATION, Field.ACCOUNT, Field.AMOUNT)


def read(body: bytes, agent: PaymentAgent, layout: Layout, today: date) -> ParsedRegistry:
    reading = Reading(agent, layout, today)
    text = decoded(body, layout.encodings)
    if text is None:
        return reading.unreadable("encoding")
    return _File(reading).read(text)


class _File:
    """The lines of one file: headings, rows, trailer."""

    def __init__(self, reading: Reading) -> None:
        self._reading, self._layout = reading, reading.layout
        self._places: dict[Field, int] = {}
        self._totals: dict[Total, int] = {}
        self._told: Told | None = None

    def read(self, text: str) -> ParsedRegistry:
        reading = self._reading
        lines = _lines(text, self._layout)
        if not self._place(lines):
            return reading.parsed(Told())
        for line_no, cells in lines:
            if self._is_trailer(cells):
                self._take_trailer(line_no, cells)
            elif self._told is not None:
                reading.fault(line_no, "line", FaultCode.AFTER_TRAILER, cells[0])
            elif sum(map(len, cells)) > LINE_CHARS:
                reading.fault(line_no, "line", FaultCode.LINE_TOO_LONG)
            elif not reading.has_control(line_no, "".join(cells)):
                if reading.is_full():
                    break
                _Row(reading, self._places, line_no, cells).read()
        trailer = self._layout.trailer
        if trailer and trailer.is_needed and self._told is None:
            reading.fault(0, "trailer", FaultCode.TRAILER_MISSING)
        return reading.parsed(self._told or Told())

    def _place(self, lines: Iterator[tuple[int, list[str]]]) -> bool:
        """Where each column stands, from 0. Whether all that are named by a heading were found."""
        headings: dict[str, int] = {}
        if self._layout.has_headings:
            _, cells = next(lines, (0, []))
            headings = {cell.strip().casefold(): place for place, cell in enumerate(cells)}
        missing = []

        def place(wanted: Place) -> int:
            if isinstance(wanted, int):
                return wanted - 1
            if wanted.casefold() not in headings:
                missing.append(wanted)
            return headings.get(wanted.casefold(), 0)

        self._places = {field: place(wanted) for field, wanted in self._layout.columns.items()}
        trailer = self._layout.trailer
        self._totals = {one: place(wanted) for one, wanted in trailer.columns.items()} if trailer else {}
        for heading in dict.fromkeys(missing):
            self._reading.fault(1, "heading", FaultCode.HEADING_MISSING, heading)
        return not missing

    def _is_trailer(self, cells: Sequence[str]) -> bool:
        trailer = self._layout.trailer
        return trailer is not None and cells[0].lstrip().startswith(trailer.prefix)

    def _take_trailer(self, line_no: int, cells: Sequence[str]) -> None:
        reading, trailer = self._reading, self._layout.trailer
        assert trailer is not None
        if self._told is not None:
            reading.fault(line_no, "trailer", FaultCode.TRAILER_TWICE)
            return
        cells = [cells[0].lstrip().removeprefix(trailer.prefix), *cells[1:]]
        texts = {one: cells[at].strip() for one, at in self._totals.items() if at < len(cells)}
        self._told = Told(
            rows=self._count(line_no, texts.get(Total.ROWS)),
            net=self._sum(line_no, Total.AMOUNT, texts),
            transferred=self._sum(line_no, Total.TRANSFERRED, texts),
            fees=self._sum(line_no, Total.FEES, texts),
            order_number=texts.get(Total.ORDER_NUMBER) or None,
            order_date=self._day(line_no, texts.get(Total.ORDER_DATE)),
        )

    def _count(self, line_no: int, text: str | None) -> int | None:
        if not text:
            return None
        if text.isascii() and text.isdigit() and len(text) < 10:
            return int(text)
        self._reading.fault(line_no, Total.ROWS, FaultCode.NOT_A_NUMBER, text)
        return None

    def _sum(self, line_no: int, field: Total, texts: dict[Total, str]) -> Money | None:
        return self._reading.money(line_no, field, texts[field]) if texts.get(field) else None

    def _day(self, line_no: int, text: str | None) -> date | None:
        form = self._layout.date_format.split()[0]
        at = text and self._reading.moment(line_no, Total.ORDER_DATE, text, form, has_time=False)
        return at.date() if at else None


class _Row:
    def __init__(
        self, reading: Reading, places: dict[Field, int], line_no: int, cells: Sequence[str]
    ) -> None:
        self._reading, self._layout = reading, reading.layout
        self._places, self._line_no, self._cells = places, line_no, cells

    def read(self) -> None:
        """The payment among the entries; when it is wrong somewhere, that is remembered."""
        reading, line_no, before = self._reading, self._line_no, self._reading.faults_count
        if len(self._cells) <= max(self._places[one] for one in _NEEDED if one in self._places):
            reading.fault(line_no, "line", FaultCode.CELLS_MISSING, self._layout.separator.join(self._cells))
            reading.bad(None)
            return
        direction = self._direction()
        paid_at = self._paid_at()
        amount = self._amount(direction)
        named = (
            Field.REFUND if direction is Direction.OUT and Field.REFUND in self._places else Field.OPERATION
        )
        operation = reading.needed(line_no, named, self._text(named), OPERATION_CHARS)
        fee, transferred = self._optional(Field.FEE), self._optional(Field.TRANSFERRED)
        purpose = self._text(Field.PURPOSE)[:TEXT_CHARS]
        accounts = reading.account(line_no, self._text(Field.ACCOUNT)) or reading.accounts_in(purpose)
        period = reading.period(line_no, self._text(Field.PERIOD))
        if amount is not None and fee is not None and transferred not in (None, amount - fee):
            reading.fault(line_no, Field.FEE, FaultCode.FEE_WRONG, self._text(Field.FEE))
        if fee is not None and fee < ZERO:
            reading.fault(line_no, Field.FEE, FaultCode.NOT_A_SUM, self._text(Field.FEE))
        if reading.faults_count > before or paid_at is None or amount is None or direction is None:
            reading.bad(amount, fee)
            return
        entry = RegistryEntry(
            line_no=line_no,
            operation_id=operation,
            direction=direction,
            paid_at=paid_at,
            amount=amount,
            account_texts=accounts,
            fee=fee,
            transferred=transferred,
            period=period,
            reference=self._text(Field.REFERENCE)[:TEXT_CHARS],
            purpose=purpose,
            payer=self._payer(),
        )
        reading.entries.append(entry)

    def _text(self, field: Field) -> str:
        place = self._places.get(field)
        return self._cells[place].strip() if place is not None and place < len(self._cells) else ""

    def _optional(self, field: Field) -> Money | None:
        text = self._text(field)
        return self._reading.money(self._line_no, field, text) if text else None

    def _direction(self) -> Direction | None:
        if Field.KIND not in self._places:
            return Direction.IN
        word = self._text(Field.KIND).casefold()
        if word in {one.casefold() for one in self._layout.kinds_in}:
            return Direction.IN
        if word in {one.casefold() for one in self._layout.kinds_out}:
            return Direction.OUT
        self._reading.fault(self._line_no, Field.KIND, FaultCode.KIND_UNKNOWN, self._text(Field.KIND))
        return None

    def _amount(self, direction: Direction | None) -> Money | None:
        """What goes back may be written below zero."""
        text = self._text(Field.AMOUNT)
        if direction is Direction.OUT:
            text = text.lstrip("-")
        return self._reading.above_zero(self._line_no, Field.AMOUNT, text)

    def _paid_at(self) -> datetime | None:
        layout, reading = self._layout, self._reading
        if Field.MOMENT in self._places:
            text = self._text(Field.MOMENT)
            return reading.moment(self._line_no, Field.MOMENT, text, layout.date_format, has_time=True)
        day, hour = self._text(Field.DATE), self._text(Field.TIME)
        if Field.TIME not in self._places or not hour:
            return reading.moment(self._line_no, Field.DATE, day, layout.date_format, has_time=False)
        form = f"{layout.date_format} {layout.time_format}"
        return reading.moment(self._line_no, Field.DATE, f"{day} {hour}", form, has_time=True)

    def _payer(self) -> Payer | None:
        payer = Payer(
            name=self._text(Field.PAYER_NAME)[:TEXT_CHARS],
            address=self._text(Field.PAYER_ADDRESS)[:TEXT_CHARS],
            inn=self._text(Field.PAYER_INN)[:12],
            bank_account=self._text(Field.PAYER_ACCOUNT)[:34],
        )
        return payer if payer != Payer() else None


def _lines(text: str, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Lines with cells, by their numbers in the file. In text without quotes a quote is a sign like any."""
    if layout.is_quoted:
        reader = csv.reader(StringIO(text, newline=""), delimiter=layout.separator)
        found: Iterator[tuple[int, list[str]]] = ((reader.line_num, cells) for cells in _csv(reader))
    else:
        found = (
            (line_no, line.removesuffix("\r").split(layout.separator))
            for line_no, line in enumerate(text.split("\n"), start=1)
        )
    for line_no, cells in found:
        if any(cell.strip() for cell in cells) and not cells[0].startswith(layout.skip_prefixes):
            yield line_no, cells


def _csv(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """A cell beyond csv's own limit ends the file: the totals will not agree."""
    try:
        yield from reader
    except csv.Error:
        return
