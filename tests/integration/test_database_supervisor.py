"""Real servers, really killed."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import pytest

from infra.database import EmbeddedDatabase
from infra.database.processes import is_postmaster_of
from infra.errors import OperatorError
from tests.servers import in_thread

ROOT = Path(__file__).parents[2]
with_setpriv = pytest.mark.skipif(
    not shutil.which("setpriv"), reason="children are tied to parents by setpriv"
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


async def _fetch(url, *queries):
    connection = await asyncpg.connect(url)
    try:
        for query in queries:
            value = await connection.fetchval(query)
        return value
    finally:
        await connection.close()


def fetch(url, *queries):
    return in_thread(_fetch(url, *queries))


def wait_until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)


@pytest.fixture
def server(tmp_path):
    server = EmbeddedDatabase(tmp_path / "data")
    yield server
    server.stop()


def test_it_is_made_once_with_roles_and_database(server):
    assert server.start() is True
    assert fetch(server.url, "SELECT current_user || current_database()") == "kabinet_ownerkabinet"
    assert fetch(server.url, "SET ROLE kabinet_app", "SELECT current_user") == "kabinet_app"
    assert fetch(server.url, "SELECT current_setting('fsync')") == "on"
    assert fetch(server.url, "SELECT lower('ЁЛКА')") == "ёлка"
    fetch(server.url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
    server.stop()
    assert server.start() is False
    assert fetch(server.url, "SELECT n FROM kept") == 7


def test_nobody_else_can_reach_it(server):
    server.start()
    assert server.socket_directory.stat().st_mode & 0o077 == 0
    assert fetch(server.url, "SELECT current_setting('listen_addresses')") == ""


def test_a_kill_loses_nothing_committed(server):
    server.start()
    fetch(server.url, "CREATE TABLE kept (n int)")
    for n in range(3):
        fetch(server.url, f"INSERT INTO kept VALUES ({n})")
        os.kill(server.pid, signal.SIGKILL)  # and at once again: start() waits until it is dead
        server.start()
        assert fetch(server.url, "SELECT count(*) FROM kept") == n + 1


def test_one_that_runs_is_left_alone(server):
    server.start()
    before = server.pid
    assert server.start() is False
    assert server.pid == before
    assert fetch(server.url, "SELECT 1") == 1


def test_a_stale_pid_that_belongs_to_a_stranger(server):
    server.start()
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: not server.alive())
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        file = server.directory / "postmaster.pid"
        _, rest = file.read_text().split("\n", 1)
        file.write_text(f"{stranger.pid}\n{rest}")
        server.start()
        assert fetch(server.url, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_making_cut_short_is_begun_anew(server):
    unfinished = server.directory.with_name("postgres.new")
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18")
    assert server.start() is True
    assert not unfinished.exists()


def test_two_starts_on_one_data(server):
    server.start()
    with pytest.raises(OperatorError, match=rf"already runs on .*process {os.getpid()}"):
        EmbeddedDatabase(server.data).start()
    assert fetch(server.url, "SELECT 1") == 1


def test_a_long_path_gets_a_short_socket(tmp_path):
    server = EmbeddedDatabase(tmp_path / ("x" * 100))
    try:
        server.start()
        assert len(str(server.socket_directory)) < 84
        assert fetch(server.url, "SELECT 1") == 1
    finally:
        server.stop()
    assert not server.socket_directory.exists()


def test_another_major_version_is_named(server):
    server.start()
    server.stop()
    (server.directory / "PG_VERSION").write_text("14\n")
    with pytest.raises(OperatorError, match=r"is of PostgreSQL 14.*KABINET_POSTGRES_BIN"):
        server.start()


def test_what_it_says_is_passed_on(tmp_path):
    with pytest.raises(OperatorError, match="no_such_setting"):
        EmbeddedDatabase(tmp_path, options=["no_such_setting=1"]).start()


HOLDER = """
import sys, time
from pathlib import Path
from infra.database import EmbeddedDatabase
server = EmbeddedDatabase(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


@with_setpriv
def test_it_dies_with_its_parent_and_starts_again(server):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(server.data)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with holder:
        pid = int(holder.stdout.readline())
        assert is_postmaster_of(pid, server.directory)
        holder.kill()
    server.start()
    assert not is_postmaster_of(pid, server.directory)
    assert fetch(server.url, "SELECT 1") == 1


def test_an_orphan_is_ended_before_the_next_start(server, monkeypatch):
    # As where there is no setpriv: the server outlives its parent.
    source = HOLDER.replace(
        "from infra", "from infra import lifeline\nlifeline.prefix = lambda name: []\nfrom infra", 1
    )
    if os.geteuid() == 0:
        source = source.replace("Path(sys.argv[1])", "Path(sys.argv[1]), way='userns'")
    holder = subprocess.Popen(
        [sys.executable, "-c", source, str(server.data)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with holder:
        line = holder.stdout.readline()
        if not line:
            pytest.skip("user namespaces are forbidden here")
        holder.kill()
    time.sleep(0.3)
    assert is_postmaster_of(int(line), server.directory)
    server.start()
    assert not is_postmaster_of(int(line), server.directory)
    assert fetch(server.url, "SELECT 1") == 1


@as_root
def test_root_without_user_namespaces_runs_it_as_nobody(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedDatabase(closed / "data", way="nobody")
    try:
        server.start()
        owner = Path(f"/proc/{server.pid}").stat().st_uid
        assert pwd.getpwuid(owner).pw_name == "nobody"
        os.kill(server.pid, signal.SIGKILL)
        wait_until(lambda: not server.alive())
        server.start()
        assert fetch(server.url, "SELECT 1") == 1
    finally:
        server.stop()


@as_root
@with_setpriv
def test_a_plain_user_runs_it_as_itself(request):
    place = Path(tempfile.mkdtemp(prefix="kabinet-plain-"))
    request.addfinalizer(lambda: shutil.rmtree(place))
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(place, nobody, -1)
    source = HOLDER.replace("time.sleep(60)", "server.stop(); print('stopped')")
    become = ["setpriv", f"--reuid={nobody}", "--clear-groups"]
    command = [*become, sys.executable, "-B", "-c", source, str(place / "data")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    if "Permission" in done.stderr or "No module named" in done.stderr:
        pytest.skip("this Python or checkout is closed to other users")
    assert done.stdout.endswith("stopped\n"), done.stderr
    assert (place / "data" / "postgres").stat().st_uid == nobody
