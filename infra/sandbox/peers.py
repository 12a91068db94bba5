"""The official SDK, unchanged, against our sandbox: `make peers`.

It gets an environment of its own under var/peers (it comes without a wheel, so it stays out of the
locks), and its API address is set by the SDK's own setting `api_url`. Ends non-zero when a step fails.
"""

import asyncio
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from infra.sandbox.app import serve
from infra.sandbox.config import Config

SDK = "yookassa==3.13.0"
HOME = Path("var") / "peers"
_ROOT = Path(__file__).parents[2]
_SCRIPT = "infra.sandbox.peers_script"
_SHOP, _SECRET, _TOKEN = "100500", "test_peers", "peers-oauth-token"


def main() -> int:
    python = _environment()
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        sandbox = _sandbox(url, folder)
        try:
            _wait(port, sandbox)
            return subprocess.run(  # noqa: S603 - our own script with our own arguments
                [str(python), "-m", _SCRIPT, url, _SHOP, _SECRET, _TOKEN],
                env=os.environ | {"PYTHONPATH": str(_ROOT)},
                check=False,
                timeout=300,
            ).returncode
        finally:
            sandbox.terminate()
            sandbox.wait(10)


def _environment() -> Path:
    """The interpreter of an environment with the SDK in it; made once for each version of it."""
    stamp = HOME / f".{hashlib.sha256(SDK.encode()).hexdigest()[:12]}"
    python = (HOME / "bin" / "python").absolute()
    if not stamp.exists() or not python.exists():
        sys.stdout.write(f"Installing {SDK} into {HOME} (a minute the first time)…\n")
        sys.stdout.flush()
        venv.create(HOME, with_pip=True, clear=True)
        install = ["-m", "pip", "--disable-pip-version-check", "-q", "install", SDK]
        subprocess.run([str(python), *install], check=True)  # noqa: S603 - fixed arguments
        stamp.touch()
    return python


def _sandbox(url: str, folder: str) -> "subprocess.Popen[bytes]":
    arguments = [sys.executable, "-m", "infra.sandbox.peers", "--sandbox", url, folder]
    return subprocess.Popen(arguments, env=os.environ)  # noqa: S603 - this very module


def _serve(url: str, folder: str) -> None:
    config = Config(
        file=Path(folder) / "sandbox.sqlite3",
        public_url=url,
        notice_url="",
        shop_id=_SHOP,
        secret_key=_SECRET,
        oauth_token=_TOKEN,
    )
    asyncio.run(serve(config))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(port: int, sandbox: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        if sandbox.poll() is not None:
            raise SystemExit("the sandbox did not start")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the sandbox did not answer within 20 s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--sandbox"]:
        _serve(*sys.argv[2:4])
    else:
        sys.exit(main())
