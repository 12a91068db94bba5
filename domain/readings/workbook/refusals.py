"""Why a file as a whole is not read. Each in words for whoever sent it."""

from domain.kernel.errors import Invalid, Unavailable


class WorkbookRefused(Invalid):
    code = "workbook-refused"
    text = "The file cannot be read"
    remedy = "Send the table as .xlsx, .xlsm, .xls, .ods or .csv"


class WorkbookTooLarge(WorkbookRefused):
    code = "workbook-too-large"
    text = "The file is larger than {limit_mb} MB"
    remedy = "Send the rows in several files, without pictures"


class WorkbookUnpacksTooMuch(WorkbookRefused):
    code = "workbook-unpacks-too-much"
    text = "The file unpacks into more than is safe to read"
    remedy = "Copy the table into a new workbook and send that"


class WorkbookNeedsTooMuch(WorkbookRefused):
    """The reading process passed its bound of memory or time."""

    code = "workbook-needs-too-much"
    text = "Reading the file takes more memory or time than is allowed"
    remedy = "Copy the table alone into a new workbook and send that"


class WorkbookTooManyRows(WorkbookRefused):
    code = "workbook-too-many-rows"
    text = "The file has more than {limit} rows"
    remedy = "Send the rows in several files"


class WorkbookTooManyColumns(WorkbookRefused):
    code = "workbook-too-many-columns"
    text = "Sheet {sheet} has more than {limit} columns"
    remedy = "Copy the table alone into a new workbook and send that"


class WorkbookTooManySheets(WorkbookRefused):
    code = "workbook-too-many-sheets"
    text = "The file has more than {limit} sheets"
    remedy = "Send only the sheets with readings"


class WorkbookProtected(WorkbookRefused):
    code = "workbook-password"
    text = "The file is protected by a password"
    remedy = "Save it without a password and send it again"


class WorkbookDamaged(WorkbookRefused):
    code = "workbook-damaged"
    text = "The file is damaged: it cannot be opened"
    remedy = "Open it, save it again and send it"


class WorkbookUnsafe(WorkbookRefused):
    code = "workbook-unsafe"
    text = "The file has parts that no spreadsheet program writes"
    remedy = "Copy the table into a new workbook and send that"


class WorkbookIsWebPage(WorkbookRefused):
    code = "workbook-is-web-page"
    text = "The file is a web page or an XML document under the name of a workbook"
    remedy = "Open it in a spreadsheet program, save it as .xlsx and send that"


class WorkbookIsNone(WorkbookRefused):
    code = "workbook-is-none"
    text = "The file is not a workbook"


class WorkbookEmpty(WorkbookRefused):
    code = "workbook-empty"
    text = "The file is empty"


class WorkbookColumnsUnclear(WorkbookRefused):
    code = "workbook-columns-unclear"
    text = "The table has several columns with readings that nothing tells apart"
    remedy = 'Name them "previous" and "current", or by their zones, or fill in the template'


class WorkbookWithoutTable(WorkbookRefused):
    code = "workbook-without-table"
    text = "No table with meter numbers and current readings is found in the file"
    remedy = "Name the columns as in the template, or fill in the template"


class WorkbookWithoutRows(WorkbookRefused):
    code = "workbook-without-rows"
    text = "The table has no rows with meter numbers"
    remedy = "Write the number of each meter in its row"


class WorkbookReadersBusy(Unavailable):
    code = "workbook-readers-busy"
    text = "Too many files are being read at this moment"
    remedy = "Try again in a minute"


_ALL: tuple[type[WorkbookRefused], ...] = (WorkbookRefused, *WorkbookRefused.__subclasses__())
REFUSALS = {one.code: one for one in _ALL}
