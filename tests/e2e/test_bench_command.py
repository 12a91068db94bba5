"""`kabinet bench --quick`: every measurement runs and is told in the promised shape. Nothing is timed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIELDS = {"work", "figure", "unit", "limit", "ratio", "goal", "holds"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def begun(data):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KABINET_")}
    clean.pop("DATABASE_URL", None)
    return subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "bench", "--quick"],
        env={**clean, "KABINET_DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )


def test_every_figure_stands_beside_its_limit(tmp_path):
    run = begun(tmp_path)
    said, _ = run.communicate(timeout=240)
    assert run.returncode == 0, said

    results = json.loads((tmp_path / "bench.json").read_text())

    assert {frozenset(result) for result in results} == {frozenset(FIELDS)}
    for result in results:
        assert "Limit: " in result["work"]
        assert result["figure"] > 0
        assert result["limit"] > 0
        assert isinstance(result["holds"], bool)
        at_least = "(at least" in result["work"]
        assert result["holds"] == (
            result["ratio"] >= result["goal"] if at_least else result["ratio"] <= result["goal"]
        )
    works = " ".join(result["work"] for result in results)
    for word in (
        "Settling",
        "p99",
        "GET one account",
        "gate",
        "sign in",
        "Importing charges",
        "A workbook",
        "Bills of a month",
        "balance",
        "statement",
        "Filing an enquiry",
        "timeline",
        "queue",
    ):
        assert word in works
    assert f"of {len(results)} goals hold" in said
    assert [path.name for path in tmp_path.iterdir()] == ["bench.json"]


def test_it_can_be_stopped_and_leaves_nothing(tmp_path):
    run = begun(tmp_path)
    for line in run.stdout:
        if "laying down" in line:
            break
    time.sleep(0.5)
    run.send_signal(signal.SIGINT)
    said, _ = run.communicate(timeout=60)

    assert run.returncode == 0, said
    assert "Stopped by a signal" in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
