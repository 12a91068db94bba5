"""Secrets of others that we must be able to read again: kept sealed, never as they are."""

from typing import Protocol

from domain.kernel.errors import Unavailable


class Box(Protocol):
    """Seals what the database keeps. `of` says whose it is (a row's id): what was sealed for one row
    does not open in another."""

    def seal(self, secret: str, *, of: str) -> bytes: ...

    def unseal(self, sealed: bytes, *, of: str) -> str:
        """BoxBroken when it was sealed by a key not known here, for another row, or changed since."""

    def resealed(self, sealed: bytes, *, of: str) -> bytes | None:
        """The same under the present key; None when that has sealed it already. BoxBroken."""


class BoxBroken(Unavailable):
    """The installation's secret key is not the one this was sealed by."""

    code = "sealed-by-another-key"
    text = "What is needed for this was sealed by another key of ours and cannot be read"
    remedy = "Tell the company: its administrator gives the former key back, or makes what was sealed anew"
