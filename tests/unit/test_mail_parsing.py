"""Letters as they come: what is found in them, and that nothing in them raises."""

import base64
import subprocess
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.mail.parsing import MailParser
from domain.mail.authentication import Proof, proof_of
from domain.mail.content import LetterContent, Sign, Trouble
from tests.letters import (
    AUTHSERV,
    BOOK,
    SENDER,
    archive,
    head,
    letter,
    proved,
    raw,
    report,
    winmail,
    workbook,
)

PARSER = MailParser(AUTHSERV)


def read(body: bytes, mail_from: str = SENDER) -> LetterContent:
    return PARSER.taken_apart(body, mail_from)


def names(content: LetterContent) -> list[str]:
    return [one.name for one in content.files if one.trouble is None]


def troubles(content: LetterContent) -> list[Trouble | None]:
    return [one.trouble for one in content.files]


def test_a_plain_letter() -> None:
    content = read(letter(("Показания за ноябрь.xlsx", BOOK), subject="Договор № Д-7200000003"))
    assert content.senders == (SENDER,)
    assert content.subject == "Договор № Д-7200000003"
    assert content.message_id == "<1@firma.example>"
    assert names(content) == ["Показания за ноябрь.xlsx"]
    assert content.files[0].content == BOOK
    assert not content.signs
    assert proof_of(SENDER, content.checks) is Proof.PROVED


def test_the_text_of_a_letter() -> None:
    assert (
        read(letter(("a.xlsx", BOOK), text="Добрый день!\n\n\nСчёт\u202e 900")).text
        == "Добрый день!\n\nСчёт 900"
    )
    assert len(read(letter(text="слово " * 30_000)).text) <= 8_001
    hidden = "<!--[if x]><b>1</b><![endif]--><script>alert(1)</script>"
    page = f"<style>p {{}}</style><p>Счёт <b>900</b></p>{hidden}за\n ноябрь &lt;"
    assert read(html(page)).text == "Счёт 900\nза ноябрь <"
    assert read(html("<![if x" + "<!--" * 20_000)).unreadable == ""


def html(page: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = SENDER
    message.set_content(page, subtype="html")
    return message.as_bytes()


@pytest.mark.parametrize("charset", ["utf-8", "cp1251", "koi8-r"])
@pytest.mark.parametrize("way", ["2231", "2047", "bytes", "2231 in pieces", "2047 in content-type"])
def test_names_of_files_in_every_encoding(charset: str, way: str) -> None:
    name = "Показания ООО «Ромашка» (ноябрь).xlsx" if charset != "koi8-r" else "Показания ООО Ромашка.xlsx"
    body = name.encode(charset)
    word = f"=?{charset}?B?{base64.b64encode(body).decode()}?="
    kind, filename, wire = "application/octet-stream", "", "ascii"
    match way:
        case "2231":
            filename = f"filename*={charset}''{quote(body)}"
        case "2231 in pieces":
            text = quote(body)
            filename = f"filename*0*={charset}''{text[:30]};\r\n filename*1*={text[30:]}"
        case "2047":
            filename = f'filename="{word}"'
        case "bytes":
            filename, wire = f'filename="{name}"', charset
        case _:
            kind = f'application/vnd.ms-excel; name="{word}"'
    disposition = (
        f"Content-Disposition: attachment; {filename}" if filename else "Content-Disposition: attachment"
    )
    found = read(raw(head(), (f"Content-Type: {kind}\r\n{disposition}", BOOK), charset=wire))
    assert names(found) == [name]


@pytest.mark.parametrize("charset", ["utf-8", "cp1251", "koi8-r"])
@pytest.mark.parametrize("is_word", [True, False])
def test_subjects_in_every_encoding(charset: str, is_word: bool) -> None:
    subject = "Показания по договору Д-7200000003 за ноябрь"
    word = f"=?{charset}?Q?{''.join(f'={byte:02X}' for byte in subject.encode(charset))}?="
    body = raw(head(f"Subject: {word if is_word else subject}"), charset="ascii" if is_word else charset)
    assert read(body).subject == subject


def test_inline_parts_pictures_and_texts() -> None:
    message = EmailMessage(policy=SMTP)
    message["From"] = SENDER
    message.set_content("текст")
    message.add_alternative("<p>текст <img src='cid:logo'></p>", subtype="html")
    message.get_payload()[1].add_related(b"\x89PNG....", "image", "png", cid="<logo>")  # type: ignore[union-attr,index]
    message.add_attachment(
        BOOK, maintype="application", subtype="octet-stream", filename="a.xlsx", disposition="inline"
    )
    message.add_attachment(b"a;b\n1;2", maintype="text", subtype="csv", filename="b.csv")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="акт.pdf")
    content = read(message.as_bytes())
    assert names(content) == ["a.xlsx", "b.csv"]
    assert [(one.name, one.trouble) for one in content.files if one.trouble] == [
        ("акт.pdf", Trouble.NOT_A_WORKBOOK)
    ]


