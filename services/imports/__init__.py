"""Taking billing files in."""

from services.imports.imports import ImportService, Progress

__all__ = ["ImportService", "Progress"]
