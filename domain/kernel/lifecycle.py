"""Which status may follow which."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from domain.kernel.errors import Conflict

S = TypeVar("S", bound=StrEnum)


class ForbiddenMove(Conflict):
    code = "forbidden-move"
    text = "The state {now} cannot become {then}"


class Lifecycle(Generic[S]):
    """A table of moves. A status with no way out is final."""

    def __init__(self, moves: Mapping[S, frozenset[S]]) -> None:
        self._moves = moves

    def check(self, now: S, then: S) -> S:
        if then not in self._moves.get(now, frozenset()):
            raise ForbiddenMove(now=now, then=then)
        return then

    def is_final(self, status: S) -> bool:
        return not self._moves.get(status)