def test_a_workbook_without_a_name() -> None:
    assert names(read(raw(head(), ("Content-Type: application/octet-stream", BOOK)))) == ["workbook"]


def test_many_workbooks() -> None:
    content = read(letter(*[(f"{number}.xlsx", BOOK) for number in range(12)]))
    assert names(content) == [f"{number}.xlsx" for number in range(10)]
    assert troubles(content)[10:] == [Trouble.TOO_MANY] * 2


def test_winmail() -> None:
    name = "Показания за ноябрь.xlsx"
    content = read(letter(("winmail.dat", winmail(name, BOOK))))
    assert names(content) == [name]
    assert content.files[0].content == BOOK


def test_winmail_that_breaks_off() -> None:
    whole = winmail("a.xlsx", BOOK)
    for end in range(0, len(whole), 97):
        read(letter(("winmail.dat", whole[:end])))


def test_zip_with_one_workbook() -> None:
    content = read(letter(("показания.zip", archive({"папка/Показания.xlsx": BOOK, "readme.txt": b"x"}))))
    assert names(content) == ["Показания.xlsx"]
    assert content.files[0].content == BOOK


@pytest.mark.parametrize(
    ("name", "body", "trouble"),
    [
        ("a.zip", archive({"readme.txt": b"x"}), Trouble.ARCHIVE_EMPTY),
        ("a.zip", archive({"a.xlsx": b"\0" * 9_000_000}), Trouble.TOO_LARGE),
        ("a.zip", b"PK\x03\x04 broken", Trouble.ARCHIVE_BROKEN),
        ("a.rar", b"Rar!\x1a\x07\x00....", Trouble.ARCHIVE_UNKNOWN),
        ("a.7z", b"7z\xbc\xaf\x27\x1c....", Trouble.ARCHIVE_UNKNOWN),
        ("a.xlsx", b"", Trouble.EMPTY),
        ("a.xlsx", b"PK\x03\x04" + bytes(10 * 1024**2), Trouble.ARCHIVE_BROKEN),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(10 * 1024**2), Trouble.TOO_LARGE),
        ("a.docx", archive({"[Content_Types].xml": b"", "word/document.xml": b""}), None),
    ],
)
def test_what_cannot_be_used(name: str, body: bytes, trouble: Trouble | None) -> None:
    content = read(letter((name, body)))
    assert troubles(content)[:1] == [trouble]


def test_a_locked_zip() -> None:
    body = bytearray(archive({"a.xlsx": BOOK}))
    body[6] |= 1
    directory = body.rindex(b"PK\x01\x02")
    body[directory + 8] |= 1
    assert troubles(read(letter(("a.zip", bytes(body))))) == [Trouble.ARCHIVE_LOCKED]


