"""How a call is signed: as Standard Webhooks say (standardwebhooks.com, version 1)."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with


def secret_of(random: bytes) -> str:
    return SECRET_PREFIX + b64encode(random).decode()


def signature(secret: str, event_id: UUID, sent_at: int, body: bytes) -> str:
    """HMAC-SHA256 of “id.timestamp.body” under the secret's bytes."""
    signed = f"{event_id}.{sent_at}.".encode() + body
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    return "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()


def headers(
    secrets: Sequence[str], event_id: UUID, no: int, sent_at: datetime, body: bytes
) -> dict[str, str]:
    """With a signature by each secret: the receiver takes the one it knows."""
    stamp = int(sent_at.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Kabinet-Webhooks/1",
        "Webhook-Id": str(event_id),
        "Webhook-Timestamp": str(stamp),
        "Webhook-Signature": " ".join(signature(secret, event_id, stamp, body) for secret in secrets),
        "Webhook-Number": str(no),
    }
