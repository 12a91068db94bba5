"""Identifiers. All are UUIDs made by whoever asks first (UUIDv7); nothing here draws one."""

from hashlib import sha1
from typing import NewType
from uuid import UUID, SafeUUID

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
StaffId = NewType("StaffId", UUID)
SystemId = NewType("SystemId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
SupplierId = NewType("SupplierId", UUID)
AccountId = NewType("AccountId", UUID)
SupplierAccountId = NewType("SupplierAccountId", UUID)
ChargeId = NewType("ChargeId", UUID)
PaymentId = NewType("PaymentId", UUID)
ImportId = NewType("ImportId", UUID)
InvitationId = NewType("InvitationId", UUID)
PowerId = NewType("PowerId", UUID)
JobId = NewType("JobId", UUID)
DocumentId = NewType("DocumentId", UUID)
ConsentId = NewType("ConsentId", UUID)
MeterId = NewType("MeterId", UUID)
DeliveryPointId = NewType("DeliveryPointId", UUID)
ReadingId = NewType("ReadingId", UUID)
ReadingFileId = NewType("ReadingFileId", UUID)
CaseId = NewType("CaseId", UUID)
AttachmentId = NewType("AttachmentId", UUID)
RefundId = NewType("RefundId", UUID)
VisitId = NewType("VisitId", UUID)
SavedMethodId = NewType("SavedMethodId", UUID)
AutopayId = NewType("AutopayId", UUID)

KABINET = UUID("6f0c2d1e-8a57-5b1c-9d3e-4b1f0e7a2c55")
"""The namespace of ids that are derived (uuid5) from what they name, such as a charge from its key."""


class DerivedId(UUID):
    """A UUIDv5 (RFC 9562) that remembers its text: imports make and write millions of them."""

    __slots__ = ("_text",)
    _text: str

    def __init__(self, digest: bytes) -> None:
        number = int.from_bytes(digest[:16], "big") & _NOT_VERSION_AND_VARIANT | _VERSION_5_RFC_VARIANT
        text = f"{number:032x}"
        _set(self, "int", number)
        _set(self, "is_safe", SafeUUID.unknown)
        _set(self, "_text", f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")

    def __str__(self) -> str:
        return self._text

    def __reduce__(self) -> tuple[type[UUID], tuple[str]]:
        return UUID, (self._text,)


_set = object.__setattr__
_NOT_VERSION_AND_VARIANT = ~(0xF << 76 | 0b11 << 62)
_VERSION_5_RFC_VARIANT = 5 << 76 | 0b10 << 62


def derived(namespace: UUID, name: str) -> UUID:
    """What `uuid.uuid5` gives, sooner than its text alone."""
    return DerivedId(sha1(namespace.bytes + name.encode(), usedforsecurity=False).digest())