def test_a_forwarded_letter() -> None:
    message = EmailMessage(policy=SMTP)
    message["From"] = SENDER
    message.set_content("пересылаю")
    inner = EmailMessage(policy=SMTP)
    inner["From"] = "other@elsewhere.example"
    inner["Authentication-Results"] = proved("other@elsewhere.example")
    inner["Auto-Submitted"] = "auto-replied"
    inner.set_content("смотри")
    inner.add_attachment(BOOK, maintype="application", subtype="octet-stream", filename="inner.xlsx")
    message.add_attachment(inner)
    content = read(message.as_bytes())
    assert names(content) == ["inner.xlsx"]
    assert content.senders == (SENDER,)
    assert not content.signs
    assert not content.checks


def test_letters_signed_in_the_open() -> None:
    signed = (
        b'From: %s\r\nContent-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary="s"'
        b"\r\n\r\n--s\r\n%s\r\n"
        b'--s\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\n'
        b'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\nMIIB\r\n--s--\r\n'
    ) % (SENDER.encode(), raw("MIME-Version: 1.0", ('Content-Type: x/y; name="in.xlsx"', BOOK)))
    assert names(read(signed)) == ["in.xlsx"]


@pytest.mark.parametrize("form", ["DER", "stream"])
def test_letters_signed_opaquely(form: str, tmp_path: Path) -> None:
    (tmp_path / "inner").write_bytes(raw("MIME-Version: 1.0", ('Content-Type: x/y; name="in.xlsx"', BOOK)))
    key = f"openssl req -x509 -newkey rsa:2048 -nodes -keyout {tmp_path}/k -out {tmp_path}/c -subj /CN=a"
    sign = (
        f"openssl cms -sign -binary -nodetach -signer {tmp_path}/c -inkey {tmp_path}/k -in {tmp_path}/inner"
    )
    sign += f" -outform DER -out {tmp_path}/p7m" + (" -stream" if form == "stream" else "")
    for command in (key, sign):
        subprocess.run(command.split(), check=True, capture_output=True)
    part = 'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"'
    body = base64.encodebytes((tmp_path / "p7m").read_bytes())
    whole = f"From: {SENDER}\r\n{part}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + body
    assert names(read(whole)) == ["in.xlsx"]


def test_an_encrypted_letter() -> None:
    kind = "application/pkcs7-mime; smime-type=enveloped-data"
    body = f"From: {SENDER}\r\nContent-Type: {kind}\r\n\r\nMIIB".encode()
    assert troubles(read(body)) == [Trouble.ENCRYPTED]


def test_a_delivery_report() -> None:
    content = read(report("<answer.1@example.test>", recipient="Buh@Firma.example"), "")
    assert content.is_report
    assert content.reported_id == "<answer.1@example.test>"
    [one] = content.undelivered
    assert (one.recipient, one.action, one.status) == (SENDER, "failed", "5.1.1")
    assert "no such user" in one.diagnostic
    assert not content.files


@pytest.mark.parametrize(
    ("header", "sign"),
    [
        ({"Auto_Submitted": "auto-generated"}, Sign.AUTO_SUBMITTED),
        ({"Auto_Submitted": "no"}, None),
        ({"Precedence": "bulk"}, Sign.PRECEDENCE),
        ({"List_Id": "<a.b>"}, Sign.LIST),
        ({"X_Autoreply": "yes"}, Sign.AUTO_REPLY),
        ({"Return_Path": "<>"}, Sign.NO_RETURN),
        ({"Return_Path": "<a@b.example>"}, None),
    ],
)
def test_signs_of_automatons(header: dict[str, str], sign: Sign | None) -> None:
    assert read(letter(**header)).signs == (frozenset({sign}) if sign else frozenset())


def test_a_letter_without_return_address() -> None:
    assert read(letter(), mail_from="").signs == {Sign.NO_RETURN}


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("buh@Firma.Example", SENDER),
        ("Бухгалтерия <Buh@firma.example>", SENDER),
        ('"Иванов, И. (бухгалтер) a@b.example" <buh@firma.example>', SENDER),
        ("buh@firma.example (Бухгалтерия)", SENDER),
        ("evil@a.example <buh@firma.example>", None),
        ("a@a.example, buh@firma.example", None),
        ("<buh@firma.example> <a@b.example>", None),
        ("buh@firma.example@evil.example", None),
        ("undisclosed-recipients:;", None),
        ("", None),
        ("root@localhost", None),
    ],
)
def test_from_whom(written: str, address: str | None) -> None:
    content = read(b"From: " + written.encode() + b"\r\nSubject: x\r\n\r\nx")
    assert content.senders == ((address,) if address else ())


