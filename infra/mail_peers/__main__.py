"""Letters come by Postfix over LMTP and SMTP and out of Dovecot over IMAP; answers are found in Dovecot."""

import asyncio
import imaplib
import os
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TypeVar

import asyncpg

from adapters.postgres.pool import create_pool
from api.texts import catalogue
from domain.kernel.access import OURSELVES, Access, Scope
from infra import clock, lifeline
from infra.container import open_container
from infra.database import EmbeddedDatabase
from infra.demo.load import load as load_demo
from infra.mail_peers.servers import (
    AUTHSERV,
    GONE,
    PASSWORD,
    READINGS,
    SENDER,
    Dovecot,
    Ports,
    Postfix,
    free_ports,
    missing,
)
from infra.migrate import migrate
from infra.settings import Settings

T = TypeVar("T")
_XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def main() -> int:
    if lacking := missing():
        _say(f"Missing: {', '.join(lacking)}. As root: apt-get install postfix dovecot-imapd dovecot-lmtpd")
        return 2
    with tempfile.TemporaryDirectory(prefix="mail-peers-") as name:
        folder, ports = Path(name), free_ports()
        folder.chmod(0o755)
        database = EmbeddedDatabase(folder / "db")
        database.start()
        dovecot, postfix = Dovecot(folder, ports), Postfix(folder, ports)
        try:
            dovecot.start()
            postfix.start()
            asyncio.run(_story(folder, ports, database.url, postfix))
        finally:
            for server in (postfix, dovecot):
                with suppress(SystemExit):
                    server.stop()
            database.stop()
    _say("All went as it should.")
    return 0


async def _story(folder: Path, ports: Ports, database_url: str, postfix: Postfix) -> None:
    settings = Settings(data=folder / "data", database_url=database_url, mail_authserv_id=AUTHSERV)
    await migrate(database_url, now=clock.now)
    await load_demo(settings, accounts=60)
    workbook = await _template(settings)
    pool = await create_pool(database_url, min_size=1, max_size=2)
    env = _environment(folder, ports, database_url)
    with _program("worker", env), suppress(asyncio.CancelledError):
        with _program("mail", env) as receiver:
            await _answered(ports, "Postfix hands over by LMTP", workbook)
            receiver.send_signal(signal.SIGKILL)
            receiver.wait()
        await _waits_while_we_are_away(ports, postfix, workbook, env)
        with _program("mail", env):
            await _bounced(pool, ports)
            postfix.hand_over(f"smtp:[127.0.0.1]:{ports.smtp_in}", ports)
            postfix.reload()
            await _answered(ports, "Postfix hands over by SMTP", workbook)
        mailbox = {
            "KABINET_IMAP_HOST": "127.0.0.1",
            "KABINET_IMAP_PORT": str(ports.imap),
            "KABINET_IMAP_SECURITY": "none",
            "KABINET_IMAP_USER": "box",
            "KABINET_IMAP_PASSWORD": PASSWORD,
            "KABINET_IMAP_POLL_SECONDS": "1",
        }
        for done_folder in ("Kept", ""):
            with _program("mail", env | mailbox | {"KABINET_IMAP_DONE_FOLDER": done_folder}):
                where = f"moved to {done_folder}" if done_folder else "flagged"
                await _answered(
                    ports, f"Dovecot's mailbox over IMAP, {where}", workbook, to="box@example.test"
                )
    await pool.close()


async def _answered(ports: Ports, what: str, workbook: bytes, to: str = READINGS) -> None:
    letter_id, began = await _mail(ports, workbook, to=to), time.monotonic()
    answer = await _until(lambda: asyncio.to_thread(_answer_to, ports, letter_id))
    assert answer is not None
    names = [part.get_filename() for part in answer.iter_attachments()]
    assert len(names) == 1, answer.get_body(("plain",))
    _say(f"{what}: answered after {time.monotonic() - began:.1f} s with {names[0]}")


async def _waits_while_we_are_away(
    ports: Ports, postfix: Postfix, workbook: bytes, env: dict[str, str]
) -> None:
    letter_id = await _mail(ports, workbook)
    await asyncio.sleep(2)
    assert postfix.waiting() == 1
    assert _answer_to(ports, letter_id) is None
    with _program("mail", env):
        postfix.flush()
        await _until(lambda: asyncio.to_thread(_answer_to, ports, letter_id))
    _say("Killed: Postfix keeps the letter, and brings it when we are there again")


async def _bounced(pool: asyncpg.Pool, ports: Ports) -> None:
    """A stranger's letter is answered, the answer comes back: Dovecot has no such mailbox."""
    await _mail(ports, b"", sender=GONE)

    async def recorded() -> object:
        return await pool.fetchrow(
            "SELECT b.status, a.state FROM mail_bounces b JOIN letter_answers a USING (message_id)"
        )

    found = await _until(recorded)
    _say(f"An answer that came back is recorded: {found}")


async def _mail(ports: Ports, workbook: bytes, *, to: str = READINGS, sender: str = SENDER) -> str:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, "Показания"
    message["Message-ID"] = f"<{uuid.uuid4()}@example.test>"
    # What a forger would add: our server drops it.
    message["Authentication-Results"] = f"{AUTHSERV}; dmarc=fail header.from=example.test"
    message.set_content("Добрый день")
    if workbook:
        message.add_attachment(workbook, maintype="application", subtype=_XLSX, filename="Показания.xlsx")

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", ports.postfix, timeout=10) as client:
            client.send_message(message)

    await asyncio.to_thread(send)
    return str(message["Message-ID"])


def _answer_to(ports: Ports, id: str) -> EmailMessage | None:
    """The answer in the sender's mailbox."""
    with imaplib.IMAP4("127.0.0.1", ports.imap, timeout=10) as client:
        client.login("company3", PASSWORD)
        client.select()
        _, [found] = client.search(None, "HEADER", "In-Reply-To", f'"{id}"')
        for number in found.split():
            _, pieces = client.fetch(number, "(BODY.PEEK[])")
            assert isinstance(pieces[0], tuple)
            return message_from_bytes(pieces[0][1], policy=default)
    return None


async def _template(settings: Settings) -> bytes:
    """Of the account that letters from SENDER are taken for."""
    async with open_container(settings) as container:
        async with container.transaction() as store:
            [account] = await store.senders.accounts_of(SENDER, 2)
        access = Access(actor=OURSELVES, account_id=account.account_id, scope=Scope.SEE, at=clock.now())
        service = container.files_of_readings.reading_file_service
        _, body = await service.template(access, catalogue("ru").gettext)
        return body


def _environment(folder: Path, ports: Ports, database_url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KABINET_")}
    return kept | {
        "DATABASE_URL": database_url,
        "KABINET_DATA": str(folder / "data"),
        "KABINET_MAIL_PORT": str(ports.smtp_in),
        "KABINET_LMTP_PORT": str(ports.lmtp_in),
        "KABINET_SMTP_PORT": str(ports.postfix),
        "KABINET_MAIL_AUTHSERV_ID": AUTHSERV,
        "KABINET_LOG_LEVEL": "warning",
    }


@contextmanager
def _program(word: str, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [*lifeline.prefix("KILL"), sys.executable, "-m", "infra.cli", word]
    process = subprocess.Popen(command, env=env)  # noqa: S603 - our own program
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


async def _until(question: Callable[[], Awaitable[T]], seconds: int = 60) -> T:
    for _ in range(seconds * 4):
        if found := await question():
            return found
        await asyncio.sleep(0.25)
    raise SystemExit("It does not happen.")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
