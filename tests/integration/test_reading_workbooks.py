"""Workbooks that we make: the one to fill in and the marked one, of whatever the sender's was made by."""

import io
import shutil
import subprocess
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
import xlsxwriter
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from adapters.excel import template
from adapters.excel.kinds import kind_of
from adapters.excel.looks import dressed, plain
from adapters.excel.order import Bounds
from adapters.excel.raw import raw_sheets
from adapters.excel.reading import LIMITS
from adapters.excel.reply import COMMENTS, marked
from adapters.excel.workbooks import ExcelReadingWorkbooks
from api.texts import catalogue
from domain.kernel.access import ActorKind
from domain.readings import templates
from domain.readings.files import FileCounts, FileRow, FileSender, ReadingFile, RowState
from domain.readings.readings import Finding, ReadingSource, Severity
from domain.readings.replies import Reply, reply_to
from domain.readings.templates import HEADINGS, SHEET, Template, TemplateRow
from domain.readings.workbook.parsing import parsed
from domain.readings.workbook.zones import ZoneWords
from tests.filled_workbooks import HEADER_ROW, REASON, STATE, column, filled, opened, saved
from tests.households import NOON

FILES = Path(__file__).parents[1] / "files" / "workbooks"
ACCOUNT = UUID(int=7)
EVIL = '=cmd|"/c calc"!A1'
RUSSIAN = catalogue("ru").gettext
ENGLISH = catalogue("en").gettext
BOUNDS = Bounds(rows=20_000, columns=256, sheets=50, memory_bytes=0, seconds=0)
TABLE = ["№", "Заводской № ПУ", "Дата снятия", "Текущие показания"]


def row(serial, **more):
    facts = {
        "point": "ТП-17 Склад",
        "address": "ул. Мира, 1",
        "place": "ВРУ",
        "model": "СЕ101",
        "serial": serial,
        "zone": "День",
        "direction": "A+",
        "previous_on": date(2026, 10, 25),
        "previous": Decimal("4000.5"),
        "ratio": Decimal("100.0000"),
        "unit": "кВт·ч",
        "digit_count": 5,
        "fraction_digit_count": 1,
    }
    return TemplateRow(**facts | more)


def written(rows, translate=RUSSIAN):
    whole = Template(
        account_id=ACCOUNT,
        account_number="7200000001",
        holder_name=EVIL,
        address="",
        made_on=date(2026, 11, 20),
        rows=rows,
    )
    return template.written(whole, translate)


def read(body):
    return parsed(raw_sheets(kind_of(body, LIMITS), body, BOUNDS), ZoneWords())


def judged(body, languages=(RUSSIAN, ENGLISH)) -> Reply:
    """Every second value refused, with what a stranger wrote in its reason."""
    book = read(body)
    wrong = Finding(
        code="workbook-not-a-number",
        severity=Severity.REFUSE,
        text="The reading in cell {cell} is not a number: {text}",
        fields={"cell": "B2", "text": EVIL},
    )
    rows = [
        FileRow(
            no=no,
            sheet=one.sheet,
            row_no=one.row_no,
            column_no=one.column_no,
            serial=one.serial,
            zone=one.zone,
            direction=one.direction,
            taken_on=one.taken_on,
            value=one.value,
            state=RowState.REFUSED if no % 2 else RowState.ACCEPTED,
            findings=(wrong,) if no % 2 else (),
        )
        for no, one in enumerate(book.rows)
    ]
    file = ReadingFile(
        account_id=ACCOUNT,
        id=UUID(int=1),
        sha256=b"",
        name="=x.xlsx",
        size_bytes=len(body),
        source=ReadingSource.FILE,
        sender=FileSender(kind=ActorKind.CUSTOMER, id=UUID(int=2), name="Иванов"),
        received_at=NOON,
        counts=FileCounts.of(rows),
        layouts=book.layouts,
    )
    return reply_to(file, rows, "7200000001", languages)


def reply_of(body, **more):
    workbook, pages = dressed(body)
    return marked(workbook, pages, judged(body, **more))


