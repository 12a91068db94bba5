"""Every secret that is kept sealed, so that all can be sealed anew under another key."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from domain.people.second_factor import sealed_of


class SealedSort(StrEnum):
    CUSTOMER_FACTORS = "second factors of customers"
    STAFF_FACTORS = "second factors of staff"
    SIGNING_SECRETS = "signing secrets of systems"
    WEBHOOK_SECRETS = "signing secrets of webhooks"

    def of(self, owner_id: UUID) -> str:
        """What the box was told of whose it is."""
        is_factor = self in {SealedSort.CUSTOMER_FACTORS, SealedSort.STAFF_FACTORS}
        return sealed_of(owner_id) if is_factor else str(owner_id)


class SealedSecret(msgspec.Struct, frozen=True, kw_only=True):
    """One of them: a person's, an API key's or a webhook's."""

    owner_id: UUID
    sealed: bytes


class SealedSecrets(Protocol):
    async def count(self, sort: SealedSort) -> int: ...

    async def page(self, sort: SealedSort, after: UUID, limit: int) -> Sequence[SealedSecret]:
        """The next by their owners' ids."""

    async def replace(self, sort: SealedSort, kept: SealedSecret, sealed: bytes) -> bool:
        """Keep `sealed` instead. False when somebody changed the secret meanwhile: it is then new."""
