"""Taking billing files in."""

from services.imports.imports import ImportService, Progress
from services.imports.posting import Posters, PostersHere

__all__ = ["ImportService", "Posters", "PostersHere", "Progress"]
