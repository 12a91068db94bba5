"""Readings as their rows say: values and steps come as JSON of one query."""

import asyncpg
import msgspec

from domain.readings.keeping import ReadingStep
from domain.readings.readings import Reading, RegisterReading

_VALUE = msgspec.json.Decoder(RegisterReading)
_VALUES = msgspec.json.Decoder(tuple[RegisterReading, ...])
_STEPS = msgspec.json.Decoder(tuple[ReadingStep, ...])


def reading(row: asyncpg.Record) -> Reading:
    fields = dict(row) | {"id": row["reading_id"], "values": _VALUES.decode(row["values"] or "[]")}
    return msgspec.convert(fields, Reading)


def value(column: str) -> RegisterReading:
    return _VALUE.decode(column)


def steps(column: str | None) -> tuple[ReadingStep, ...]:
    return _STEPS.decode(column or "[]")
