"""Long whole answers are packed for those who take gzip; all else goes out as it is."""

import gzip

import pytest

from infra.packing import PACKED_FROM_BYTES, Packed

LONG, SHORT = b"{}" * PACKED_FROM_BYTES, b"{}"


async def answered(bodies, *, accept=b"gzip, br", content_type=b"application/json", more=()):
    """The status line's message and what follows, as the server gets them."""
    sent = []

    async def app(scope, receive, send):
        headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(bodies[0])), *more]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number, body in enumerate(bodies, start=1):
            await send({"type": "http.response.body", "body": body, "more_body": number < len(bodies)})

    async def send(message):
        sent.append(message)

    headers = [(b"accept-encoding", accept)] if accept else []
    await Packed(app)({"type": "http", "headers": headers}, None, send)
    return dict(sent[0]["headers"]), [message["body"] for message in sent[1:]]


async def test_a_long_answer_is_packed():
    headers, [body] = await answered([LONG])

    assert gzip.decompress(body) == LONG
    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"content-length"] == b"%d" % len(body)
    assert headers[b"vary"] == b"accept-encoding"


@pytest.mark.parametrize(
    ("bodies", "options"),
    [
        ([SHORT], {}),
        ([LONG], {"accept": b""}),
        ([LONG], {"accept": b"br"}),
        ([LONG], {"content_type": b"image/png"}),
        ([LONG], {"content_type": b"text/event-stream"}),
        ([LONG], {"more": [(b"Content-Encoding", b"br")]}),
        ([LONG, LONG], {}),
        ([SHORT, LONG], {}),
    ],
)
async def test_all_else_goes_out_as_it_is(bodies, options):
    headers, sent = await answered(bodies, **options)

    assert sent == bodies
    assert headers.get(b"content-encoding") != b"gzip"
    assert headers[b"content-length"] == b"%d" % len(bodies[0])
