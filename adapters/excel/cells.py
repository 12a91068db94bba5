"""Text that stays text in whatever spreadsheet it is opened."""

import re
from typing import Any

from openpyxl.cell import WriteOnlyCell

CELL_CHARACTERS = 32_767
# What XML 1.0 cannot hold, lone surrogates too, and control characters that are no line ends or tabs.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f]")
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def clean(text: str) -> str:
    return _UNPRINTABLE.sub("", text)[:CELL_CHARACTERS]


def looks_like_formula(text: str) -> bool:
    return text.startswith(_STARTS_FORMULA)


def as_text(page: Any, text: str) -> Any:
    """A cell that shows `text`, without what cannot be printed. It is never a formula, a number or an
    error, and stays text when somebody edits it."""
    shown = clean(text)
    cell = WriteOnlyCell(page, shown)
    cell.data_type = "s"
    if looks_like_formula(shown):
        cell.quotePrefix = True
    return cell
