"""Work on a stream of things a few at a time, answered in the order they came."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


async def side_by_side(
    source: AsyncIterator[A], work: Callable[[A], Awaitable[B]], width: int
) -> AsyncIterator[B]:
    """The first failure ends the rest and is raised."""

    async def one(item: A) -> B:
        return await work(item)

    running: deque[asyncio.Task[B]] = deque()
    try:
        async for item in source:
            if len(running) == width:
                yield await running[0]
                running.popleft()
            running.append(asyncio.create_task(one(item)))
        while running:
            yield await running[0]
            running.popleft()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
