"""`kabinet bench`: figures, each beside its limit of the same run."""

import rich_click as click

from infra.cli import frame


@click.command
@click.option(
    "--accounts", type=click.IntRange(20_000), default=1_000_000, show_default=True, help="The larger size."
)
@click.option("--quick", is_flag=True, help="Tiny sizes: shows that everything runs, measures nothing.")
def command(*, accounts: int, quick: bool) -> None:
    """Measure settling, reading, access, imports, workbooks and flatness, each beside its limit of one run.

    Starts a PostgreSQL of its own in a temporary place under KABINET_DATA (about 13 GB for 1,000,000
    accounts), removed at the end. Takes some minutes. Prints a table and writes it to
    KABINET_DATA/bench.json.
    """
    settings = frame.begin()
    from infra.bench import report
    from infra.bench.plan import QUICK, WHOLE

    plan = QUICK if quick else WHOLE._replace(many_accounts=accounts)
    frame.serve(report.show(settings, plan))
