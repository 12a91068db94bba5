"""`kabinet notices`: which kinds there are, and how each is written."""

import rich_click as click


@click.group("notices", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Kinds of notices and how they look. What was sent to whom: GET /accounts/{id}/notices."""


@command.command("kinds")
def list_kinds() -> None:
    """Every kind, whether it is on for those who never chose, and what it rests on."""
    from domain.notices.kinds import KINDS

    for name, kind in KINDS.items():
        click.echo(f"{name:20} {'on' if kind.is_on else 'off':4} {kind.basis:9} {kind.title}")


@command.command("preview")
@click.argument("kind")
@click.option("--language", type=click.Choice(["ru", "en"]), default="ru", show_default=True)
@click.option("--html", is_flag=True, help="The letter's HTML instead of its text.")
def preview(*, kind: str, language: str, html: bool) -> None:
    """The letter of a KIND with invented facts: subject, then text or HTML."""
    from adapters.templates.rendering import JinjaTemplates
    from domain.notices.kinds import KINDS
    from domain.notices.writing import Language, Links

    if kind not in KINDS:
        raise click.BadParameter(f"there is {', '.join(KINDS)}", param_hint="KIND")
    root = "https://cabinet.example/"
    links = Links(cabinet=root, account=f"{root}accounts/…/", stop=f"{root}stop")
    written = JinjaTemplates().written(KINDS[kind].sample(), Language(language), links)
    click.echo(written.html if html else f"Subject: {written.subject}\n\n{written.text}", nl=False)
