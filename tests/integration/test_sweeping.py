"""Files that no row names go after a day; what is named, or kept again meanwhile, stays."""

import asyncio
import os
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest_asyncio

from adapters.files import stored as stored_files
from adapters.files.disk import DiskFiles, held
from adapters.files.stored import StoredDiskFiles
from adapters.postgres.named_files import PostgresNamedFiles
from adapters.postgres.store import Transactions
from domain.kernel.ids import AccountId
from domain.kernel.stored_files import SweepFiles
from infra.clock import new_id
from services import sweeping
from services.sweeping import FileSweeping
from tests.households import lay_household
from tests.readings import lay_meter


class Disk:
    """A disk with files of accounts; ages are of the real clock, as they are on disk."""

    def __init__(self, pool, root):
        self.pool, self.root = pool, root
        self.files = DiskFiles(root)
        self.service = FileSweeping(
            Transactions(pool, self.now, new_id), StoredDiskFiles(root), PostgresNamedFiles(pool), self.now
        )

    def now(self):
        return datetime.now(UTC)

    async def keep(self, account_id, content, *, hours):
        name = await self.files.keep(account_id, content)
        self.age(account_id, name, hours=hours)
        return name

    def age(self, account_id, name, *, hours):
        at = (self.now() - timedelta(hours=hours)).timestamp()
        os.utime(self.root / str(account_id) / name, (at, at))

    def names(self, account_id):
        return {file.name for file in (self.root / str(account_id)).iterdir()}

    async def name(self, home, meter, sha256):
        """A reading that was insisted on with that photo."""
        insistence = {"comment": "так", "at": self.now().isoformat(), "photo_sha256": sha256}
        await self.pool.execute(
            "INSERT INTO readings (account_id, reading_id, meter_id, taken_on, received_at, source, sent_by,"
            " sent_by_kind, repeats, insistence)"
            " VALUES ($1, $2, $3, $4, $5, 'cabinet', $1, 'customer', '[]', $6)",
            *(home.account_id, new_id(), meter, self.now().date(), self.now(), insistence),
        )


@pytest_asyncio.fixture
async def disk(pool, tmp_path):
    return Disk(pool, tmp_path / "files")


async def test_what_no_row_names_goes_after_a_day(disk, pool):
    await disk.service.sweep(SweepFiles())  # no folder yet
    home = await lay_household(pool)
    meter = await lay_meter(pool, home)
    named = await disk.keep(home.account_id, b"named", hours=300)
    await disk.name(home, meter, named)
    young = await disk.keep(home.account_id, b"young", hours=23)
    await disk.keep(home.account_id, b"old", hours=25)
    (disk.root / str(home.account_id) / "half-x").touch()
    disk.age(home.account_id, "half-x", hours=25)
    # Named by another's reading only.
    other = AccountId(new_id())
    await disk.keep(other, b"named", hours=25)
    (disk.root / "lost+found").mkdir()
    await disk.service.sweep(SweepFiles())
    assert disk.names(home.account_id) == {named, young}
    assert disk.names(other) == set()


async def test_a_file_kept_again_is_young_again(disk):
    account_id = AccountId(new_id())
    name = await disk.keep(account_id, b"photo", hours=300)
    assert await disk.files.keep(account_id, b"photo") == name
    await disk.service.sweep(SweepFiles())
    assert disk.names(account_id) == {name}


async def test_a_file_kept_again_while_it_is_swept_is_there_in_the_end(disk, monkeypatch):
    """Between the sweep's look at rows and its deleting, and at every moment of the deleting itself."""
    account_id = AccountId(new_id())
    name = await disk.keep(account_id, b"photo", hours=300)

    class Meanwhile(PostgresNamedFiles):
        async def among(self, account_id, names):
            found = await super().among(account_id, names)
            await disk.files.keep(account_id, b"photo")
            return found

    late = FileSweeping(disk.service.transaction, disk.service.stored, Meanwhile(disk.pool), disk.service.now)
    await late.sweep(SweepFiles())
    assert disk.names(account_id) == {name}

    disk.age(account_id, name, hours=300)
    looked, is_older = threading.Event(), stored_files._is_older

    def slow(file, before):
        answer = is_older(file, before)
        looked.set()
        threading.Event().wait(0.05)
        return answer

    monkeypatch.setattr(stored_files, "_is_older", slow)
    dropping = asyncio.create_task(
        disk.service.stored.drop(account_id, [name], disk.now() - timedelta(days=1))
    )
    await asyncio.to_thread(looked.wait)
    assert await disk.files.keep(account_id, b"photo") == name
    assert await dropping == 1
    assert await disk.files.read(account_id, name) == b"photo"


async def test_many_accounts_are_swept_by_jobs_one_after_another(disk, pool, monkeypatch):
    monkeypatch.setattr(sweeping, "ACCOUNTS_AT_ONCE", 2)
    accounts = [AccountId(new_id()) for _ in range(5)]
    for account_id in accounts:
        await disk.keep(account_id, b"old", hours=25)
    job, rounds = SweepFiles(), 0
    while job:
        await disk.service.sweep(job)
        rounds += 1
        rows = await pool.fetch("DELETE FROM local_jobs RETURNING job")
        job = SweepFiles(after=AccountId(UUID(rows[0]["job"]["after"]))) if rows else None
        assert rounds < 9
    assert rounds == 3
    assert [disk.names(account_id) for account_id in accounts] == [set()] * 5


async def test_only_one_holds_a_folder(tmp_path):
    order = []

    def hold(name):
        with held(tmp_path):
            order.append(name)
            threading.Event().wait(0.02)
            order.append(name)

    await asyncio.gather(*(asyncio.to_thread(hold, name) for name in range(4)))
    assert order[::2] == order[1::2]
