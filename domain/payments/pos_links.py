"""SBP plates at the desks of service centres: cash-register links of NSPK.

The printed link never changes; a sum of one account is put on it for 1 to 20 minutes (YooKassa API v3,
`pos_links`, and `pos_link` of a payment). The sum is a payment like any other: it is settled, refused and
found again by the same path.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Protocol, runtime_checkable
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from domain.kernel.access import Actor
from domain.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from domain.kernel.ids import AccountId, PaymentId
from domain.payments.payments import Payment
from domain.payments.provider import ProviderRefused
from domain.payments.sbp_links import SbpLinkKind, parse

Minutes = Annotated[int, Meta(ge=1, le=20)]
"""How long a plate may bear a sum: the provider's own bounds."""


class PlateNotFound(NotFound):
    code = "plate-not-found"
    text = "There is no such plate"


class PlateIdTaken(Conflict):
    code = "plate-id-taken"
    text = "Another plate already has this id or this link"
    remedy = "Look through the plates; make a fresh id for a new one"


class PlateBusy(Conflict):
    code = "plate-busy"
    text = "The plate bears an unpaid sum until {until}"
    remedy = "Wait for the payment, or take the sum off the plate first"


class NotAPlate(Invalid):
    code = "not-a-plate"
    text = "This is no cash-register link of SBP"
    remedy = "Scan the code of the plate that the bank has given for this desk"


class PlateRefused(Invalid):
    code = "plate-refused"
    text = "The payment provider does not take this plate: {reason}"
    remedy = "Check that the link belongs to this shop"


class PlatesAway(Unavailable):
    code = "plates-away"
    text = "The payment provider does not answer about the plate"


class Activation(msgspec.Struct, frozen=True, kw_only=True):
    """The sum that a plate bears, or bore last."""

    account_id: AccountId
    payment_id: PaymentId
    until: datetime


class Plate(msgspec.Struct, frozen=True, kw_only=True):
    """`centre` and `place` tell people where it hangs. `provider_link_id` is the provider's name of it, None
    until the provider has taken it."""

    id: UUID
    centre: str
    place: str
    link: str
    provider: str
    registered_at: datetime
    provider_link_id: str | None = None
    current: Activation | None = None

    def says_the_same(self, other: Plate) -> bool:
        return (self.centre, self.place, self.link) == (other.centre, other.place, other.link)

    def bearing(self, payment: Payment) -> Plate:
        current = Activation(account_id=payment.account_id, payment_id=payment.id, until=payment.expires_at)
        return replace(self, current=current)


def plate_link(text: str) -> str:
    """A cash-register link, its checksum right. WrongSbpLink, NotAPlate."""
    link = parse(text.strip())
    if link.kind is not SbpLinkKind.CASH_REGISTER:
        raise NotAPlate(field="link")
    return link.url


def check_free(before: Payment | None, zone: tzinfo) -> None:
    """Whether the payment that the plate bore last is over. One that only our clock holds for over is not:
    the provider may still take its money, and the payer must not meet two sums at once."""
    if before is not None and before.is_open:
        raise PlateBusy(until=f"{before.expires_at.astimezone(zone):%d.%m.%Y %H:%M}")


def until(at: datetime, minutes: int) -> datetime:
    return at + timedelta(minutes=minutes)


class Plates(Protocol):
    async def add_once(self, plate: Plate) -> Plate:
        """Keep it, or give what is kept under its id or its link."""

    async def locked(self, plate_id: UUID) -> Plate:
        """PlateNotFound."""

    async def all(self) -> list[Plate]:
        """By centre and place."""

    async def name_at_provider(self, plate_id: UUID, provider_link_id: str) -> None: ...

    async def put_on(self, plate: Plate, actor: Actor, at: datetime) -> None:
        """Keep the activation and who made it."""


@runtime_checkable
class PlateProvider(Protocol):
    """The provider's side of plates. Each raises ProviderUnsure, ProviderUnreachable, ProviderRefused; each
    is safe to repeat."""

    async def register_plate(self, plate_id: UUID, link: str) -> str:
        """The provider's name of the plate."""

    async def clear_plate(self, provider_link_id: str, payment_id: PaymentId) -> None:
        """Take off the sum of that payment; afterwards the plate may bear another."""


class NoPlates:
    """A provider without plates."""

    async def register_plate(self, plate_id: UUID, link: str) -> str:
        raise ProviderRefused("forbidden", "this provider knows no plates")

    async def clear_plate(self, provider_link_id: str, payment_id: PaymentId) -> None:
        raise ProviderRefused("forbidden", "this provider knows no plates")
