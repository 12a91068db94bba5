"""Rows as Structs."""

from typing import TypeVar

import asyncpg
import msgspec

T = TypeVar("T")


def struct(kind: type[T], row: asyncpg.Record) -> T:
    """A row as a Struct: columns are fields, and the column `x_kopecks` is the Money field `x`."""
    fields = dict(row)
    for column in [name for name in fields if name.endswith("_kopecks")]:
        fields[column.removesuffix("_kopecks")] = {"kopecks": fields.pop(column)}
    return msgspec.convert(fields, kind)
