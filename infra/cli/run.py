"""`kabinet run`: everything in one terminal, for the demo. In production each process is a command."""

import asyncio
import hashlib
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import rich_click as click

from infra.children import Child, stop_in_order
from infra.cli import welcome
from infra.database import EmbeddedDatabase
from infra.ports import answers, refuse_taken
from infra.sandbox import keys
from infra.settings import DEMO_SECRET_KEY, LISTENERS, Settings, load

_WATCH_SECONDS = 0.5
_READY_WITHIN_SECONDS = 60.0
# The API first, so that nobody is answered by half a product; the database is stopped after all.
_STOP_ORDER = (("api", "mail"), ("worker",), ("sandbox", "sink"))


@click.command
def command() -> None:
    """Run the whole product with demo data in this terminal. Ctrl-C stops all of it.

    Starts an embedded PostgreSQL (unless DATABASE_URL names one), brings the schema up to date, loads the
    demo data the first time, then runs the API, a worker, the payment sandbox and the mail sink.
    """
    settings = load(find_embedded=False)
    _refuse_taken_ports(settings)
    signal.signal(signal.SIGTERM, _interrupt)
    database = None if settings.database_url else _start_database(settings)
    try:
        settings = load()
        _prepare(settings)
        asyncio.run(_run(settings, database))
    except KeyboardInterrupt:
        say("kabinet", "stopped before it was ready")
    finally:
        if database is not None:
            settings.address_file.unlink(missing_ok=True)
            database.stop()
            say("database", "stopped")


def say(name: str, text: str) -> None:
    """One line of the terminal, in its speaker's name."""
    shown = (
        click.style(f"{name:>8} │", fg=_COLOURS.get(name, "white")) if sys.stdout.isatty() else f"{name:>8} |"
    )
    try:
        sys.stdout.write(f"{shown} {text}\n")
        sys.stdout.flush()
    except (BrokenPipeError, ValueError):
        return  # nobody listens any more; stopping is none of our business here


_COLOURS = {
    "api": "green",
    "mail": "cyan",
    "worker": "blue",
    "sandbox": "magenta",
    "sink": "cyan",
    "database": "yellow",
}


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _refuse_taken_ports(settings: Settings) -> None:
    ports = {f"KABINET_{name.upper()}": getattr(settings, name) for name in LISTENERS}
    refuse_taken(settings.host, {name: port for name, port in ports.items() if port})


def _start_database(settings: Settings) -> EmbeddedDatabase:
    database = EmbeddedDatabase(settings.data, binaries_wish=settings.postgres_bin)
    made = database.start()
    if made:
        shutil.rmtree(_demo_marks(settings.data), ignore_errors=True)
    _write_privately(settings.address_file, database.url)
    say("database", f"PostgreSQL {'made and started' if made else 'started'} in {database.directory}")
    return database


def _write_privately(path: Path, text: str) -> None:
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
    unfinished.rename(path)


def _prepare(settings: Settings) -> None:
    """Schema and, once for each database, demo data."""
    from infra.clock import now
    from infra.migrate import migrate

    ran = asyncio.run(migrate(settings.coordinator_url, now=now))
    say("database", f"schema: {len(ran)} migrations ran" if ran else "schema is up to date")
    loaded = _demo_marks(settings.data) / hashlib.sha256(settings.database_url.encode()).hexdigest()[:16]
    if not loaded.exists():
        say("kabinet", "loading the demo data…")
        from infra.demo.load import load as load_demo  # loads the whole product; the first time only

        asyncio.run(load_demo(settings))
        loaded.parent.mkdir(parents=True, exist_ok=True)
        loaded.touch()


def _demo_marks(data: Path) -> Path:
    """A file for each database that holds the demo data: the load is repeated until it has finished."""
    return data / "demo-loaded"


