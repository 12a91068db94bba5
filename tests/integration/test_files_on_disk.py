"""Files of accounts on disk: named by what is in them, whole or not there."""

import asyncio
from hashlib import sha256

import pytest

from adapters.files.disk import DiskFiles
from domain.kernel.files import FileNotFound, PictureWanted, picture_kind
from domain.kernel.ids import AccountId
from infra.clock import new_id


async def test_a_file_is_kept_once_under_its_account(tmp_path):
    files, mine, other = DiskFiles(tmp_path / "files"), AccountId(new_id()), AccountId(new_id())
    names = await asyncio.gather(*(files.keep(mine, b"photo") for _ in range(8)))
    assert set(names) == {sha256(b"photo").hexdigest()}
    assert [file.name for file in (tmp_path / "files" / str(mine)).iterdir()] == [names[0]]
    assert await files.read(mine, names[0]) == b"photo"
    with pytest.raises(FileNotFound):
        await files.read(other, names[0])


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63])
async def test_no_name_leads_elsewhere(tmp_path, name):
    with pytest.raises(FileNotFound):
        await DiskFiles(tmp_path).read(AccountId(new_id()), name)


async def test_a_disk_that_refuses_leaves_nothing_behind(tmp_path, monkeypatch):
    files, account_id = DiskFiles(tmp_path), AccountId(new_id())

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        await files.keep(account_id, b"photo")
    assert list((tmp_path / str(account_id)).iterdir()) == []


def test_a_picture_is_told_by_its_first_bytes():
    assert picture_kind(b"\xff\xd8\xff\xe0JFIF") == "image/jpeg"
    assert picture_kind(b"\x89PNG\r\n\x1a\n") == "image/png"
    for other in (b"", b"GIF89a", b"<svg", b"%PDF", b"\x89PNG"):
        with pytest.raises(PictureWanted):
            picture_kind(other)
