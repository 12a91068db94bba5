"""The process that marks a workbook: `python -m adapters.excel.reply_process FOLDER dressed|plain BYTES`. It
takes no more memory and time than it is told and knows no secret: what it marks was made by strangers."""

import gc
import resource
import sys
import warnings
from pathlib import Path

import msgspec

from adapters.excel.kinds import kind_of
from adapters.excel.looks import MOST_COLUMNS, MOST_ROWS, dressed, plain
from adapters.excel.order import Bounds, Kind
from adapters.excel.raw import raw_sheets
from adapters.excel.reading import LIMITS, SHEETS
from adapters.excel.reply import marked
from adapters.excel.workbooks import BODY, MARKED, REPLY, SECONDS
from domain.readings.replies import Reply


def main(folder: str, looks: str, memory_bytes: str) -> None:
    memory = int(memory_bytes)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # a short life: looking for cycles among the cells would only take time
    warnings.simplefilter("ignore")
    body = Path(folder, BODY).read_bytes()
    reply = msgspec.json.decode(Path(folder, REPLY).read_bytes(), type=Reply)
    kind = kind_of(body, LIMITS)
    if looks == "dressed" and kind is Kind.XLSX:
        workbook, pages = dressed(body)
    else:
        bounds = Bounds(
            rows=MOST_ROWS, columns=MOST_COLUMNS, sheets=SHEETS, memory_bytes=memory, seconds=SECONDS
        )
        workbook, pages = plain(raw_sheets(kind, body, bounds))
    Path(folder, MARKED).write_bytes(marked(workbook, pages, reply))


if __name__ == "__main__":
    main(*sys.argv[1:])
