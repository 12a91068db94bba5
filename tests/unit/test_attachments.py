"""Kinds of files by their bytes; limits; pieces."""

import io
from uuid import UUID

import pytest
from msgspec.structs import replace

from api.attachments import disposition, piece_of
from domain.cases.attachment_kinds import FileKind, kind_of, may_be_known
from domain.cases.attachments import (
    Announced,
    Attachment,
    AttachmentGap,
    AttachmentPieceWrong,
    AttachmentsADay,
    AttachmentState,
    AttachmentsTooLarge,
    AttachmentsTooMany,
    AttachmentsUnsent,
    AttachmentTerms,
    Filled,
    Piece,
    check_room,
)
from domain.cases.steps import StepBy
from domain.kernel.access import ActorKind
from domain.kernel.lifecycle import ForbiddenMove
from tests.attachments import PDF, archive
from tests.households import NOON

TYPES = "[Content_Types].xml"
DOCX = archive(TYPES, "word/document.xml")
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"
TERMS = AttachmentTerms(files=2, bytes=1000, unsent_bytes=5000, files_a_day=5, abandoned_days=30)
EMPTY = Filled(files=0, bytes=0, unsent_bytes=0, files_today=0)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, FileKind.PDF),
        (b"\xff\xd8\xff\xe0JFIF", FileKind.JPEG),
        (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
        (HEIC, FileKind.HEIC),
        (HEIC.replace(b"heic", b"mif1"), FileKind.HEIC),
        (DOCX, FileKind.DOCX),
        (archive(TYPES, "xl/workbook.xml", comment=b"PK" * 30_000), FileKind.XLSX),
    ],
)
def test_a_kind_is_told_by_bytes(content, kind):
    assert kind_of(io.BytesIO(content)) is kind
    assert may_be_known(content[:12])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF",
        b" %PDF-1.7",
        b"<svg onload=alert(1)>",
        b"<!DOCTYPE html>",
        b"MZ\x90\x00" + bytes(100),
        b"GIF89a" + bytes(20),
        HEIC.replace(b"heic", b"isom"),
        archive("word/document.xml"),
        archive(TYPES, "word/document.xml", "xl/workbook.xml"),
        archive(TYPES, "word/document.xml", "word/vbaProject.bin"),
        archive(TYPES, "word/document.xml", "word/VBAPROJECT.BIN"),
        archive(TYPES, "ppt/presentation.xml"),
        DOCX[:-10],
        DOCX[:40],
        b"PK\x03\x04" + b"PK\x05\x06" + b"\xff" * 18,
    ],
    ids=lambda content: f"{len(content)} bytes",  # an archive's bytes hold the time: no name for a test
)
def test_anything_else_is_not_taken(content):
    assert kind_of(io.BytesIO(content)) is None


def test_what_cannot_be_known_is_told_by_its_beginning():
    assert not may_be_known(b"<!DOCTYPE html>")
    assert may_be_known(b"<")  # too little to tell
    assert may_be_known(DOCX[:12])


@pytest.mark.parametrize(
    ("filled", "size", "refusal"),
    [
        (replace(EMPTY, files=2), 1, AttachmentsTooMany),
        (replace(EMPTY, bytes=900), 101, AttachmentsTooLarge),
        (replace(EMPTY, unsent_bytes=4990), 11, AttachmentsUnsent),
        (replace(EMPTY, files_today=5), 1, AttachmentsADay),
    ],
)
def test_limits(filled, size, refusal):
    with pytest.raises(refusal):
        check_room(TERMS, filled, size, is_filed=False)
    if refusal is AttachmentsUnsent:
        check_room(TERMS, filled, size, is_filed=True)


def test_the_last_of_everything_is_still_taken():
    filled = Filled(files=1, bytes=900, unsent_bytes=4900, files_today=4)
    check_room(TERMS, filled, 100, is_filed=False)


def attachment(size=10) -> Attachment:
    return Attachment(
        account_id=UUID(int=1),
        id=UUID(int=2),
        case_id=UUID(int=3),
        announced=Announced(name="a.pdf", size_bytes=size, sha256="0" * 64),
        by=StepBy(kind=ActorKind.CUSTOMER, id=UUID(int=4), name="И"),
        announced_at=NOON,
        changed_at=NOON,
    )


def test_pieces_come_one_after_another_and_twice_is_once():
    came = attachment().arrived(4, NOON)
    assert (came.received_bytes, came.state) == (4, AttachmentState.UPLOADING)
    assert came.arrived(2, NOON).received_bytes == 4
    assert came.arrived(10, NOON).state is AttachmentState.CHECKING
    came.check_piece(Piece(first=2, total=10, content=b"xxxx"))
    with pytest.raises(AttachmentGap):
        came.check_piece(Piece(first=5, total=10, content=b"x"))
    for wrong in (
        Piece(first=4, total=11, content=b"x"),
        Piece(first=4, total=10, content=b"x" * 7),
        Piece(first=4, total=10, content=b""),
    ):
        with pytest.raises(AttachmentPieceWrong):
            came.check_piece(wrong)
    with pytest.raises(ForbiddenMove):
        came.kept(FileKind.PDF, came.malware_check, NOON, is_told=False)


def test_content_range():
    assert piece_of(None, b"abc") == Piece(first=0, total=3, content=b"abc")
    assert piece_of("bytes 3-5/9", b"abc") == Piece(first=3, total=9, content=b"abc")
    for wrong in ("bytes 3-6/9", "bytes */9", "bytes 3-5/*", "bytes -3-5/9", "items 3-5/9", "bytes=3-5/9"):
        with pytest.raises(AttachmentPieceWrong):
            piece_of(wrong, b"abc")


def test_a_download_is_named_for_what_it_is():
    assert disposition("a.PDF", FileKind.PDF).endswith("UTF-8''a.PDF")
    assert disposition("a.jpeg", FileKind.JPEG).endswith("UTF-8''a.jpeg")
    assert disposition("x.html", FileKind.PNG).endswith("UTF-8''x.html.png")
    assert disposition('а"; filename=x', FileKind.PDF).count('"') == 2