def parts(body):
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def libreoffice(body, folder, kind="xlsx"):
    """The file opened by LibreOffice and saved as another kind."""
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed: soffice is not found")
    (folder / "in.xlsx").write_bytes(body)
    command = (soffice, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", kind)
    done = subprocess.run(
        [*command, "--outdir", str(folder / "out"), str(folder / "in.xlsx")],
        capture_output=True,
        timeout=120,
        check=True,
        text=True,
    )
    assert "Error" not in done.stdout + done.stderr.replace("javaldx", "")
    return (folder / "out" / f"in.{kind}").read_bytes()


def test_only_the_day_and_the_figures_can_be_changed():
    page = opened(written([row("00123"), row("00124", is_closed=True)]))[SHEET]
    assert page.protection.sheet
    assert page.freeze_panes == "D7"
    unlocked = {cell.coordinate for line in page for cell in line if not cell.protection.locked}
    inputs = [column(templates.TAKEN_ON), column(templates.VALUE)]
    assert unlocked == {page.cell(HEADER_ROW + 1, one).coordinate for one in inputs}
    rules = {one.type: (one.formula1, one.formula2) for one in page.data_validations.dataValidation}
    assert rules["decimal"] == ("0", "99999.9")
    assert date(1899, 12, 30) + timedelta(days=int(rules["date"][0])) == date(2025, 10, 16)


def test_what_is_known_is_filled_in_and_nothing_is_a_formula():
    page = opened(written([row("00123", place=EVIL, address="@SUM(1)", point="a\x00\x0bb")]))[SHEET]
    cells = dict(zip(HEADINGS, page[HEADER_ROW + 1], strict=True))
    assert cells[templates.SERIAL].value == "00123"
    assert cells[templates.PREVIOUS].value == 4000.5
    assert cells[templates.RATIO].value == 100
    assert cells[templates.PLACE].value == EVIL
    assert cells[templates.POINT].value == "ab"
    assert {cell.data_type for line in page for cell in line} <= {"s", "inlineStr", "n", "d"}
    assert cells[templates.PLACE].quotePrefix
    assert cells[templates.ADDRESS].quotePrefix


def test_a_template_filled_in_is_read_back():
    book = read(filled(written([row("00123"), row("00124", zone="Ночь")]), {0: 4100.5}))
    assert [(one.serial, one.zone, one.value) for one in book.rows] == [
        ("00123", "day", Decimal("4100.5")),
        ("00124", "night", None),
    ]
    [layout] = book.layouts
    assert (layout.template_version, layout.account_number) == (templates.TEMPLATE_VERSION, "7200000001")
    assert layout.account_id == str(ACCOUNT)


def test_many_rows_of_mixed_meters_make_small_rules():
    rows = [row(f"{no}", fraction_digit_count=no % 3) for no in range(1000)]
    page = opened(written(rows))[SHEET]
    for rule in page.data_validations.dataValidation:
        assert len(rule.sqref.ranges) <= 100


def foreign_book():
    """Somebody's own layout, with all that they and others have put in."""
    book = Workbook()
    page = book.active
    page.title = "Январь"
    page["A1"] = "Ведомость"
    page.merge_cells("A1:D1")
    page.append([])
    page.append(TABLE)
    for no in range(4):
        page.append([no + 1, f"000{no}", date(2026, 11, 20), 100 + no])
    page["B4"].font = Font(bold=True, color="FF0000")
    page["D4"].fill = PatternFill("solid", fgColor="00FF00")
    page["D5"].number_format = "0.000"
    page["E4"] = EVIL
    page["E4"].data_type = "s"
    page["E5"] = "=1+1"
    page["E6"] = "https://example.test"
    page["E6"].hyperlink = "https://example.test/"
    page["E7"] = "+7 900"
    page.column_dimensions["B"].width = 33
    page.row_dimensions[3].height = 44
    page.row_dimensions[5].hidden = True
    page.freeze_panes = "A4"
    rule = DataValidation(type="custom", formula1='=WEBSERVICE("http://evil.test")', sqref="D4:D9")
    page.add_data_validation(rule)
    book.create_sheet("Прочее")["A1"] = "=2+2"
    return saved(book)


def test_the_answer_is_the_senders_own_layout_with_two_columns_more():
    page = opened(reply_of(foreign_book())).worksheets[0]
    assert (page["A1"].value, page["B4"].value) == ("Ведомость", "0000")
    assert [str(one) for one in page.merged_cells.ranges] == ["A1:D1"]
    assert page["B4"].font.bold
    assert page["B4"].font.color.rgb == "00FF0000"
    assert page["D4"].fill.fgColor.rgb == "0000FF00"
    assert page["D5"].number_format == "0.000"
    assert (page.column_dimensions["B"].width, page.row_dimensions[3].height) == (33, 44)
    assert page.freeze_panes == "A4"
    assert not page.row_dimensions[5].hidden  # what must be mended is not hidden
    assert (page["F3"].value, page["G3"].value) == (STATE, REASON)
    assert [page.cell(no, 6).value for no in range(4, 8)] == ["Принято", "Отклонено"] * 2
    assert page["F4"].fill.fgColor.rgb != page["F5"].fill.fgColor.rgb
    assert page["D5"].fill.fgColor.rgb == page["F5"].fill.fgColor.rgb
    assert page["D5"].comment.text.startswith("Отклонено")
    assert page["D4"].comment is None


def test_nothing_in_the_answer_can_be_run():
    body = reply_of(foreign_book())
    book = opened(body)
    assert {cell.data_type for page in book for line in page for cell in line} <= {"s", "inlineStr", "n", "d"}
    page = book.worksheets[0]
    assert (page["E4"].value, page["E4"].quotePrefix) == (EVIL, True)
    assert page["E5"].value is None  # a formula whose result nobody had calculated
    assert page["E7"].quotePrefix
    assert page["G5"].value.count(EVIL) == 1
    assert page["E6"].hyperlink is None
    assert page.data_validations.dataValidation == []
    everything = b"".join(parts(body).values())
    for forbidden in (b"<f>", b"WEBSERVICE", b"vbaProject", b"externalLink", b"https://example.test/"):
        assert forbidden not in everything


def test_macros_and_names_do_not_come_along(tmp_path):
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    (tmp_path / "vba.bin").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    book.add_vba_project(str(tmp_path / "vba.bin"))
    book.define_name("Evil", '=WEBSERVICE("http://evil.test")')
    page = book.add_worksheet("Показания")
    for no, values in enumerate([TABLE, [1, "0001", "20.11.2026", 5], [2, "0002", "20.11.2026", 6]]):
        page.write_row(no, 0, values)
    page.write_formula(3, 4, "=D2*2", None, 10)
    page.conditional_format("A1:D9", {"type": "formula", "criteria": '=WEBSERVICE("x")="1"'})
    book.close()
    body = file.getvalue()
    assert "xl/vbaProject.bin" in parts(body)

    made = parts(reply_of(body))
    assert not [name for name in made if "vba" in name.lower()]
    assert b"macroEnabled" not in made["[Content_Types].xml"]
    assert b"Evil" not in b"".join(made.values())
    assert opened(reply_of(body))["Показания"]["E4"].value == 10


def test_an_answer_that_comes_back_is_understood_and_marked_anew_in_place():
    first = reply_of(foreign_book())
    again = reply_of(first, languages=(ENGLISH, RUSSIAN))
    assert [one.serial for one in read(first).rows] == ["0000", "0001", "0002", "0003"]
    assert opened(again).sheetnames == [*opened(first).sheetnames[:-1], "Answer"]
    page = opened(again).worksheets[0]
    assert (page["F3"].value, page["G3"].value, page["H3"].value) == ("Answer: state", "Answer: reason", None)
    assert [page.cell(no, 6).value for no in range(4, 8)] == ["Accepted", "Refused"] * 2


def test_the_last_sheet_sums_up():
    page = opened(reply_of(foreign_book()))["Ответ"]
    assert page.row_dimensions[1].hidden
    lines = [[cell.value for cell in line if cell.value is not None] for line in page]
    assert ["Файл", "=x.xlsx"] in lines
    assert ["Отклонено", 2, "Исправьте строку и передайте снова"] in lines
    [code] = [line for line in lines if line and line[0] == "workbook-not-a-number"]
    assert code[1] == 2
    assert code[-1] == "5, 7"


def test_only_so_many_notes_are_made():
    rows = [[no, f"{no:05d}", "20.11.2026", 5] for no in range(2 * COMMENTS + 10)]
    book = Workbook()
    for values in [TABLE, *rows]:
        book.active.append(values)
    made = opened(reply_of(saved(book)))
    assert sum(1 for line in made.worksheets[0] for cell in line if cell.comment) == COMMENTS
    assert str(COMMENTS) in made["Ответ"][f"A{made['Ответ'].max_row}"].value


@pytest.mark.parametrize(
    "name", ["libreoffice.xls", "libreoffice.ods", "libreoffice.csv", "libreoffice.xlsx", "pandas.ods"]
)
def test_whatever_was_sent_comes_back_as_xlsx(name):
    body = (FILES / name).read_bytes()
    if name.endswith(".xlsx"):
        made = reply_of(body)
    else:
        made = marked(*plain(raw_sheets(kind_of(body, LIMITS), body, BOUNDS)), judged(body))
    book, mark = opened(made), judged(body).sheets[0]
    page = book.worksheets[0]
    headings = [cell.value for cell in page[mark.header_row_no]]
    assert headings[-2:] == [STATE, REASON]
    values = {one.row_no: one.value for one in read(body).rows}
    for one in mark.rows:
        assert page.cell(one.row_no, mark.state_column_no).value == one.state_text
        if one.cells and values[one.row_no] is not None:
            assert page.cell(one.row_no, one.cells[0]).value is not None


async def test_a_file_with_looks_that_cannot_be_read_is_marked_without_them():
    broken = io.BytesIO()
    with zipfile.ZipFile(broken, "w") as archive:
        for name, content in parts(foreign_book()).items():
            archive.writestr(name, content.replace(b'patternType="solid"', b'patternType="strange"'))
    body = broken.getvalue()
    with pytest.raises(ValueError, match="stylesheet"):
        dressed(body)
    page = opened(await ExcelReadingWorkbooks().reply(body, "x.xlsx", judged(body))).worksheets[0]
    assert (page["B4"].value, page["F5"].value) == ("0000", "Отклонено")


async def test_a_template_keeps_its_protection_and_rules_in_the_answer():
    body = filled(written([row("00123"), row("00124")]), {0: 4100.5, 1: 4100.5})
    made = await ExcelReadingWorkbooks().reply(body, "x.xlsx", judged(body))
    page = opened(made)[SHEET]
    assert page.protection.sheet
    assert not page.protection.autoFilter
    assert {one.type for one in page.data_validations.dataValidation} == {"date", "decimal"}
    assert not page.cell(HEADER_ROW + 2, column(templates.VALUE)).protection.locked
    assert page.cell(HEADER_ROW + 2, column(templates.SERIAL)).protection.locked
    assert opened(made)["_kabinet"].sheet_state == "hidden"


def test_libreoffice_opens_the_template_and_the_answer(tmp_path):
    body = filled(written([row("00123"), row("00124", zone="Ночь")]), {0: 4100.5, 1: "много"})
    by_them = libreoffice(body, tmp_path)
    book = read(by_them)
    assert [(one.serial, one.value) for one in book.rows] == [("00123", Decimal("4100.5")), ("00124", None)]
    assert book.layouts[0].account_id == str(ACCOUNT)
    page = load_workbook(io.BytesIO(by_them))[SHEET]
    assert page.protection.sheet
    assert len(page.data_validations.dataValidation) == 2
    answer = opened(libreoffice(reply_of(by_them), tmp_path))
    page = answer[SHEET]
    headings = {cell.value: cell.column for cell in page[HEADER_ROW]}
    assert page.cell(HEADER_ROW + 2, headings[STATE]).value == "Отклонено"
    assert page.cell(HEADER_ROW + 2, column(templates.VALUE)).comment is not None
    assert answer["Ответ"]["A2"].value == "Что стало с файлом"
