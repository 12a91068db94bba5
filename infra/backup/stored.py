"""Stored files: `<root>/<account>/<sha256>`, and beside them parts of uploads under way."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from adapters.files.disk import NAME
from infra.errors import OperatorError

ROOTS = ("files", "attachments")
_CHUNK_BYTES = 1024 * 1024
_TOLD_EVERY = 1000


class Stored(NamedTuple):
    """`sha256` of what was copied: of a whole file its name."""

    path: str
    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, line: str) -> "Stored":
        path, size_bytes, sha256 = line.rstrip("\n").split(" ")
        return cls(path, int(size_bytes), sha256)

    @property
    def line(self) -> str:
        return f"{self.path} {self.size_bytes} {self.sha256}\n"


@dataclass(frozen=True, slots=True)
class Copying:
    """From one folder into another. What is there already is left alone: a copy may be broken off and run
    again."""

    source: Path
    target: Path
    told: Callable[[str], None]

    def run(self) -> list[Stored]:
        """Every file that is there now. Files that go meanwhile are named by no row: they are left out."""
        found: list[Stored] = []
        for path in self._paths():
            with suppress(FileNotFoundError):
                found.append(self.one(path))
            if len(found) % _TOLD_EVERY == 0 and found:
                self.told(f"files: {len(found):,}")
        return found

    def one(self, path: str) -> Stored:
        """FileNotFoundError. OperatorError when a whole file is not what its name says."""
        source, target = self.source / path, self.target / path
        is_whole = NAME.fullmatch(source.name) is not None
        if is_whole and target.is_file() and target.stat().st_size == source.stat().st_size:
            return Stored(path, target.stat().st_size, source.name)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = target.with_name(f"{target.name}.copy")
        digest = _copied(source, unfinished)
        if is_whole and digest != source.name:
            unfinished.unlink()
            raise OperatorError(f"{source} is damaged: its content is not what its name says.")
        unfinished.rename(target)
        return Stored(path, target.stat().st_size, digest)

    def _paths(self) -> Iterator[str]:
        for root in ROOTS:
            for account in sorted((self.source / root).glob("*/")):
                for file in sorted(account.iterdir()):
                    if NAME.fullmatch(file.name) or _is_part(file.name):
                        yield f"{root}/{account.name}/{file.name}"


def strangers(data: Path, known: frozenset[str]) -> list[str]:
    """Stored files under `data` that are not among the `known` paths."""
    return [
        path
        for root in ROOTS
        for file in sorted((data / root).glob("*/*"))
        if (path := f"{root}/{file.parent.name}/{file.name}").removesuffix(".copy") not in known
    ]


def _is_part(name: str) -> bool:
    """An upload under way; its copies, of a process that looks at them, have a longer name."""
    return name.startswith("part-") and len(name) == len("part-") + 36


def _copied(source: Path, target: Path) -> str:
    digest = sha256()
    with source.open("rb") as content, target.open("wb") as copy:
        target.chmod(0o600)
        while chunk := content.read(_CHUNK_BYTES):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()
