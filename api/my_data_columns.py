"""Columns of the sheets in which one's data is told."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from domain.kernel.sheets import Cell

T = TypeVar("T")


class Column(NamedTuple):
    """A heading (a message id) and what stands under it for an item."""

    heading: str
    cell: Callable[[Any], Cell]


def columns_of(kind: type[T], *columns: tuple[str, Callable[[T], Cell]]) -> tuple[Column, ...]:
    """Columns of items of one kind, so that what each reads is checked."""
    return tuple(Column(heading, cell) for heading, cell in columns)


def of_pairs(first: Sequence[Column], second: Sequence[Column]) -> tuple[Column, ...]:
    """The columns of two things that stand in one row, as a pair."""
    return tuple(
        _picked(column, place) for place, columns in enumerate((first, second)) for column in columns
    )


def _picked(column: Column, place: int) -> Column:
    return Column(column.heading, lambda pair: column.cell(pair[place]))
