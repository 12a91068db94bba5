"""What a notice says. Each kind is a tagged Struct in `kinds/`, a file of its own; the engine that keeps,
judges, writes and sends notices never names one."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Self

import msgspec


class Channel(StrEnum):
    """By which way a notice goes. Others come behind the same port."""

    EMAIL = "e-mail"


class Basis(StrEnum):
    """Why we may send it (152-FZ, article 6; 38-FZ, article 18)."""

    CONTRACT = "contract"
    """It belongs to the contract. Whoever took back the consent to notices gets none all the same."""
    CONSENT = "consent"
    """Only to those whose consent to notices by that channel stands."""


class Words(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """The facts of one notice; a template turns them into a letter. The tag is the name of the kind.

    `title` is an English message id. `is_on` says whether it is sent to those who never chose. What
    `is_prompt` answers something the person did this minute: it goes at any hour, past the queue.
    """

    title: ClassVar[str]
    basis: ClassVar[Basis]
    is_on: ClassVar[bool] = True
    is_prompt: ClassVar[bool] = False

    @classmethod
    def sample(cls) -> Self:
        """Invented facts, for a look at the template."""
        raise NotImplementedError

    @property
    def kind(self) -> str:
        return str(self.__struct_config__.tag)
