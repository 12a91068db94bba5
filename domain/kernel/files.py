"""Photos and documents of an account, kept by what is in them."""

from typing import Protocol

from domain.kernel.errors import Invalid, NotFound
from domain.kernel.ids import AccountId

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
