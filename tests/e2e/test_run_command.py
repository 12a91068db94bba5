"""`kabinet run` as a person runs it: ready, answering, stopped, nothing left."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from infra.settings import LISTENERS

ROOT = Path(__file__).parents[2]
PORTS = tuple(f"KABINET_{name.upper()}" for name in LISTENERS)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    found = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return found


class Run:
    """One `kabinet run` over a data directory."""

    def __init__(self, data, ports):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("KABINET_")}
        clean.pop("DATABASE_URL", None)
        settings = dict(zip(PORTS, map(str, ports), strict=True))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.cli", "run"],
            env={**clean, **settings, "KABINET_DATA": str(data), "KABINET_WORKERS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )
        self.lines = []
        self._new = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._new.put(line)
        self._new.put(None)

    def wait_for(self, text, seconds=180):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            line = self._new.get(timeout=max(0.1, end - time.monotonic()))
            if line is None:
                break
            if text in line:
                return
        raise AssertionError(f"{text!r} was not said:\n" + "\n".join(self.lines[-60:]))

    def end(self, number, seconds=40):
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(seconds)
        self._reader.join(10)
        self.process.stdout.close()
        return code


def processes_of(data):
    """Processes whose environment or command line names the data directory."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            said = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
            alive = (place / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            continue
        if alive and str(data).encode() in said:
            found.append((place.name, said[:100]))
    return found


def wait_until_gone(data, seconds=20):
    end = time.monotonic() + seconds
    while left := processes_of(data):
        assert time.monotonic() < end, left
        time.sleep(0.1)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "var"


@pytest.fixture
def ports():
    return free_ports(len(PORTS))


def test_it_starts_answers_stops_leaving_nothing_and_starts_quickly_again(place, ports):
    run = Run(place, ports)
    try:
        run.wait_for("Ctrl-C stops everything")
        assert (place / "database-url").stat().st_mode & 0o777 == 0o600
        ready = httpx.get(f"http://127.0.0.1:{ports[0]}/health/ready")
        assert ready.status_code == 200, ready.text
        assert httpx.get(f"http://127.0.0.1:{ports[3]}/").status_code == 200
        second = Run(place, ports)
        second.wait_for(f"{ports[0]} (KABINET_PORT)")
        assert second.process.wait(30) == 1
        second.end(signal.SIGINT)
    finally:
        code = run.end(signal.SIGINT)
    assert code == 0, run.lines[-30:]
    assert run.lines[-1].endswith("stopped") and "database" in run.lines[-1]
    wait_until_gone(place)
    assert not (place / "database-url").exists()

    # The second start: quick, and what dies is started again.
    began = time.monotonic()
    run = Run(place, ports)
    try:
        run.wait_for("Ctrl-C stops everything")
        # 5 s on a machine of its own; here other tests run beside.
        assert time.monotonic() - began < 15
        os.kill(int((place / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        run.wait_for("it is started again")
        end = time.monotonic() + 30
        while httpx.get(f"http://127.0.0.1:{ports[0]}/health/ready").status_code != 200:
            assert time.monotonic() < end, run.lines[-60:]
            time.sleep(0.2)
    finally:
        assert run.end(signal.SIGTERM) == 0
    wait_until_gone(place)


@pytest.mark.skipif(sys.platform != "linux", reason="children follow a killed parent on Linux only")
def test_killed_outright_it_leaves_nobody_and_starts_again(place, ports):
    run = Run(place, ports)
    try:
        run.wait_for("Ctrl-C stops everything")
    finally:
        run.end(signal.SIGKILL)
    wait_until_gone(place)
    again = Run(place, ports)
    try:
        again.wait_for("Ctrl-C stops everything")
    finally:
        assert again.end(signal.SIGINT) == 0
    wait_until_gone(place)
