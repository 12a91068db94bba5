"""Files that people and billing systems send, as tables: .csv and .xlsx, streamed and bounded."""

from adapters.tables.files import open_table, scratch
from adapters.tables.limits import Limits

__all__ = ["Limits", "open_table", "scratch"]
