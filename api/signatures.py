"""The signature of a request, as a system that moves money sends it (docs/systems.md)."""

import asyncio
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from litestar import Request

from domain.kernel.access import Actor
from domain.people.signatures import SignatureMissing, SignedRequest
from services.people.systems import SystemService

TIMESTAMP, NONCE, SIGNATURE = "X-Kabinet-Timestamp", "X-Kabinet-Nonce", "X-Kabinet-Signature"
_HASHED_AT_ONCE_BYTES = 1 << 20


async def check_signature(request: Request[Any, Any, Any], actor: Actor, systems: SystemService) -> None:
    """SignatureMissing, SignatureWrong, SignatureExpired or SignatureReplayed, or nothing."""
    for header in (TIMESTAMP, NONCE, SIGNATURE):
        if not request.headers.get(header):
            raise SignatureMissing(header=header)
    await systems.check_signature(
        actor,
        SignedRequest(
            method=request.method,
            target=_target(request),
            body_sha256=await _hashed(await request.body()),
            timestamp=request.headers[TIMESTAMP],
            nonce=request.headers[NONCE],
            signature=request.headers[SIGNATURE],
        ),
    )


def _target(request: Request[Any, Any, Any]) -> str:
    """Path and query as they were sent. A server that keeps no raw path has decoded it."""
    raw: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    query = request.scope["query_string"]
    path = raw.partition(b"?")[0]
    return (path + b"?" + query if query else path).decode("latin-1")


async def _hashed(body: bytes) -> str:
    if len(body) <= _HASHED_AT_ONCE_BYTES:
        return sha256(body).hexdigest()
    # Some tenths of a second for the largest file: other requests go on meanwhile.
    return (await asyncio.to_thread(sha256, body)).hexdigest()
