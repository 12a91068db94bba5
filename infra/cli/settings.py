import rich_click as click

from infra.setting_fields import Row, rows
from infra.settings import SettingsError, load


@click.command
@click.option("--plain", is_flag=True, help="One VARIABLE=value line each, secrets masked.")
def command(*, plain: bool) -> None:
    """Show every setting: its variable, meaning, unit, default and present value (secrets masked).

    Each may also be given as VARIABLE_FILE, the name of a file that holds the value.
    """
    try:
        _show(rows(load()), plain=plain)
    except SettingsError:
        _show(rows(load({})), plain=plain)
        raise


def _show(found: list[Row], *, plain: bool) -> None:
    if plain:
        for row in found:
            click.echo(f"{row.variable}={row.value}")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("Variable", "Meaning", "Unit", "Default", "Now")
    for row in found:
        changed = row.value != row.default
        cells = (row.variable, row.meaning, row.unit, row.default or "–", row.value or "–")
        table.add_row(*cells, style="bold" if changed else "")
    console = Console()
    # Not cut when it goes to a file or a pipe.
    Console(width=None if console.is_terminal else 200).print(table)
