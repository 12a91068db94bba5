"""Letters as mail programs write them, as bytes."""

import base64
import io
import struct
import zipfile
from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SENDER = "buh@firma.example"
READINGS = "readings@example.test"
AUTHSERV = "mx.example.test"


def workbook(cells: Iterable[Iterable[object]] = (("№", "Показания"), (1, 100))) -> bytes:
    """A small .xlsx."""
    from openpyxl import Workbook

    book = Workbook()
    assert book.active is not None
    for row in cells:
        book.active.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


BOOK = workbook()


def proved(sender: str = SENDER, authserv_id: str = AUTHSERV) -> str:
    domain = sender.rpartition("@")[2]
    return f"{authserv_id}; dmarc=pass (p=none) header.from={domain}; spf=pass smtp.mailfrom={sender}"


def letter(
    *files: tuple[str, bytes],
    sender: str = SENDER,
    subject: str = "Показания",
    text: str = "Добрый день, показания во вложении.",
    message_id: str = "<1@firma.example>",
    checks: str | None = None,
    **headers: str,
) -> bytes:
    """A letter with attachments, checked by our mail server unless `checks` says otherwise ("": not)."""
    message = EmailMessage(policy=SMTP)
    checks = proved(sender.rpartition("<")[2].rstrip(">")) if checks is None else checks
    if checks:
        message["Authentication-Results"] = checks
    message["From"] = sender
    message["To"] = READINGS
    message["Subject"] = subject
    message["Date"] = "Fri, 20 Nov 2026 12:00:00 +0500"
    message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    for name, body in files:
        message.add_attachment(
            body, maintype=XLSX.partition("/")[0], subtype=XLSX.partition("/")[2], filename=name
        )
    return message.as_bytes()


def raw(headers: str, *parts: tuple[str, bytes], charset: str = "ascii") -> bytes:
    """A multipart letter written by hand: headers of the letter, then headers and base64 of each part."""
    lines = [headers.strip().encode(charset), b'Content-Type: multipart/mixed; boundary="b"', b""]
    for head, body in parts:
        encoded = base64.encodebytes(body).replace(b"\n", b"\r\n")
        lines += [b"--b", head.strip().encode(charset), b"Content-Transfer-Encoding: base64", b"", encoded]
    return b"\r\n".join([*lines, b"--b--", b""])


def head(*more: str, sender: str = SENDER, checks: bool = True) -> str:
    lines = [f"Authentication-Results: {proved(sender)}"] if checks else []
    lines += [f"From: {sender}", f"To: {READINGS}", "Message-ID: <raw@firma.example>", "MIME-Version: 1.0"]
    return "\r\n".join([*lines, *more])


def archive(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, body in files.items():
            zipped.writestr(name, body)
    return file.getvalue()


def winmail(name: str, body: bytes) -> bytes:
    """A TNEF stream with one attachment, its long name as a MAPI property."""

    def attribute(level: int, tag: int, data: bytes) -> bytes:
        return struct.pack("<BII", level, tag, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    wide = name.encode("utf-16-le") + b"\0\0"
    wide_padded = wide + b"\0" * (-len(wide) % 4)
    properties = struct.pack("<I", 2) + struct.pack("<HHI", 0x0003, 0x0E20, len(body))
    properties += struct.pack("<HHII", 0x001F, 0x3707, 1, len(wide)) + wide_padded
    return b"".join(
        [
            b"\x78\x9f\x3e\x22\x01\x00",
            attribute(1, 0x00089006, struct.pack("<I", 0x00010000)),
            attribute(2, 0x00069002, b"\0" * 14),
            attribute(2, 0x00018010, b"POKAZA~1.XLS\0"),
            attribute(2, 0x0006800F, body),
            attribute(2, 0x00069005, properties),
        ]
    )


def report(our_id: str, recipient: str = SENDER, status: str = "5.1.1", action: str = "failed") -> bytes:
    """A delivery report as Postfix writes it."""
    return "\r\n".join(
        [
            "Return-Path: <>",
            "From: MAILER-DAEMON@mx.example.test",
            f"To: {READINGS}",
            "Subject: Undelivered Mail Returned to Sender",
            "Message-ID: <dsn@mx.example.test>",
            "Auto-Submitted: auto-replied",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="r"',
            "",
            "--r",
            "Content-Type: text/plain; charset=us-ascii",
            "",
            "I'm sorry to have to inform you",
            "--r",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.example.test",
            "",
            f"Final-Recipient: rfc822; {recipient}",
            f"Action: {action}",
            f"Status: {status}",
            "Diagnostic-Code: smtp; 550 5.1.1 no such user",
            "",
            "--r",
            "Content-Type: message/rfc822",
            "",
            f"Message-ID: {our_id}",
            f"From: {READINGS}",
            "Subject: Re: hello",
            "",
            "body",
            "--r--",
            "",
        ]
    ).encode()
