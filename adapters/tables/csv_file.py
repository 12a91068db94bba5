"""A .csv as a table: UTF-8 (with or without a byte order mark) or Windows-1251, `;` or `,`."""

import codecs
import csv
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import TextIO

from adapters.tables.limits import Limits
from domain.accounts.import_checks import Totals
from domain.accounts.imports import FileUnreadable, PlainText
from domain.kernel.money import Money

PIECE_BYTES = 1024 * 1024
_TAIL_BYTES = 4096
_TRAILER = "#total"
_BOM = codecs.BOM_UTF8


class CsvTable:
    """Opened once, read from the start each time it is asked."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path, self._limits = path, limits
        self._size = path.stat().st_size
        if self._size > limits.file_bytes:
            raise FileUnreadable(why=f"it is larger than {limits.file_bytes} bytes")
        self.encoding = _encoding(path)
        first = _first_line(path)
        self._start = len(first)
        text = first.decode(self.encoding).removeprefix("\ufeff")
        self.delimiter = max(";,\t", key=text.count)
        self.header = [
            name.strip().lower() for name in next(csv.reader([text], delimiter=self.delimiter), [])
        ]
        if not 1 <= len(self.header) <= limits.columns:
            raise FileUnreadable(why="there is no header")
        self._end, self.trailer = self._find_trailer()

    @property
    def text(self) -> PlainText:
        return PlainText(delimiter=self.delimiter, encoding=self.encoding, pieces=self._pieces)

    def rows(self) -> Iterator[tuple[int, Mapping[str, str] | None]]:
        with self._opened() as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            try:
                yield from self._rows(reader)
            except (csv.Error, UnicodeDecodeError) as error:
                raise FileUnreadable(why=f"line {reader.line_num}: {error}") from error

    def _rows(self, reader: Iterator[list[str]]) -> Iterator[tuple[int, Mapping[str, str] | None]]:
        next(reader)
        width = len(self.header)
        for row_no, cells in enumerate(reader, start=2):
            if not cells or cells == [""] * len(cells):
                continue
            if cells[0].strip() == _TRAILER and self.trailer:
                return
            if row_no > self._limits.rows:
                raise FileUnreadable(why=f"it has more than {self._limits.rows} rows")
            long = len(cells) > width and any(cells[width:])
            yield row_no, None if long else dict(zip(self.header, cells, strict=False))

    def _opened(self) -> TextIO:
        return self._path.open(encoding=self.encoding, newline="")

    async def _pieces(self) -> AsyncIterator[bytes]:
        left = self._end - self._start
        with self._path.open("rb") as file:
            file.seek(self._start)
            while left > 0 and (piece := file.read(min(PIECE_BYTES, left))):
                left -= len(piece)
                yield piece

    def _find_trailer(self) -> tuple[int, Totals | None]:
        """Where the rows end, and the control totals of a last line `#total;<rows>;<sum>`."""
        with self._path.open("rb") as file:
            file.seek(max(self._start, self._size - _TAIL_BYTES))
            tail = file.read()
        body = tail.rstrip(b"\r\n" + self.delimiter.encode() + b" ")
        line = body[body.rfind(b"\n") + 1 :]
        if not line.startswith(_TRAILER.encode()):
            return self._size, None
        cells = [*line.decode(self.encoding).split(self.delimiter)[1:], "", ""]
        return self._size - len(tail) + len(body) - len(line), _totals(cells[0], cells[1])


def _totals(rows: str, amount: str) -> Totals:
    rows, amount = "".join(rows.split()), "".join(amount.split()).replace(",", ".").removesuffix(".")
    whole, _, part = amount.removeprefix("-").partition(".")
    if not (rows.isdecimal() and whole.isdecimal() and (part or "0").isdecimal() and len(part) <= 2):
        raise FileUnreadable(why="the last row must be #total, the count of rows, the sum")
    kopecks = int(whole) * 100 + int(part.ljust(2, "0"))
    return Totals(rows=int(rows), sum=Money(-kopecks if amount.startswith("-") else kopecks))


def _encoding(path: Path) -> str:
    """UTF-8 if the whole file is that; else Windows-1251, in which every byte means something."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        first = file.read(PIECE_BYTES)
        if b"\x00" in first:
            raise FileUnreadable(why="it is not text")
        try:
            decoder.decode(first)
            while piece := file.read(PIECE_BYTES):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1251"
    return "utf-8-sig" if first.startswith(_BOM) else "utf-8"


def _first_line(path: Path) -> bytes:
    with path.open("rb") as file:
        line = file.readline(100_000)
    if not line.strip():
        raise FileUnreadable(why="it is empty")
    if not line.endswith(b"\n") and len(line) == 100_000:
        raise FileUnreadable(why="its first line has no end")
    return line
