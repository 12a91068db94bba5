"""ClamAV's own daemon with a signature base of one line, where it is installed (Debian: clamav-daemon).

Without it all of this is skipped; what our stand-in of the protocol shows is in test_uploads_and_scanner.py.
"""

import asyncio
import os
import shutil
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.malware.clamav import ClamAv
from domain.cases.attachments import MalwareCheck
from tests.attachments import pdf
from tests.scanner import EICAR

CLAMD = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(
    CLAMD is None,
    reason="no clamd here (Debian: apt install clamav-daemon): the real scanner's answers are not looked at",
)
STREAM_MOST_MB = 2
START_SECONDS = 30.0


def _config(folder: Path) -> Path:
    (folder / "base").mkdir()
    (folder / "base" / "own.ndb").write_text(f"Kabinet.Test.EICAR:0:*:{EICAR.hex()}\n")
    config = folder / "clamd.conf"
    config.write_text(
        "Foreground yes\n"
        f"DatabaseDirectory {folder / 'base'}\n"
        f"LocalSocket {folder / 'clamd.ctl'}\n"
        f"StreamMaxLength {STREAM_MOST_MB}M\n"
        f"TemporaryDirectory {folder}\n"
    )
    return config


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def clamav(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clamd")
    with (folder / "log").open("wb") as log:
        daemon = await asyncio.create_subprocess_exec(
            str(CLAMD), "--config-file", str(_config(folder)), stdout=log, stderr=log
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                while not (folder / "clamd.ctl").exists():
                    assert daemon.returncode is None, (folder / "log").read_text()
                    await asyncio.sleep(0.05)
            yield ClamAv(f"unix://{folder / 'clamd.ctl'}")
        finally:
            with suppress(ProcessLookupError):
                daemon.terminate()
            await daemon.wait()


async def pieces(*content):
    for one in content:
        yield one


def zipped(content):
    body = BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", content)
    return body.getvalue()


async def test_clean_and_infected(clamav):
    assert await clamav.check(pieces(pdf(200_000))) is MalwareCheck.CLEAN
    assert await clamav.check(pieces()) is MalwareCheck.CLEAN
    assert await clamav.check(pieces(EICAR)) is MalwareCheck.INFECTED
    assert await clamav.check(pieces(pdf(9000, EICAR)[:30], pdf(9000, EICAR)[30:])) is MalwareCheck.INFECTED
    # It looks into archives, as DOCX and XLSX are.
    assert await clamav.check(pieces(zipped(EICAR))) is MalwareCheck.INFECTED


async def test_longer_than_it_takes(clamav):
    chunk = bytes(256 * 1024)
    whole = [chunk] * (4 * STREAM_MOST_MB)
    assert await clamav.check(pieces(*whole)) is MalwareCheck.CLEAN
    assert await clamav.check(pieces(*whole, *whole)) is MalwareCheck.NOT_CHECKED


async def test_many_at_once(clamav):
    asked = [clamav.check(pieces(pdf(5000, EICAR if no % 2 else b""))) for no in range(20)]
    assert await asyncio.gather(*asked) == [MalwareCheck.CLEAN, MalwareCheck.INFECTED] * 10
