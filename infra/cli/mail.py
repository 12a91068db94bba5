"""`kabinet mail`: take letters; see what became of those that came."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import rich_click as click

from infra.cli import frame

if TYPE_CHECKING:
    from domain.mail.letters_in import LetterIn
    from infra.container import Container
    from services.mail.office import ShownLetter

T = TypeVar("T")
_STATES = ("received", "quarantined", "judging", "settled", "ignored", "bounce", "rejected")


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def command(context: click.Context) -> None:
    """Take letters with readings (docs/mail.md): over SMTP, over LMTP, out of a mailbox. Without a word
    behind it, this runs until it is stopped."""
    if context.invoked_subcommand is not None:
        return
    settings = frame.begin(database=True)
    with frame.loading():
        from infra import mail_receiver

    asyncio.run(mail_receiver.run(settings))


@command.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice(_STATES), help="Only these; may repeat.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def list_letters(*, states: tuple[str, ...], limit: int) -> None:
    """Letters and their fates, the newest first."""
    from domain.kernel.access import OURSELVES
    from domain.mail.letters_in import LetterState

    chosen = [LetterState(state) for state in states]

    async def listed(container: "Container") -> "list[LetterIn]":
        office = container.mail_in.letter_office
        return await office.listed(OURSELVES, chosen, before=None, limit=limit, what="kabinet mail list")

    found = _done(listed)
    if found:
        _print_table(found)
    else:
        click.echo("There are no such letters.")


@command.command("show")
@click.argument("letter_id", type=click.UUID)
def show_letter(letter_id: UUID) -> None:
    """One letter: its story, headers, parts, workbooks, answers. Never its text."""
    from domain.kernel.access import OURSELVES
    from domain.mail.letters_in import LetterId

    _print_letter(
        _done(lambda container: container.mail_in.letter_office.shown(OURSELVES, LetterId(letter_id), ""))
    )


@command.command("retry")
@click.argument("letter_id", type=click.UUID)
def retry_letter(letter_id: UUID) -> None:
    """Read a letter once more, as if it had just come."""
    from domain.mail.letters_in import LetterId

    who = f"kabinet mail ({getpass.getuser()})"
    _done(lambda container: container.mail_in.letter_office.retry(who, LetterId(letter_id)))
    click.echo("It will be read once more.")


@command.command("allow")
@click.argument("email")
@click.argument("number")
def allow_sender(email: str, number: str) -> None:
    """Take letters from EMAIL for the account or contract NUMBER."""
    from domain.kernel.access import OURSELVES

    async def allow(container: "Container") -> None:
        account_id = await container.mail_in.letter_office.account_of(number)
        await container.mail_in.sender_service.add_by_staff(OURSELVES, account_id, email)

    _done(allow)
    click.echo(f"Letters from {email} are taken for {number}.")


def _done(work: "Callable[[Container], Awaitable[T]]") -> T:
    settings = frame.begin(database=True)
    from domain.kernel.errors import Refusal
    from infra.container import open_container

    async def do() -> T:
        async with open_container(settings) as container:
            return await work(container)

    try:
        return asyncio.run(do())
    except Refusal as refusal:
        raise click.ClickException(f"{refusal}. {refusal.remedy}".rstrip(". ")) from None


def _print_table(found: "list[LetterIn]") -> None:
    from rich.console import Console
    from rich.table import Table

    from domain.mail.letters_in import TEXTS

    table = Table("Letter", "Received (UTC)", "From", "Subject", "State", "Why")
    for letter in found:
        table.add_row(
            str(letter.id),
            f"{letter.received_at:%Y-%m-%d %H:%M:%S}",
            letter.sender,
            letter.subject[:60],
            letter.state,
            TEXTS[letter.reason],
            style="yellow" if letter.state == "quarantined" else "",
        )
    console = Console()
    # Not cut when it goes to a file or a pipe.
    Console(width=None if console.is_terminal else 240).print(table)


def _print_letter(shown: "ShownLetter") -> None:
    from domain.mail.letters_in import TEXTS

    letter = shown.letter
    click.echo(f"Letter      {letter.id}, {letter.size_bytes} bytes, came {letter.deliveries} time(s)")
    click.echo(f"By          {letter.source} from {letter.remote_ip}, envelope {letter.mail_from or '<>'}")
    for step in letter.steps:
        who = f" ({step.who})" if step.who else ""
        click.echo(f"{step.at:%Y-%m-%d %H:%M:%S}  {step.state}: {TEXTS[step.reason]}{who} {step.note or ''}")
    click.echo("\nHeaders")
    for name, value in shown.content.headers:
        click.echo(f"  {name}: {value}")
    click.echo(
        "\nParts" + (f": not taken apart, {shown.content.unreadable}" if shown.content.unreadable else "")
    )
    for part in shown.content.parts:
        click.echo(f"  {'  ' * part.depth}{part.media_type} {part.name} ({part.size_bytes} characters)")
    for file in shown.files:
        became = f"file {file.file_id} of account {file.account_id}" if file.file_id else file.trouble or "–"
        click.echo(f"  Workbook {file.name}: {became}")
    for answer in shown.answers:
        click.echo(f"\nAnswer {answer.kind} to {answer.recipient}: {answer.state} {answer.note}")
