"""A payment provider of our own that speaks YooKassa API v3, for the demo and the tests.

It shares no code with our adapter: where the two agree, they agree on the documented protocol. The
official SDK is run against it by `make peers`.
"""
