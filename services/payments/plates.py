"""A sum is put on the plate of a desk, watched, and taken off again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from domain.kernel.access import Access
from domain.kernel.ids import PaymentId
from domain.payments.payments import CheckPayment, Payment, PaymentIdTaken, PaymentState, Wish
from domain.payments.pos_links import (
    Plate,
    PlateIdTaken,
    PlateProvider,
    PlateRefused,
    PlatesAway,
    check_free,
    plate_link,
    until,
)
from domain.payments.provider import Method, PlateUse, ProviderRefused, ProviderUnreachable, ProviderUnsure
from domain.store import Store, Transaction
from services.payments.starting import PaymentStart

T = TypeVar("T")
Borne = tuple[Plate, Payment | None]
"""A plate and the payment that it bears or bore last."""


@dataclass(frozen=True, slots=True)
class PlateDesk:
    """Locks: the plate, then the account's head. `check` asks the provider how a payment stands."""

    transaction: Transaction
    provider: PlateProvider
    start: PaymentStart
    check: Callable[[CheckPayment], Awaitable[None]]
    now: Callable[[], datetime]

    async def _ready(self, plate_id: UUID) -> None:
        """A plate that the provider has not taken yet is registered now. PlateNotFound, and as `register`."""
        async with self.transaction() as store:
            plate = await store.plates.locked(plate_id)
        if plate.provider_link_id is None:
            await self.register(plate_id, centre=plate.centre, place=plate.place, link=plate.link)

    async def register(self, plate_id: UUID, *, centre: str, place: str, link: str) -> Plate:
        """Safe to repeat with the same id. PlateIdTaken, NotAPlate, PlateRefused, PlatesAway."""
        wanted = Plate(
            id=plate_id,
            centre=centre,
            place=place,
            link=plate_link(link),
            provider=self.start.provider.name,
            registered_at=self.now(),
        )
        async with self.transaction() as store:
            kept = await store.plates.add_once(wanted)
        if kept.id != plate_id or not kept.says_the_same(wanted):
            raise PlateIdTaken
        if kept.provider_link_id is None:
            name = await _answer(self.provider.register_plate(plate_id, kept.link))
            async with self.transaction() as store:
                await store.plates.name_at_provider(plate_id, name)
                kept = await store.plates.locked(plate_id)
        return kept

    async def put_on(
        self, access: Access, plate_id: UUID, payment_id: PaymentId, wish: Wish, minutes: int, *, twice: bool
    ) -> tuple[Borne, bool]:
        """The plate with the payment, and whether this call made it. Safe to repeat with the same payment.

        PlateBusy while the last sum is unpaid, PaymentIdTaken for other content under the id, and whatever
        starting a payment refuses; `twice`: another payment of the same bill may be under way.
        """
        await self._ready(plate_id)
        async with self.transaction() as store:
            plate = await store.plates.locked(plate_id)
            assert plate.provider_link_id is not None
            payment = await store.payments.found(access.account_id, payment_id)
            is_new = payment is None
            if payment is not None:
                _check_same(payment, plate, wish)
            else:
                check_free(await _last(store, plate), self.start.zone)
                use = PlateUse(link_id=plate.provider_link_id, until=until(access.at, minutes))
                payment = await self.start.keep(
                    store, access, payment_id, _on(wish, use), confirm_duplicate=twice
                )
                plate = plate.bearing(payment)
                await store.plates.put_on(plate, access.actor, access.at)
        if payment.state is PaymentState.CREATED and access.at < payment.expires_at:
            payment = await self.start.open_at_provider(payment)
        return (plate, payment), is_new

    async def take_off(self, plate_id: UUID, only: PaymentId | None = None) -> Borne:
        """Ask the provider to take the sum off, then how the payment stands: if the payer was quicker, it is
        paid. `only` this payment: nothing happens when another stands there by now. PlateNotFound,
        PlatesAway."""
        plate, payment = await self.shown(plate_id)
        if payment is None or not payment.is_open or plate.provider_link_id is None:
            return plate, payment
        if only not in {None, payment.id}:
            return plate, payment
        await _answer(self.provider.clear_plate(plate.provider_link_id, payment.id))
        await self.check(CheckPayment(account_id=payment.account_id, payment_id=payment.id))
        return await self.shown(plate_id)

    async def shown(self, plate_id: UUID) -> Borne:
        """PlateNotFound."""
        async with self.transaction() as store:
            plate = await store.plates.locked(plate_id)
            return plate, await _last(store, plate)

    async def plate_of(self, payment: Payment) -> Plate | None:
        """The plate that bears this payment or bore it; None for a payment of another kind."""
        use = payment.wish.plate
        if use is None:
            return None
        async with self.transaction() as store:
            plates = await store.plates.all()
        return next((one for one in plates if one.provider_link_id == use.link_id), None)

    async def listed(self) -> list[Borne]:
        async with self.transaction() as store:
            return [(plate, await _last(store, plate)) for plate in await store.plates.all()]


def _on(wish: Wish, use: PlateUse) -> Wish:
    return Wish(
        amount=wish.amount,
        parts=wish.parts,
        method=Method.SBP,
        confirmation="qr",
        period=wish.period,
        plate=use,
    )


def _check_same(kept: Payment, plate: Plate, wish: Wish) -> None:
    use = kept.wish.plate
    if use is None or use.link_id != plate.provider_link_id or kept.wish != _on(wish, use):
        raise PaymentIdTaken


async def _last(store: Store, plate: Plate) -> Payment | None:
    current = plate.current
    return await store.payments.found(current.account_id, current.payment_id) if current else None


async def _answer(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except ProviderRefused as refusal:
        raise PlateRefused(reason=refusal.description) from refusal
    except (ProviderUnsure, ProviderUnreachable) as error:
        raise PlatesAway from error
