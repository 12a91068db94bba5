"""What a letter holds, for the operator who must say whose it is: its text, its workbooks, other parts."""

from urllib.parse import quote

import msgspec
from litestar import Response

from api.texts import translated
from domain.mail.content import TROUBLES, LetterContent, MailedFile, Part

EXCEL = ("xlsx", "xlsm", "xls", "xlsb", "xltx")


class Enclosed(msgspec.Struct, frozen=True, kw_only=True):
    """A workbook by its place in the letter; `trouble` says why there is nothing to download."""

    no: int
    name: str
    size_bytes: int
    is_excel: bool
    trouble: str


class Inside(msgspec.Struct, frozen=True, kw_only=True):
    """`lines` of the text, `others`: what is neither text nor workbook."""

    lines: list[str]
    files: list[Enclosed]
    others: list[Part]
    unreadable: str

    @classmethod
    def of(cls, content: LetterContent, language: str) -> "Inside":
        files = [_enclosed(no, file, language) for no, file in enumerate(content.files)]
        names = {file.name for file in files}
        return cls(
            lines=content.text.splitlines(),
            files=files,
            others=[one for one in content.parts if _is_other(one, names)],
            unreadable=content.unreadable,
        )


def downloaded(file: MailedFile) -> Response[bytes]:
    """Never shown by the browser itself, whatever its bytes are."""
    name = quote(file.name, safe="")
    headers = {
        "Content-Disposition": f"attachment; filename=\"workbook\"; filename*=UTF-8''{name}",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.content, media_type="application/octet-stream", headers=headers)


def _enclosed(no: int, file: MailedFile, language: str) -> Enclosed:
    return Enclosed(
        no=no,
        name=file.name,
        size_bytes=file.size_bytes,
        is_excel=file.name.rpartition(".")[2].lower() in EXCEL,
        trouble=translated(language, TROUBLES[file.trouble]) if file.trouble else "",
    )


def _is_other(part: Part, taken: set[str]) -> bool:
    is_frame = part.media_type.startswith("multipart/")
    is_text = part.media_type.startswith("text/") and not part.name
    return not is_frame and not is_text and part.name not in taken
