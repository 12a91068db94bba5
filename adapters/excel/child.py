"""The process that reads one workbook: `python -m adapters.excel.child`, the order on its standard
input, the answer on its standard output. It takes no more memory and time than it is told, opens no
file and knows no secret: what it reads was made by strangers."""

from __future__ import annotations

import gc
import resource
import signal
import sys

import msgspec

from adapters.excel.order import Answer, Order
from adapters.excel.raw import raw_sheets
from domain.readings.workbook.parsing import parsed
from domain.readings.workbook.refusals import WorkbookNeedsTooMuch, WorkbookRefused
from domain.readings.workbook.zones import ZoneWords


def main() -> None:
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Order)
    _confine(order)
    gc.disable()  # a short life: looking for cycles among the rows would only take time
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer(order)))


def answer(order: Order) -> Answer:
    try:
        return Answer(
            workbook=parsed(raw_sheets(order.kind, order.content, order.bounds), ZoneWords(order.phrases))
        )
    except WorkbookRefused as refusal:
        fields = {name: value for name, value in refusal.params.items() if isinstance(value, str | int)}
        return Answer(refusal=refusal.code, fields=fields)
    except MemoryError:
        return Answer(refusal=WorkbookNeedsTooMuch.code)


def _confine(order: Order) -> None:
    """The alarm ends it even when nobody is left to wait for it."""
    memory, seconds = order.bounds.memory_bytes, order.bounds.seconds
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(seconds + 1)


if __name__ == "__main__":
    main()
