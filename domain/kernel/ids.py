"""Identifiers. All are UUIDs made by whoever asks first (UUIDv7); nothing here draws one."""

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
