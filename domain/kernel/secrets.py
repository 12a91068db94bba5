"""Secrets of others that we must be able to read again: kept sealed, never as they are."""

from typing import Protocol


class Box(Protocol):
    """Seals what the database keeps. `of` says whose it is (a row's id): what was sealed for one row
    does not open in another."""

    def seal(self, secret: str, *, of: str) -> bytes: ...

    def unseal(self, sealed: bytes, *, of: str) -> str:
        """BoxBroken when it was sealed by another key, for another row, or changed since."""


class BoxBroken(Exception):
    """The installation's secret key is not the one this was sealed by."""
