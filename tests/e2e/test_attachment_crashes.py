"""Sending and checking a file dies, at every step and by kill -9: in the end it is kept once, whole, and told
once."""

import asyncio
import sys
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import count
from typing import Any

import pytest_asyncio

from adapters.files.uploads import DiskUploads
from domain.cases.attachments import Announced, AttachmentState
from infra.app import install
from infra.clock import new_id
from infra.simulation.crashes import Crash, Fate, killing
from tests.attachments import pdf
from tests.cases import QUESTION
from tests.e2e.attach_program import PIECE_BYTES, applicant, service
from tests.households import lay_household
from tests.programs import ROOT
from tests.worlds import World, with_post


@dataclass(frozen=True)
class DyingFiles:
    """The process may be gone before and after each thing it does on disk."""

    real: DiskUploads
    fate: Fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    async def write(self, *what: Any) -> None:
        await self._done(self.real.write, *what)

    async def keep(self, *what: Any) -> bool:
        return await self._done(self.real.keep, *what)

    async def drop(self, *what: Any) -> None:
        await self._done(self.real.drop, *what)

    async def _done(self, call: Any, *what: Any) -> Any:
        if self.fate.comes(f"before {call.__name__}"):
            raise Crash
        done = await call(*what)
        if self.fate.comes(f"after {call.__name__}"):
            raise Crash
        return done


class DyingWorld(World):
    def restart(self):
        super().restart()
        container = self.kabinet.container
        own = container.attaching
        dying = replace(own.attachment_service, files=DyingFiles(own.long_files, self.fate))
        self.kabinet.container = replace(container, attaching=replace(own, attachment_service=dying))
        install(self.kabinet.http._transport.app.state, self.kabinet.container)


@pytest_asyncio.fixture
async def world(pool, owner, tmp_path):
    async with with_post(pool, tmp_path) as kabinet:
        world = DyingWorld(kabinet, pool, Fate(killing(owner)))
        world.user_id = await kabinet.sign_in()
        world.restart()
        yield world


async def lived(world, dies_at):
    """One file's life at a case of its own; whatever died, the end is the same."""
    world.lives += 1
    home = await lay_household(
        world.pool, user_id=world.user_id, number=f"68{world.lives:08d}", services=["electricity"]
    )
    case_id, attachment_id, content = new_id(), new_id(), pdf(3000, mark=new_id().bytes)
    account = f"/api/v1/accounts/{home.account_id}"
    one = f"{account}/cases/{case_id}/attachments/{attachment_id}"
    fate = world.fate
    fate.armed = False
    await world.put(f"{account}/enquiries/{case_id}", json={"form": QUESTION})
    fate.dies_at, fate.steps, fate.died, fate.armed = dies_at, [], [], True
    told = {"name": "a.pdf", "size_bytes": 3000, "sha256": sha256(content).hexdigest()}
    await world.put(one, json=told)
    for first in (0, 1500):
        headers = {"Content-Range": f"bytes {first}-{first + 1499}/3000"}
        await world.put(f"{one}/content", content=content[first : first + 1500], headers=headers)
    await world.work()
    fate.armed = False
    await world.work()
    try:
        await whole(world, home, content)
    except AssertionError as error:
        raise AssertionError(f"after {fate.died}: {error}") from error


async def whole(world, home, content):
    row = await world.pool.fetchrow("SELECT * FROM attachments WHERE account_id = $1", home.account_id)
    assert (row["state"], row["received_bytes"], row["is_told"]) == ("kept", 3000, True)
    folder = world.kabinet.container.attaching.long_files.root / str(home.account_id)
    assert [file.name for file in folder.iterdir()] == [row["sha256"]]
    assert (folder / row["sha256"]).read_bytes() == content
    steps = await world.pool.fetch(
        "SELECT verb FROM case_steps WHERE account_id = $1 ORDER BY step_no", home.account_id
    )
    assert [step["verb"] for step in steps] == ["submit", "register", "attach"]


async def test_a_death_at_any_step_of_sending_and_checking_changes_nothing(world):
    await lived(world, frozenset())
    assert {"before write", "after keep", "after drop"} <= set(world.fate.steps)
    for step in count():
        await lived(world, frozenset({step}))
        if not world.fate.died:
            break
    assert step > 30


async def test_killed_in_the_middle_it_goes_on_where_it_was(pool, dsn, tmp_path):
    home = await lay_household(pool, services=["electricity"])
    content = pdf(60 * PIECE_BYTES)
    file = tmp_path / "file.pdf"
    file.write_bytes(content)
    folder, case_id, attachment_id = tmp_path / "files", new_id(), new_id()
    attaching, access = service(pool, folder), applicant(home.account_id, home.user_id)
    digest = sha256(content).hexdigest()
    announced = Announced(name="a.pdf", size_bytes=len(content), sha256=digest)
    await attaching.announce(access, case_id, attachment_id, announced)
    program = (sys.executable, "-m", "tests.e2e.attach_program", dsn, str(folder), str(file))
    ids = map(str, (home.account_id, home.user_id, case_id, attachment_id))
    command = (*program, *ids)

    far = []
    for pieces in (5, 5, 5):
        child = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        said = [int(await child.stdout.readline()) for _ in range(pieces)]
        child.kill()
        await child.communicate()
        far.append(said[0])
        kept = await pool.fetchval("SELECT received_bytes FROM attachments")
        assert said == list(range(said[0], said[-1] + 1, PIECE_BYTES))
        assert kept >= said[-1]  # what was said to be here is here
    assert far[0] == 0 < far[1] < far[2]

    last = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    await last.communicate()
    assert last.returncode == 0
    async with attaching.transaction() as store:
        now = await store.attachments.of(access, case_id, attachment_id)
    assert now.state is AttachmentState.KEPT
    assert (folder / str(home.account_id) / digest).read_bytes() == content
