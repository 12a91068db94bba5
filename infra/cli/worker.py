import asyncio

import rich_click as click

from infra.cli import frame


@click.command
def command() -> None:
    """Do the promised jobs and wake up the timers. Any number of workers may run at once."""
    settings = frame.begin(database=True)
    from infra import metrics

    metrics.share(settings.data / "metrics")
    with frame.loading():
        from infra import worker

    asyncio.run(worker.run(settings))
