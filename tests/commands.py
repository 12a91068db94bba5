"""`kabinet WORDS` as a person calls it, in a process of its own.

Most of what a command costs is what it imports: the processes are forked from one that has imported it.
"""

import asyncio
import multiprocessing
import os
import sys
import tempfile

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["infra.cli.staff", "infra.container"])


async def kabinet(*words: str, **env: str) -> tuple[int, str]:
    """Its exit code and what it said on both streams; of our environment it knows nothing but `env`."""
    with tempfile.NamedTemporaryFile() as said:
        process = _PROCESSES.Process(target=_run, args=(words, env, said.name))
        process.start()
        try:
            await asyncio.to_thread(process.join, 60)
            assert process.exitcode is not None, f"{words} does not end: {said.read().decode()}"
        finally:
            process.kill()
            process.join()
        return process.exitcode, said.read().decode()


def _run(words: tuple[str, ...], env: dict[str, str], said: str) -> None:
    with open(said, "wb") as out:  # noqa: PTH123
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KABINET_")}
    os.environ.clear()
    os.environ.update(kept | env)
    sys.argv = ["kabinet", *words]
    from infra.cli import main

    main()
