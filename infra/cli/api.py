import rich_click as click

from infra.cli import frame


@click.command
def command() -> None:
    """Answer HTTP requests on KABINET_PORT with KABINET_WORKERS processes."""
    settings = frame.begin(database=True)
    from infra import metrics

    metrics.share(settings.data / "metrics")  # before the product is loaded
    with frame.loading():
        from infra import asgi_server

        asgi_server.prepare()
    asgi_server.serve(settings)
