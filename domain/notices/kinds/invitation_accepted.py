"""Somebody who was invited may act on the account now."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from domain.notices.words import Basis, Words


class InvitationAccepted(Words, frozen=True, kw_only=True, tag="invitation-accepted"):
    """`phone_end` is the last two digits of the phone that was invited; who came is said on the page."""

    title: ClassVar[str] = "An invitation to the account was accepted"
    basis: ClassVar[Basis] = Basis.CONTRACT

    account_number: str
    day: date
    phone_end: str

    @classmethod
    def sample(cls) -> InvitationAccepted:
        return cls(account_number="6600000001", day=date(2026, 11, 18), phone_end="02")
