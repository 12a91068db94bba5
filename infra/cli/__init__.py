"""The command `kabinet`. Each word is a module of this package that holds a click command `command`;
it is imported when it is asked for, so that `kabinet --help` stays quick.
"""

import importlib
import sys
from typing import NoReturn

import rich_click as click

from infra.cli import readers
from infra.cli.trouble import explained

WORDS = {
    "run": ("infra.cli.run", "Run the whole product with demo data in this terminal."),
    "api": ("infra.cli.api", "Answer HTTP requests."),
    "worker": ("infra.cli.worker", "Do the promised jobs and wake up the timers."),
    "mail": ("infra.cli.mail", "Take letters with readings; see what became of each."),
    "migrate": ("infra.cli.migrate", "Bring the database's schema up to date."),
    "settings": ("infra.cli.settings", "Show every setting: meaning, unit, default, value."),
    "import": ("infra.cli.imports", "Load suppliers, accounts, contacts, balances, charges from files."),
    "registries": ("infra.cli.registries", "Load payment registries of banks and agents; explain them."),
    "reconcile": ("infra.cli.reconcile", "Compare a day of every agent with the ledger and the bank."),
    "calendar": ("infra.cli.calendar", "Show the state's working days; load another year."),
    "demo-data": ("infra.cli.demo_data", "Write realistic files for the imports."),
    "bills": ("infra.cli.bills", "Issue a month's bills over all cores, also as files."),
    "remind": ("infra.cli.remind", "Remind customers to send readings, or say who would be."),
    "notices": ("infra.cli.notices", "Show the kinds of notices and how they are written."),
    "penalties": ("infra.cli.penalties", "Post penalties, or say what they would come to."),
    "receipts": ("infra.cli.receipts", "List fiscal receipts, try them again; say who issues them."),
    "audit": ("infra.cli.audit", "Recompute the money and report every row that does not agree."),
    "simulate": ("infra.cli.simulate", "Let a small town live by a seed, with deaths at every step."),
    "verify": ("infra.cli.verify", "Check a proof, a root or a whole day; name what was changed."),
    "proofs": ("infra.cli.proofs", "Close business days; show what is published of them."),
    "backup": ("infra.cli.backup", "Write the database and the stored files to a folder."),
    "restore": ("infra.cli.restore", "Bring a backup back into an empty place, and audit it."),
    "jobs": ("infra.cli.jobs", "List, show and requeue jobs."),
    "staff": ("infra.cli.staff", "Let staff in, change their roles, shut them out."),
    "systems": ("infra.cli.systems", "Let other programs call the API; change their keys."),
    "secrets": ("infra.cli.secrets", "Seal secrets anew under another key."),
    "shard": ("infra.cli.shard", "Check that the schema can be spread over several servers."),
    "bench": ("infra.cli.bench", "Measure, each figure beside its limit."),
    "sandbox": ("infra.cli.sandbox", "Run the payment provider's stand-in."),
    "sink": ("infra.cli.sink", "Take every letter, keep it and show it on a page."),
}


class Words(click.RichGroup):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(WORDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A stand-in with the word and its line: enough for the help."""
        if cmd_name not in WORDS:
            return None
        return click.Command(cmd_name, help=WORDS[cmd_name][1])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if name and command:
            command = importlib.import_module(WORDS[name][0]).command
        return name, command, rest


@click.group(cls=Words, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kabinet", prog_name="kabinet", message="%(prog)s %(version)s")
def kabinet() -> None:
    """Kabinet: accounts and payments of an electricity supplier's customers."""


def main() -> NoReturn:
    readers.end_with_them()
    try:
        kabinet(prog_name="kabinet")
    except Exception as error:
        text = explained(error)
        if text is None:
            raise
        click.echo(click.style(text, fg="red"), err=True)
    sys.exit(1)