async def _run(settings: Settings, database: EmbeddedDatabase | None) -> None:
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    env |= _sandbox_identity(settings) | _sandbox_register(settings) | _trusted_neighbours(settings)
    if settings.log_format == "auto":
        env["KABINET_LOG_FORMAT"] = "console"
    quiet = env | _quiet(env)
    children = {
        word: Child(word, say, quiet if word == "worker" else env) for group in _STOP_ORDER for word in group
    }
    stop = asyncio.Event()

    def told() -> None:
        if stop.is_set():
            for child in children.values():
                child.kill()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, told)
    for child in children.values():
        child.start()
    async with asyncio.TaskGroup() as beside:
        welcoming = beside.create_task(_welcome(settings))
        watching = beside.create_task(_watch(database))
        try:
            await stop.wait()
        finally:
            welcoming.cancel()
            say("kabinet", "stopping; Ctrl-C once more to stop at once")
            groups = [[children[word] for word in group] for group in _STOP_ORDER]
            await stop_in_order(groups, timeout_seconds=settings.stop_seconds + 5)
            watching.cancel()


def _quiet(env: Mapping[str, str]) -> dict[str, str]:
    """The demo begins with hundreds of jobs to do: told one by one they push away what to open."""
    return {} if "KABINET_LOG_LEVEL" in env else {"KABINET_LOG_LEVEL": "warning"}


def _sandbox_identity(settings: Settings) -> dict[str, str]:
    """The sandbox's identity provider, for the demo alone: without settings nobody else trusts it."""
    sandbox = f"http://127.0.0.1:{settings.sandbox_port}"
    if settings.oidc_issuer or not settings.yookassa_url.startswith(sandbox):
        return {}
    return {
        "KABINET_OIDC_ISSUER": f"{sandbox}/identity",
        "KABINET_OIDC_CLIENT_ID": keys.IDENTITY_CLIENT_ID,
        "KABINET_OIDC_CLIENT_SECRET": keys.IDENTITY_CLIENT_SECRET,
        "KABINET_OIDC_TRUSTED": "true",
    }


def _sandbox_register(settings: Settings) -> dict[str, str]:
    """The sandbox's register of powers of attorney, likewise."""
    sandbox = f"http://127.0.0.1:{settings.sandbox_port}"
    if settings.powers_register_url or not settings.yookassa_url.startswith(sandbox):
        return {}
    return {
        "KABINET_POWERS_REGISTER_URL": f"{sandbox}/register",
        "KABINET_POWERS_REGISTER_TOKEN": keys.REGISTER_TOKEN,
    }


def _trusted_neighbours(settings: Settings) -> dict[str, str]:
    """In the demo anybody on this machine may mail in an invented person's name, as any mail program does."""
    return {"KABINET_MAIL_TRUST_LOOPBACK": "true"} if settings.secret_key == DEMO_SECRET_KEY else {}


async def _watch(database: EmbeddedDatabase | None) -> None:
    """Starts the database again when it died. Its start blocks this loop, but needs this thread."""
    while database is not None:
        await asyncio.sleep(_WATCH_SECONDS)
        if not database.alive():
            say("database", f"ended; it is started again (see {database.log})")
            database.start()


async def _welcome(settings: Settings) -> None:
    wanted = {
        "api": (settings.port, "/health/ready"),  # what was due while nothing ran is done by then
        "sandbox": (settings.sandbox_port, None),
        "sink": (settings.sink_page_port, "/"),
    }
    wanted |= {"mail": (settings.mail_port, None)} if settings.mail_port else {}
    deadline = asyncio.get_running_loop().time() + _READY_WITHIN_SECONDS
    while wanted and asyncio.get_running_loop().time() < deadline:
        for word, (port, path) in list(wanted.items()):
            if await answers(settings.host, port, path):
                del wanted[word]
        await asyncio.sleep(0.1)
    for word in wanted:
        say(word, f"has not answered within {_READY_WITHIN_SECONDS:.0f} s; see its lines above")
    click.echo(welcome.text(settings))
