"""The client's address behind proxies."""

import pytest

from infra.proxies import BehindProxies


async def seen(networks, peer, forwarded):
    heard = {}

    async def app(scope, receive, send):
        heard["client"] = scope["client"][0]

    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    await BehindProxies(app, networks)({"type": "http", "client": (peer, 1), "headers": headers}, None, None)
    return heard["client"]


@pytest.mark.parametrize(
    ("networks", "peer", "forwarded", "client"),
    [
        ([], "10.0.0.1", ["203.0.113.7"], "10.0.0.1"),
        (["10.0.0.0/8"], "192.0.2.1", ["203.0.113.7"], "192.0.2.1"),
        (["10.0.0.0/8"], "10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        (["10.0.0.0/8"], "10.0.0.1", ["1.2.3.4, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        (["10.0.0.0/8"], "10.0.0.1", ["1.2.3.4", "203.0.113.7"], "203.0.113.7"),
        (["10.0.0.0/8"], "10.0.0.1", ["nonsense"], "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", [], "10.0.0.1"),
        (["::1/128"], "::1", ["2001:db8::5"], "2001:db8::5"),
    ],
)
async def test_the_last_address_that_is_not_ours_counts(networks, peer, forwarded, client):
    assert await seen(networks, peer, forwarded) == client
