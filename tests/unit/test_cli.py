import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.asgi_server import WithRequestId
from infra.cli import WORDS, kabinet
from infra.cli.trouble import explained
from infra.cli.welcome import text
from infra.demo.people import PASSWORD
from infra.errors import OperatorError
from infra.ports import refuse_taken
from infra.settings import load

ROOT = Path(__file__).parents[2]


def test_the_demo_starts_its_database_before_the_product_is_loaded():
    """A second of its start otherwise: infra/decisions/0020-how-processes-start.md."""
    source = (
        "import sys, infra.cli.run\n"
        "heavy = {'asyncpg', 'litestar', 'openpyxl', 'infra.container'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", source], check=True, cwd=ROOT)


def test_nothing_is_open_in_the_application_before_it_is_forked():
    source = (
        "import sys, threading, infra.asgi_server\n"
        "infra.asgi_server.prepare()\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
        "assert 'openpyxl' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", source], check=True, cwd=ROOT)


def test_help_shows_every_word_without_importing_it():
    source = (
        "import sys; from infra.cli import kabinet\n"
        "try: kabinet(['--help'])\n"
        "finally: assert not {'asyncpg', 'litestar', 'structlog', 'infra.cli.run'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert all(word in done.stdout for word in WORDS)


@pytest.mark.parametrize("word", ["run", "api", "worker", "migrate", "settings", "sandbox", "sink"])
def test_each_word_has_help(word):
    assert CliRunner().invoke(kabinet, [word, "--help"]).exit_code == 0


def test_settings_are_shown_without_secrets(monkeypatch):
    monkeypatch.setenv("KABINET_YOOKASSA_SECRET", "live_hush")
    for arguments in (["settings"], ["settings", "--plain"]):
        shown = CliRunner().invoke(kabinet, arguments)
        assert "KABINET_YOOKASSA_SECRET" in shown.output
        assert "live_hush" not in shown.output


def test_a_wrong_setting_ends_with_its_name_and_no_traceback():
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", "api"],
        env={"KABINET_PROT": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 1
    assert "KABINET_PROT: there is no such setting; KABINET_PORT?" in done.stderr
    assert "Traceback" not in done.stderr


_TALKS_WITHOUT_END = """
import asyncio, contextlib, sys
import click
from infra import cli

@contextlib.asynccontextmanager
async def transaction():
    try:
        yield
    except OSError:
        sys.stderr.write("taken for a lost connection")
    except BaseException:
        sys.stderr.write("undone")
        raise

async def talk():
    async with transaction():
        while True:
            click.echo("a line")

@click.command
def command():
    asyncio.run(talk())

cli.WORDS["talk"] = ("__main__", "Talks without an end.")
sys.argv = ["kabinet", "talk"]
cli.main()
"""


def test_a_command_whose_reader_goes_ends_quietly_and_undoes_what_is_open():
    talking = subprocess.Popen(
        [sys.executable, "-c", _TALKS_WITHOUT_END], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    assert talking.stdout.readline() == b"a line\n"
    talking.stdout.close()
    _, said = talking.communicate(timeout=10)
    assert (talking.returncode, said) == (128 + signal.SIGPIPE, b"undone")


def test_our_own_mistakes_are_not_explained_away():
    assert explained(ValueError("x")) is None
    assert explained(OperatorError("do this")) == "do this"


def test_taken_ports_are_named():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OperatorError, match=rf"{port} \(KABINET_PORT\)"):
            refuse_taken("127.0.0.1", {"KABINET_PORT": port})
    refuse_taken("127.0.0.1", {"KABINET_PORT": port})


def test_the_welcome_names_people_and_addresses():
    said = text(load({"KABINET_PORT": "9000"}))
    assert PASSWORD in said and "+7 900 000-00-19" in said
    first, last = (said.index("http://127.0.0.1:9000"), said.rindex("http://127.0.0.1:9000"))
    assert "Open this in a browser" in said[:first] and "in a browser. Ctrl-C" in said[last:]


async def answered(headers):
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
    await WithRequestId(app)(scope, None, send)
    return dict(sent[0]["headers"])[b"x-request-id"]


async def test_a_request_keeps_its_decent_id_and_else_gets_one():
    assert await answered([(b"x-request-id", b"abc-1")]) == b"abc-1"
    assert len(await answered([])) == 32
    assert len(await answered([(b"x-request-id", b'evil"\n')])) == 32
