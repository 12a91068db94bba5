import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import rich_click as click

from infra.cli import frame

if TYPE_CHECKING:
    from adapters.postgres.job_list import JobList, ListedJob

T = TypeVar("T")
_SHORT_CHARS = 60


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """List, show and requeue jobs. A dead job failed too often and waits for a person."""


@command.command("list")
@click.option("--state", type=click.Choice(["waiting", "picked", "dead"]), help="Only these.")
@click.option("--kind", help="Only this kind, such as payments.check.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def list_jobs(*, state: str | None, kind: str | None, limit: int) -> None:
    """Jobs not yet done, the earliest due first."""
    from adapters.postgres.job_list import JobState

    chosen = JobState(state) if state else None
    found = _asked(lambda jobs: jobs.list(state=chosen, kind=kind, limit=limit))
    if not found:
        click.echo("There are no such jobs.")
        return
    _print_table(found)
    if len(found) == limit:
        click.echo(f"There may be more than {limit}: --limit shows them.")


@command.command("show")
@click.argument("job_id", type=click.UUID)
def show_job(job_id: UUID) -> None:
    """All that is kept of one job."""
    import msgspec

    job = _asked(lambda jobs: jobs.show(job_id))
    if job is None:
        raise click.ClickException("There is no such job: it is done, or never was.")
    for name, value in msgspec.structs.asdict(job).items():
        text = msgspec.json.encode(value).decode() if name == "job" else "–" if value is None else str(value)
        click.echo(f"{name:13} {text}")


@command.command("requeue")
@click.argument("job_id", type=click.UUID, required=False)
@click.option("--dead", is_flag=True, help="Every dead job of --kind.")
@click.option("--kind", help="With --dead: which kind.")
def requeue_jobs(*, job_id: UUID | None, dead: bool, kind: str | None) -> None:
    """Let a dead job wait again, due now, its attempts counted anew: requeue ID | --dead --kind K."""
    from infra.clock import now

    if job_id is not None and not dead and kind is None:
        wanted = job_id
        if not _asked(lambda jobs: jobs.requeue(wanted, now())):
            raise click.ClickException("There is no dead job of that id.")
        click.echo("1 job waits again.")
    elif job_id is None and dead and kind:
        of_kind = kind
        click.echo(f"{_asked(lambda jobs: jobs.requeue_dead(of_kind, now()))} job(s) wait again.")
    else:
        raise click.UsageError("Give the ID of a job, or --dead with --kind.")


def _asked(question: "Callable[[JobList], Awaitable[T]]") -> T:
    settings = frame.begin(database=True)
    from adapters.postgres.job_list import JobList
    from adapters.postgres.pool import create_pool

    async def ask() -> T:
        pool = await create_pool(settings.coordinator_url, min_size=1, max_size=1)
        try:
            return await question(JobList(pool))
        finally:
            await pool.close()

    return asyncio.run(ask())


def _print_table(found: "list[ListedJob]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Job", "Kind", "State", "Due (UTC)", "Attempts", "Last error")
    for job in found:
        error = job.last_error or "–"
        table.add_row(
            str(job.job_id),
            job.kind,
            job.state,
            f"{job.run_at:%Y-%m-%d %H:%M:%S}",
            f"{job.attempts} of {job.max_attempts}",
            error if len(error) <= _SHORT_CHARS else error[: _SHORT_CHARS - 1] + "…",
            style="red" if job.state == "dead" else "",
        )
    console = Console()
    # Not cut when it goes to a file or a pipe.
    Console(width=None if console.is_terminal else 200).print(table)
