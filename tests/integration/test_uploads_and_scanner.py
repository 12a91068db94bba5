"""Long files on disk, and clamd's protocol."""

import asyncio
from hashlib import sha256

import pytest

from adapters.files.uploads import DiskUploads
from adapters.malware.clamav import ClamAv, NoScanner
from domain.cases.attachments import MalwareCheck, MalwareUnreachable
from infra.clock import new_id
from tests import scanner
from tests.scanner import EICAR


def names_in(folder):
    return [file.name for file in folder.iterdir()]


async def pieces(*content):
    for one in content:
        yield one


async def test_what_a_killed_process_left_goes_with_its_upload(tmp_path):
    files, account_id, upload_id = DiskUploads(tmp_path), new_id(), new_id()
    await files.write(account_id, upload_id, 0, b"abc")
    (tmp_path / str(account_id) / f"part-{upload_id}-x").touch()  # killed while copying
    await files.drop(account_id, upload_id)
    assert names_in(tmp_path / str(account_id)) == []


async def test_a_full_disk_leaves_nothing_half(tmp_path, monkeypatch):
    files, account_id, upload_id = DiskUploads(tmp_path), new_id(), new_id()
    await files.write(account_id, upload_id, 0, b"abc")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        await files.keep(account_id, upload_id, sha256(b"abc").hexdigest())
    assert names_in(tmp_path / str(account_id)) == [f"part-{upload_id}"]


async def test_the_scanner_is_asked_as_clamd_wants(tmp_path):
    async with scanner.opened(tmp_path) as address:
        clamav = ClamAv(address)
        assert await clamav.check(pieces(b"%PDF", b"-1.7")) is MalwareCheck.CLEAN
        assert await clamav.check(pieces()) is MalwareCheck.CLEAN
        # Also where it is cut in two.
        assert await clamav.check(pieces(EICAR[:20], EICAR[20:])) is MalwareCheck.INFECTED
        too_long = [bytes(256 * 1024)] * 8
        assert await clamav.check(pieces(*too_long)) is MalwareCheck.NOT_CHECKED
    assert await NoScanner().check(pieces(EICAR)) is MalwareCheck.NOT_CHECKED


@pytest.mark.parametrize("answer", [b"stream: heuristics ERROR\0", b"", b"stream: OK", None, b"x" * 9000])
async def test_a_scanner_that_does_not_answer_is_not_a_yes(answer):
    """Over TCP. None: it hangs."""

    async def serve(reader, writer):
        if answer is None:
            await reader.read()
        else:
            await reader.readuntil(b"\0\0\0\0")
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(MalwareUnreachable):
            await ClamAv(f"tcp://127.0.0.1:{port}", timeout_seconds=0.3).check(pieces(b"abc"))
    with pytest.raises(MalwareUnreachable):
        await ClamAv(f"tcp://127.0.0.1:{port}").check(pieces(b"abc"))
