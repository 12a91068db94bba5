"""A backup beside running writers comes back whole; only a whole one does, and only into an empty place."""

import asyncio
from hashlib import sha256
from types import SimpleNamespace

import asyncpg
import pytest
import pytest_asyncio
from msgspec.structs import replace

from adapters.files.disk import DiskFiles
from adapters.postgres.pool import create_pool
from infra.backup import making, manifest
from infra.backup.making import back_up
from infra.backup.restoring import restore
from infra.clock import now
from infra.errors import OperatorError
from infra.settings import load
from tests.households import lay_household
from tests.postings import post


@pytest_asyncio.fixture
async def homes(pool):
    return [await lay_household(pool, number=f"55{n:08d}", services=["heat"]) for n in range(4)]


@pytest.fixture
def here(dsn, tmp_path):
    return load({"KABINET_DATA": str(tmp_path / "here"), "DATABASE_URL": dsn}, find_embedded=False)


@pytest.fixture
def there(bare, tmp_path):
    return load({"KABINET_DATA": str(tmp_path / "there"), "DATABASE_URL": bare}, find_embedded=False)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backup"


def silent(_):
    pass


async def keep_photo(pool, settings, home, content):
    """A file, then the row that names it, as a reading with a photo has it."""
    name = await DiskFiles(settings.data / "files").keep(home.account_id, content)
    await pool.execute(
        """
        INSERT INTO attachments (account_id, attachment_id, case_id, name, size_bytes, sha256, by_kind, by_id,
          by_name, announced_at, changed_at, state, received_bytes, malware_check, is_told)
        SELECT $1, $2, $2, 'a.pdf', 1, $3, 'customer', $2, '', $4, $4, 'kept', 1, 'clean', true
        """,
        *(home.account_id, home.user_id, name, now()),
    )
    file = settings.data / "attachments" / str(home.account_id) / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return name


async def test_a_backup_beside_writers_comes_back_and_agrees(pool, here, there, folder, homes):
    name = await keep_photo(pool, here, homes[0], b"a paper")
    is_over = False

    async def writes(home):
        while not is_over:
            await post(pool, now, home)
            await asyncio.sleep(0.01)

    writers = [asyncio.create_task(writes(home)) for home in homes]
    await asyncio.sleep(0.1)
    made = await asyncio.to_thread(lambda: asyncio.run(back_up(here, folder, silent, now)))
    is_over = True
    await asyncio.gather(*writers)

    assert 0 < made.counts["transfers"] < await pool.fetchval("SELECT count(*) FROM transfers")
    restored = await restore(there, folder, silent, now)
    assert (restored.findings, restored.audited) == ([], 4)
    kept = there.data / "attachments" / str(homes[0].account_id) / name
    assert kept.read_bytes() == b"a paper"
    async with await create_pool(there.database_url, max_size=1) as pool_there:
        await post(pool_there, now, homes[0])  # the product works on it, with its own rights
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool_there.execute("DELETE FROM transfers")
    with pytest.raises(OperatorError, match="already"):
        await restore(there, folder, silent, now)


async def test_a_damaged_backup_does_not_come_back(pool, here, there, folder, homes):
    await keep_photo(pool, here, homes[0], b"a paper")
    made = await back_up(here, folder, silent, now)
    dump = max((folder / piece.path for piece in made.database), key=lambda file: file.stat().st_size)
    [paper] = (folder / "attachments").glob("*/*")
    for file, said in ((dump, "not as it was written"), (paper, "damaged")):
        good = file.read_bytes()
        file.write_bytes(bytes([good[0] ^ 1]) + good[1:])
        with pytest.raises(OperatorError, match=said):
            await restore(there, folder, silent, now)
        file.write_bytes(good)
    manifest.write(folder, replace(made, migrations=made.migrations | {"9999_later.sql": "ab"}))
    with pytest.raises(OperatorError, match="9999_later"):
        await restore(there, folder, silent, now)
    manifest.write(folder, made)
    paper.rename(folder / "aside")
    with pytest.raises(OperatorError, match="missing"):
        await restore(there, folder, silent, now)
    (folder / "aside").rename(paper)
    for file in there.data.glob("*/*/*"):
        assert sha256(file.read_bytes()).hexdigest() == file.name
    stray = there.data / "files" / str(homes[1].account_id) / ("ab" * 32)
    stray.parent.mkdir(parents=True)
    stray.touch()
    with pytest.raises(OperatorError, match="not of this backup"):
        await restore(there, folder, silent, now)
    stray.unlink()
    assert (await restore(there, folder, silent, now)).findings == []


async def test_a_backup_broken_off_leaves_the_one_before_and_goes_on(pool, here, folder, homes, monkeypatch):
    first = await back_up(here, folder, silent, now)
    await post(pool, now, homes[0])

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(making, "_finished", dies)
        with pytest.raises(KeyboardInterrupt):
            await back_up(here, folder, silent, lambda: now().replace(year=2030))
    assert manifest.read(folder) == first
    manifest.check(folder, first)

    again = await back_up(here, folder, silent, lambda: now().replace(year=2031))
    assert again.counts["transfers"] == 2
    assert [one.name for one in folder.glob("database-*")] == [again.database_folder]


async def test_a_backup_names_what_it_cannot_do(here, folder):
    folder.mkdir()
    (folder / "letter.txt").touch()
    with pytest.raises(OperatorError, match="letter"):
        await back_up(here, folder, silent, now)
    with pytest.raises(OperatorError, match="no finished backup"):
        manifest.read(folder)
    newer = SimpleNamespace(get_server_version=lambda: SimpleNamespace(major=99))
    with pytest.raises(OperatorError, match="KABINET_POSTGRES_BIN to the programs of PostgreSQL 99"):
        making._refuse_newer(newer, making.dumping.find())
