"""The parts of a zipped workbook, unpacked once to see that they are whole, declare no entities, and
which formulas have no result: the reader of values shows those as blank cells."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import IO
from xml.parsers import expat

from domain.readings.workbook.cells import Broken
from domain.readings.workbook.refusals import WorkbookDamaged, WorkbookProtected, WorkbookUnsafe
from domain.readings.workbook_rows import RowFault

PIECE_BYTES = 1024 * 1024
_OVERLAP_BYTES = 32
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_HAS_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]|\st=[\"']e[\"']")
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

Places = Mapping[tuple[int, int], Broken]
"""By row and column, both from 1."""


class Parts:
    """WorkbookDamaged, WorkbookUnsafe, WorkbookProtected."""

    def __init__(self, content: bytes) -> None:
        self._with_formulas: set[str] = set()
        try:
            self._archive = zipfile.ZipFile(BytesIO(content))
            for entry in self._archive.infolist():
                self._look_at(entry)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            OSError,
            RuntimeError,
        ) as error:
            raise WorkbookDamaged from error

    def _look_at(self, entry: zipfile.ZipInfo) -> None:
        """To its end: what is longer than it says, or other than its checksum, is damaged."""
        is_xml = entry.filename.endswith((".xml", ".rels", ".vml"))
        rest = b""
        with self._archive.open(entry) as file:
            while piece := file.read(PIECE_BYTES):
                if not is_xml:
                    continue
                seen = rest + piece
                if _DECLARES.search(seen) or (not rest and piece.startswith(_UTF16)):
                    raise WorkbookUnsafe
                if entry.filename == "META-INF/manifest.xml" and b"encryption-data" in seen:
                    raise WorkbookProtected
                if entry.filename.startswith("xl/worksheets/") and _HAS_FORMULA.search(seen):
                    self._with_formulas.add(entry.filename)
                rest = piece[-_OVERLAP_BYTES:]

    def broken_cells(self) -> Mapping[str, Places]:
        """By sheet name: formulas without a result and with an error for one. Of .xlsx only."""
        if not self._with_formulas:
            return {}
        paths, is_recalculated = self._sheets()
        return {
            name: _Broken(is_recalculated).of(self._archive, path)
            for name, path in paths.items()
            if path in self._with_formulas
        }

    def _sheets(self) -> tuple[dict[str, str], bool]:
        """Where each sheet is, and whether results are to be made anew when it is opened: writers that
        cannot calculate say so and put 0 for every result."""
        names: dict[str, str] = {}
        targets: dict[str, str] = {}
        recalculated: list[bool] = []

        def of_workbook(tag: str, attributes: Mapping[str, str]) -> None:
            if _local(tag) == "sheet":
                relation = next((v for k, v in attributes.items() if _local(k) == "id"), "")
                names[attributes.get("name", "")] = relation
            elif _local(tag) == "calcPr":
                recalculated.append(attributes.get("fullCalcOnLoad") in {"1", "true"})

        def of_relations(tag: str, attributes: Mapping[str, str]) -> None:
            if _local(tag) == "Relationship":
                target = attributes.get("Target", "")
                full = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
                targets[attributes.get("Id", "")] = posixpath.normpath(full)

        _parse(self._archive, "xl/workbook.xml", of_workbook)
        _parse(self._archive, "xl/_rels/workbook.xml.rels", of_relations)
        return {name: targets.get(relation, "") for name, relation in names.items()}, any(recalculated)


class _Broken:
    """Goes through one sheet. Cells may lack their names: then they follow each other."""

    def __init__(self, is_recalculated: bool) -> None:  # noqa: FBT001 - of this module only
        self._zeros_are_results = not is_recalculated
        self._found: dict[tuple[int, int], Broken] = {}
        self._row = self._column = 0
        self._has_formula = self._is_error = self._in_value = False
        self._value = ""

    def of(self, archive: zipfile.ZipFile, path: str) -> Places:
        _parse(archive, path, self._begin, self._end, self._text)
        return self._found

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        kind = _local(tag)
        if kind == "c":
            place = _CELL.fullmatch(attributes.get("r", ""))
            self._row = int(place[2]) if place else self._row
            self._column = _number(place[1]) if place else self._column + 1
            self._is_error = attributes.get("t") == "e"
            self._has_formula, self._value = False, ""
        elif kind == "row":
            self._row = int(attributes["r"]) if attributes.get("r", "").isdecimal() else self._row + 1
            self._column = 0
        elif kind == "f":
            self._has_formula = True
        self._in_value = kind in {"v", "t"}

    def _text(self, data: str) -> None:
        if self._in_value and len(self._value) < 64:
            self._value += data

    def _end(self, tag: str) -> None:
        self._in_value = False
        if _local(tag) != "c":
            return
        if self._is_error:
            self._found[self._row, self._column] = Broken(RowFault.CELL_ERROR, self._value)
        elif self._has_formula and (not self._value or (self._value == "0" and not self._zeros_are_results)):
            self._found[self._row, self._column] = Broken(RowFault.FORMULA_EMPTY)


def _parse(
    archive: zipfile.ZipFile, path: str, begin: object, end: object = None, text: object = None
) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = begin  # type: ignore[assignment]
    parser.EndElementHandler = end  # type: ignore[assignment]
    parser.CharacterDataHandler = text  # type: ignore[assignment]
    parser.EntityDeclHandler = _refuse_entities
    try:
        with archive.open(path) as file:
            for piece in _pieces(file):
                parser.Parse(piece)
            parser.Parse(b"", True)  # noqa: FBT003 - expat's own signature
    except (expat.ExpatError, KeyError) as error:
        raise WorkbookDamaged from error


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece


def _refuse_entities(*_: object) -> None:
    raise WorkbookUnsafe


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
