"""What is said to people outside: a letter or a short message, and who carries it."""

from typing import Protocol

import msgspec


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is the same for every copy of one letter."""

    key: str
    to: str
    subject: str
    text: str


class Mail(Protocol):
    async def send(self, letter: Letter) -> None:
        """Raises on any refusal: the job that sends is repeated."""


class Sms(Protocol):
    async def send(self, phone: str, text: str) -> None:
        """`phone` as +79000000001. Raises on any refusal."""