def test_two_senders_are_none() -> None:
    assert read(b"From: a@b.example\r\nFrom: c@d.example\r\n\r\nx").senders == ()


_OWN = f"Authentication-Results: {AUTHSERV}"


@pytest.mark.parametrize(
    ("headers", "proof"),
    [
        (f"{_OWN}; dmarc=pass header.from=firma.example", Proof.PROVED),
        (f"{_OWN.upper()} 1; dmarc=pass header.from=FIRMA.example", Proof.PROVED),
        (f"{_OWN}; dmarc=pass", Proof.NOT_PROVED),
        (f"{_OWN}; dmarc=pass header.from=evil.example", Proof.NOT_PROVED),
        (f"{_OWN}; dmarc=fail header.from=firma.example; spf=pass smtp.mailfrom=firma.example", Proof.FORGED),
        (f"{_OWN}; dmarc=none header.from=firma.example; dkim=pass header.d=firma.example", Proof.PROVED),
        (f"{_OWN}; dmarc=temperror header.from=firma.example", Proof.NOT_PROVED),
        (f"{_OWN}; dkim=pass header.i=@firma.example header.s=x", Proof.PROVED),
        (f"{_OWN}; dkim=pass header.d=evil.example", Proof.NOT_PROVED),
        (f"{_OWN}; dkim=fail header.d=firma.example", Proof.NOT_PROVED),
        (f"{_OWN}; spf=pass smtp.mailfrom=someone@firma.example", Proof.PROVED),
        (f"{_OWN}; spf=fail smtp.mailfrom=firma.example", Proof.FORGED),
        (f"{_OWN}; spf=pass smtp.helo=firma.example", Proof.NOT_PROVED),
        (f"{_OWN}; none", Proof.NOT_PROVED),
        (
            f"{_OWN}; spf=neutral (dkim=pass header.d=firma.example) smtp.mailfrom=firma.example",
            Proof.NOT_PROVED,
        ),
        (f'{_OWN}; spf=neutral reason="; dkim=pass header.d=firma.example"', Proof.NOT_PROVED),
        ("Authentication-Results: mx.evil.example; dmarc=pass header.from=firma.example", Proof.NOT_PROVED),
        (f"{_OWN}.evil.example; dmarc=pass header.from=firma.example", Proof.NOT_PROVED),
        (
            # Only the topmost of our own counts: those below came with the letter.
            f"Authentication-Results: other.example; dmarc=fail header.from=firma.example\r\n"
            f"{_OWN}; dmarc=fail header.from=firma.example\r\n{_OWN}; dmarc=pass header.from=firma.example",
            Proof.FORGED,
        ),
        ("X-Nothing: 1", Proof.NOT_PROVED),
    ],
)
def test_who_is_vouched_for(headers: str, proof: Proof) -> None:
    content = read(f"{headers}\r\nFrom: {SENDER}\r\n\r\nx".encode())
    assert proof_of(SENDER, content.checks) is proof


def test_without_a_name_of_our_server_nobody_is_vouched_for() -> None:
    content = MailParser("").taken_apart(letter(checks="; dmarc=pass header.from=firma.example"), SENDER)
    assert content.checks == ()


