import rich_click as click

from infra.cli import frame


@click.command
def command() -> None:
    """Run the payment provider's stand-in on KABINET_SANDBOX_PORT."""
    settings = frame.begin()
    with frame.loading():
        from infra.sandbox.app import serve

    frame.serve(serve(settings))
