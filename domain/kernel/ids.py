"""Identifiers. All are UUIDs made by whoever asks first (UUIDv7); nothing here draws one."""

from hashlib import sha1
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
StaffId = NewType("StaffId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
SupplierId = NewType("SupplierId", UUID)
AccountId = NewType("AccountId", UUID)
SupplierAccountId = NewType("SupplierAccountId", UUID)
ChargeId = NewType("ChargeId", UUID)
PaymentId = NewType("PaymentId", UUID)
ImportId = NewType("ImportId", UUID)
JobId = NewType("JobId", UUID)

KABINET = UUID("6f0c2d1e-8a57-5b1c-9d3e-4b1f0e7a2c55")
"""The namespace of ids that are derived (uuid5) from what they name, such as a charge from its key."""


_NOT_VERSION_AND_VARIANT = ~(0xF << 76 | 0b11 << 62)
_VERSION_5_RFC_VARIANT = 5 << 76 | 0b10 << 62


def derived(namespace: UUID, name: str) -> UUID:
    """The UUIDv5 (RFC 9562) of `name`: `uuid.uuid5` in half its time, for imports make millions."""
    digest = sha1(namespace.bytes + name.encode(), usedforsecurity=False).digest()
    number = int.from_bytes(digest[:16], "big")
    return UUID(int=number & _NOT_VERSION_AND_VARIANT | _VERSION_5_RFC_VARIANT)
