"""What every part of the sandbox works with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from infra.sandbox.config import Config
from infra.sandbox.store import Store
from infra.sandbox.words import stamp


@dataclass(frozen=True)
class Desk:
    config: Config
    store: Store
    now: Callable[[], datetime]

    def moment(self) -> str:
        return stamp(self.now())
