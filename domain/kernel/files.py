"""Photos and documents of an account, kept by what is in them."""

from collections.abc import AsyncIterator, Callable
from typing import BinaryIO, Protocol, TypeVar
from uuid import UUID

from domain.kernel.errors import Invalid, NotFound
from domain.kernel.ids import AccountId

T = TypeVar("T")
_BEGINNINGS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class FileNotFound(NotFound):
    code = "file-not-found"
    text = "There is no such file"


class PictureWanted(Invalid):
    code = "picture-wanted"
    text = "This is not a picture that we can show"
    remedy = "Send a photo as JPEG or PNG"


def picture_kind(content: bytes) -> str:
    """The media type by the first bytes, whatever the name says. PictureWanted for anything else."""
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    raise PictureWanted(field="photo")


class Files(Protocol):
    """A file is named by the SHA-256 of its content, in hex, under its account."""

    async def keep(self, account_id: AccountId, content: bytes) -> str:
        """Its name, once it is safe on disk. Done before the row that names it is written; the same
        content again is the same file."""

    async def read(self, account_id: AccountId, sha256: str) -> bytes:
        """FileNotFound when there is none."""


class LongFiles(Protocol):
    """Files that come piece by piece and are read so. Once kept, one is named by the SHA-256 of its content,
    in hex, under its account; until then by an id."""

    async def write(self, account_id: AccountId, upload_id: UUID, first: int, content: bytes) -> None:
        """A piece that begins at byte `first`, safe on disk when this ends. FileNotFound for a later piece
        of what has no beginning."""

    async def keep(self, account_id: AccountId, upload_id: UUID, sha256: str) -> bool:
        """Make what came so far a file, safe on disk: a copy, which nobody can write to any more. False,
        and nothing is kept, when its content is another. FileNotFound when nothing came."""

    async def drop(self, account_id: AccountId, upload_id: UUID) -> None:
        """The pieces, also those that are not there."""

    async def look(self, account_id: AccountId, sha256: str, ask: Callable[[BinaryIO], T]) -> T:
        """What `ask` finds in a kept file. FileNotFound."""

    async def size(self, account_id: AccountId, sha256: str) -> int:
        """Bytes of a kept file. FileNotFound."""

    def stream(self, account_id: AccountId, sha256: str) -> AsyncIterator[bytes]:
        """A kept file from its beginning. FileNotFound, before the first bytes."""

    async def remove(self, account_id: AccountId, sha256: str) -> None:
        """Also one that is not there."""
