"""Connections as every part of the product wants them."""

import asyncpg
import msgspec

Queryable = asyncpg.Connection | asyncpg.Pool
"""One connection, perhaps in a transaction, or any connection of the pool: reads take either."""

_JSONB_VERSION = b"\x01"


def _encode(value: object) -> bytes:
    return _JSONB_VERSION + msgspec.json.encode(value)


def _decode(raw: bytes) -> object:
    return msgspec.json.decode(raw[1:])


async def prepare(connection: asyncpg.Connection) -> None:
    """Read and write jsonb as whatever msgspec can carry."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_encode, decoder=_decode, format="binary"
    )


def server_settings(role: str | None) -> dict[str, str]:
    """What each connection says at start. Plain PostgreSQL ignores the Citus setting, which spares
    a connection seconds of introspection there."""
    settings = {"search_path": "kabinet", "citus.override_table_visibility": "off", "TimeZone": "UTC"}
    return settings | ({"role": role} if role else {})


async def connect(dsn: str, *, role: str | None = "kabinet_app") -> asyncpg.Connection:
    connection = await asyncpg.connect(dsn, server_settings=server_settings(role))
    await prepare(connection)
    return connection


async def _as_left(connection: asyncpg.Connection) -> None:
    """What is left on a connection given back: nothing. asyncpg itself undoes an open transaction and
    forgets listeners; we change no settings of the session, hold no cursors or advisory locks outside of
    transactions, and so spare every transaction and read the round trip of a RESET ALL."""


async def create_pool(
    dsn: str, *, min_size: int = 1, max_size: int = 10, role: str | None = "kabinet_app"
) -> asyncpg.Pool:
    """A pool whose connections act as `role`: the application may not change what is append-only."""
    return await asyncpg.create_pool(
        dsn,
        min_size=min_size,
        max_size=max_size,
        init=prepare,
        reset=_as_left,
        server_settings=server_settings(role),
        command_timeout=60,
    )
