import rich_click as click

from infra.cli import frame


@click.command
def command() -> None:
    """Take every letter on KABINET_SINK_PORT, keep it and show it on KABINET_SINK_PAGE_PORT."""
    settings = frame.begin()
    with frame.loading():
        from infra.sink import serve

    frame.serve(serve(settings))