def test_the_same_letter_by_another_way_has_the_same_key() -> None:
    body = letter(("a.xlsx", BOOK))
    again = b"Received: from a by b\r\nDelivered-To: x@y\r\n" + body
    assert PARSER.envelope(body).key == PARSER.envelope(again).key
    assert PARSER.envelope(body).key == PARSER.envelope(body.replace(b"\r\n", b"\n")).key
    others = [
        letter(("a.xlsx", workbook([(1, 2)]))),
        letter(("a.xlsx", BOOK), message_id="<2@firma.example>"),
        letter(("a.xlsx", BOOK), checks=""),
        letter(("a.xlsx", BOOK), sender="other@firma.example"),
    ]
    assert PARSER.envelope(body).key not in [PARSER.envelope(one).key for one in others]
    assert PARSER.envelope(b"garbage 1").key != PARSER.envelope(b"garbage 2").key


@pytest.mark.parametrize(
    "body",
    [
        b"From: a@b.example\r\nContent-Type: multipart/mixed" + b";a=b" * 100_000 + b"\r\n\r\n--b\r\n",
        b"Subject: " + b"=?utf-8?q?=D0?= " * 100_000 + b"\r\n\r\nx",
        b"Subject: x\r\n\r\n" + b"--b\r\n" * 10_000,
        b"\r\n".join(
            b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d' % (number, number)
            for number in range(3000)
        ),
        b"Content-Type: message/rfc822\r\n\r\n" * 3000,
        b"x\n" * 1_100_000,
    ],
    ids=["parameters", "words", "separators", "depth", "letters in letters", "lines"],
)
def test_letters_built_to_hurt_take_no_time(body: bytes) -> None:
    content = read(body)
    assert content.unreadable or content.subject


def test_depth_is_limited() -> None:
    body: bytes = raw("X: y", ('Content-Type: x/y; name="in.xlsx"', BOOK))
    for _ in range(30):
        body = b"Content-Type: message/rfc822\r\n\r\n" + body
    content = read(f"From: {SENDER}\r\n".encode() + body)
    assert not content.unreadable
    assert max(part.depth for part in content.parts) <= 12
    assert not content.files


_PIECES = st.sampled_from(
    [
        *(
            b"From: ",
            b"Content-Type: ",
            b"multipart/mixed; boundary=b",
            b"message/rfc822",
            b"\r\n",
            b"\r\n\r\n",
        ),
        *(
            b"--b",
            b"--b--",
            b"Content-Transfer-Encoding: base64",
            b"quoted-printable",
            b"utf-8''%D0",
            b"name=a.xlsx",
        ),
        *(
            b"Content-Disposition: attachment; filename*0*=",
            b"=?koi8-r?B?////?=",
            b"=?unicode_escape?q?=5Cud800?=",
        ),
        *(b"winmail.dat", winmail("a.xlsx", b"PK\x03\x04")[:90], b"PK\x03\x04", b'filename="\xff\xfe.xlsx"'),
        *(
            b"application/pkcs7-mime",
            bytes.fromhex("3080060a2a864886f70d010702a080"),
            b"message/delivery-status",
        ),
        *(
            b"multipart/report; report-type=delivery-status",
            b"Final-Recipient: rfc822;",
            b"Subject: ",
            BOOK[:200],
        ),
        *(b"Authentication-Results: mx.example.test; dmarc=pass", b";", b"(", b'"', b"\0", b"\xff"),
    ]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(_PIECES, st.binary(max_size=12)), max_size=40).map(b"".join))
def test_garbage_never_raises(body: bytes) -> None:
    content = read(body, "")
    envelope = PARSER.envelope(body)
    shown = [envelope.subject, envelope.sender, envelope.message_id, content.subject, *content.senders]
    shown += [text for pair in content.headers for text in pair]
    shown += [text for part in content.parts for text in (part.name, part.media_type)]
    shown += [one.name for one in content.files] + [one.diagnostic for one in content.undelivered]
    for text in shown:
        assert "\0" not in text
        text.encode()


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_broken_letters_never_raise(data: st.DataObject) -> None:
    whole = bytearray(
        data.draw(st.sampled_from([letter(("a.zip", archive({"a.xlsx": BOOK}))), report("<a@b.c>")]))
    )
    for _ in range(data.draw(st.integers(1, 20))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(whole[: data.draw(st.integers(0, len(whole)))]), "")
