"""Whether the ports we want are free, asked before anything starts."""

import asyncio
import contextlib
import socket
from collections.abc import Mapping

from infra.errors import OperatorError


def refuse_taken(host: str, ports: Mapping[str, int]) -> None:
    """`ports` by the names of their settings. Raises OperatorError naming every port that is taken."""
    taken = [f"{port} ({name})" for name, port in ports.items() if not _free(host, port)]
    if taken:
        raise OperatorError(
            f"Another program already listens on {', '.join(taken)} of {host}. Stop it, "
            "or set another port in the named setting."
        )


async def answers(host: str, port: int, path: str | None = None) -> bool:
    """Whether something accepts connections there and, given a path, answers GET with 2xx within 2 s."""
    host = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(host, port)
            with contextlib.closing(writer):
                if path is None:
                    return True
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                line = await reader.readline()
                return line[8:11] == b" 20"
    except (OSError, TimeoutError):
        return False


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As servers do, so that a connection of a minute ago does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
