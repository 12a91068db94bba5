"""`python -m infra.sandbox`: the sandbox alone, with the settings of the environment."""

import asyncio
import contextlib

from infra.sandbox.app import serve
from infra.settings import load

with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(serve(load()))
