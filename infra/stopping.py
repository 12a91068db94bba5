"""Closing open streams of events when a process of the server is told to stop.

granian waits for every answer that is under way, and a stream lasts as long as somebody listens: without
this each stop would take its whole grace. It tells the application only after that, so its own handler of
signals is wrapped. tests/e2e/test_case_events.py tells when this no longer does what it says.
"""

import asyncio
import signal
from typing import Any

from granian import _signals
from litestar import Litestar


def close_streams_first(app: Litestar) -> None:
    """Call it in the process that answers, before granian sets its handlers."""
    theirs = _signals.set_loop_signals

    def set_loop_signals(loop: asyncio.AbstractEventLoop) -> Any:
        stop: Any = theirs(loop)  # type: ignore[no-untyped-call]

        def on_signal() -> None:
            close_streams(app)
            stop.set()

        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, on_signal)
        return stop

    _signals.set_loop_signals = set_loop_signals


def close_streams(app: Litestar) -> None:
    container = getattr(app.state, "container", None)
    if container is not None:  # else it is still starting
        container.of_cases.case_following.stop()
        container.payment_following.stop()
