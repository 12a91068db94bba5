"""The port LongFiles: the same tests on the disk and on an S3-compatible store."""

import random
from hashlib import sha256
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from adapters.files.s3 import FileBroken, S3Uploads, StoreSilent, s3_client
from adapters.files.uploads import DiskUploads
from domain.kernel.files import FileNotFound
from infra.clock import new_id
from tests import object_store
from tests.object_store import ACCESS_KEY, BUCKET, REGION, SECRET_KEY


@pytest.fixture(scope="module")
def objects():
    with object_store.opened() as opened:
        yield opened


def s3_files(objects, secret_key=SECRET_KEY):
    client = s3_client(objects.url, REGION, ACCESS_KEY, secret_key, style="path")
    return S3Uploads(client, BUCKET, "case files/")


@pytest.fixture(params=["disk", "s3"])
def files(request, tmp_path):
    if request.param == "disk":
        return DiskUploads(tmp_path / "new" / "root")
    return s3_files(request.getfixturevalue("objects"))


def name_of(content):
    return sha256(content).hexdigest()


async def whole(files, account_id, name):
    return b"".join([chunk async for chunk in files.stream(account_id, name)])


async def test_pieces_become_a_file_by_its_hash(files):
    account_id, upload_id = new_id(), new_id()
    with pytest.raises(FileNotFound):
        await files.write(account_id, upload_id, 3, b"def")
    await files.write(account_id, upload_id, 0, b"abc")
    await files.write(account_id, upload_id, 3, b"def")
    await files.write(account_id, upload_id, 3, b"def")
    name = name_of(b"abcdef")
    assert not await files.keep(account_id, upload_id, "0" * 64)
    with pytest.raises(FileNotFound):
        await whole(files, account_id, "0" * 64)
    assert await files.keep(account_id, upload_id, name)
    assert await files.keep(account_id, upload_id, name)
    # Whoever writes later does not write to what is kept.
    await files.write(account_id, upload_id, 0, b"ABC")
    assert await whole(files, account_id, name) == b"abcdef"
    assert await files.size(account_id, name) == 6
    assert await files.look(account_id, name, lambda file: (file.seek(1), file.read(2))[1]) == b"bc"
    with pytest.raises(FileNotFound):
        await whole(files, new_id(), name)


async def test_a_piece_cut_otherwise_when_it_is_repeated(files):
    account_id, upload_id = new_id(), new_id()
    await files.write(account_id, upload_id, 0, b"abcxyz")
    await files.write(account_id, upload_id, 6, b"ghi")
    await files.write(account_id, upload_id, 0, b"ab")
    await files.write(account_id, upload_id, 3, b"def")
    assert await files.keep(account_id, upload_id, name_of(b"abcdefghi"))


async def test_a_gap_is_no_file(files):
    account_id, upload_id = new_id(), new_id()
    await files.write(account_id, upload_id, 0, b"abc")
    await files.write(account_id, upload_id, 6, b"ghi")
    assert not await files.keep(account_id, upload_id, name_of(b"abcghi"))


async def test_nothing_is_left_of_what_is_dropped_and_removed(files):
    account_id, upload_id, name = new_id(), new_id(), name_of(b"abc")
    await files.write(account_id, upload_id, 0, b"abc")
    assert await files.keep(account_id, upload_id, name)
    for _ in range(2):
        await files.drop(account_id, upload_id)
    with pytest.raises(FileNotFound):
        await files.keep(account_id, upload_id, name)
    with pytest.raises(FileNotFound):
        await files.write(account_id, upload_id, 3, b"def")
    assert await whole(files, account_id, name) == b"abc"
    for _ in range(2):
        await files.remove(account_id, name)
    with pytest.raises(FileNotFound):
        await anext(files.stream(account_id, name))
    with pytest.raises(FileNotFound):
        await files.look(account_id, name, lambda file: file.read())
    with pytest.raises(FileNotFound):
        await files.size(account_id, name)
    with pytest.raises(FileNotFound):
        await files.look(account_id, "../../etc/passwd", lambda file: file.read())


async def test_a_long_file_in_uneven_pieces(files):
    content = random.Random(5).randbytes(17 * 1024**2)
    account_id, upload_id, at = new_id(), new_id(), 0
    for size in (1, 8 * 1024**2, 3, 8 * 1024**2, 9 * 1024**2):
        await files.write(account_id, upload_id, at, content[at : at + size])
        at = min(at + size, len(content))
    assert await files.keep(account_id, upload_id, name_of(content))
    assert name_of(await whole(files, account_id, name_of(content))) == name_of(content)
    await files.drop(account_id, upload_id)


async def test_the_store_is_closed_to_whoever_does_not_sign(objects):
    files, account_id, upload_id, name = s3_files(objects), new_id(), new_id(), name_of(b"abc")
    await files.write(account_id, upload_id, 0, b"abc")
    assert await files.keep(account_id, upload_id, name)
    with pytest.raises(HTTPError, match="403"):
        urlopen(f"{objects.url}/{BUCKET}/case%20files/{account_id}/{name}")  # noqa: ASYNC210
    stranger = s3_files(objects, "another secret")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        await stranger.write(account_id, upload_id, 0, b"abc")
    assert not [line for line in objects.seen if "acl" in line]


async def test_an_upload_that_fails_is_taken_back(objects):
    files, content = s3_files(objects), bytes(17 * 1024**2)
    account_id, upload_id = new_id(), new_id()
    for first in range(0, len(content), 8 * 1024**2):
        await files.write(account_id, upload_id, first, content[first : first + 8 * 1024**2])
    objects.broken = "partNumber=3"
    with pytest.raises(StoreSilent):
        await files.keep(account_id, upload_id, name_of(content))
    objects.broken = ""
    assert objects.uploads == {}
    with pytest.raises(FileNotFound):
        await whole(files, account_id, name_of(content))
    assert await files.keep(account_id, upload_id, name_of(content))


async def test_a_hiccup_is_repeated_and_a_silent_store_is_told(objects):
    files, account_id, upload_id = s3_files(objects), new_id(), new_id()
    objects.faults[:] = [503]
    await files.write(account_id, upload_id, 0, b"abc")
    objects.faults[:] = [500] * 3
    with pytest.raises(StoreSilent):
        await files.write(account_id, upload_id, 3, b"def")
    objects.faults.clear()
    nobody = S3Uploads(s3_client("http://127.0.0.1:9", REGION, "a", "b", style="path"), BUCKET)
    with pytest.raises(StoreSilent):
        await nobody.remove(account_id, "0" * 64)


async def test_other_bytes_than_those_kept_are_told(objects):
    files, account_id, upload_id, name = s3_files(objects), new_id(), new_id(), name_of(b"abc")
    await files.write(account_id, upload_id, 0, b"abc")
    assert await files.keep(account_id, upload_id, name)
    objects.put(f"case files/{account_id}/{name}", b"abd")
    with pytest.raises(FileBroken):
        await whole(files, account_id, name)
    with pytest.raises(FileBroken):
        await files.look(account_id, name, lambda file: file.read())
