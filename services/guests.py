"""Paying and sending a reading by an account number, without a sign-in: no sum, name or address is told."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Protocol

from domain.accounts.accounts import AccountClosed
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import PaymentId, ReadingId
from domain.kernel.money import Money
from domain.payments.payments import Payment, PaymentNotFound, Wish, WishedPart
from domain.payments.provider import Method
from domain.payments.registries.suggestions import SuspenseTerms
from domain.payments.registries.targets import Target, spellings, target_of
from domain.people.attempts import Door, guest_doors, guest_guess_door
from domain.people.guests import GUEST, NoSuchMeter, NotPayableByNumber
from domain.readings.meters import Meter
from domain.readings.readings import Reading, ReadingSource
from domain.readings.submissions import Submission, ValueGiven
from domain.store import Store, Transaction

CountTry = Callable[[Store, Sequence[Door], datetime, tzinfo], Awaitable[None]]
ReturnTry = Callable[[Store, Sequence[Door], datetime], Awaitable[None]]


class StartPayment(Protocol):
    async def __call__(
        self, access: Access, payment_id: PaymentId, wish: Wish, *, confirm_duplicate: bool
    ) -> tuple[Payment, bool]: ...


class SubmitReading(Protocol):
    async def __call__(
        self, access: Access, submission: Submission, source: ReadingSource
    ) -> tuple[Reading, bool]: ...


@dataclass(frozen=True, slots=True)
class _Number:
    text: str

    @property
    def account_texts(self) -> tuple[str, ...]:
        return (self.text,)


@dataclass(frozen=True, slots=True)
class GuestDesk:
    transaction: Transaction
    start: StartPayment
    submit: SubmitReading
    count_try: CountTry
    return_try: ReturnTry
    now: Callable[[], datetime]
    zone: tzinfo

    async def pay(
        self, payment_id: PaymentId, number: str, supplier_inn: str | None, wish: Wish, ip: str
    ) -> tuple[Payment, bool]:
        """A typed sum for the whole account, or for one supplier: by its own number, or by its INN. Safe to
        repeat with the same id. TooManyAttempts, NotPayableByNumber, and what starting a payment refuses."""
        await self._count(ip)
        target = await self._target(number, supplier_inn)
        if target is None:
            raise NotPayableByNumber(field="account")
        access = Access(actor=GUEST, account_id=target.account_id, scope=Scope.PAY, at=self.now())
        try:
            # That somebody else pays the same bill at this moment is nothing for a guest to know.
            started = await self.start(access, payment_id, _for(target, wish), confirm_duplicate=True)
        except AccountClosed as closed:
            raise NotPayableByNumber(field="account") from closed
        await self._right(ip)
        return started

    async def payment(self, payment_id: PaymentId, number: str) -> Payment:
        """A payment that a guest has started, for whoever knows its id and the number. PaymentNotFound."""
        target = await self._target(number, None)
        if target is None:
            raise PaymentNotFound
        async with self.transaction() as store:
            found = await store.payments.found(target.account_id, payment_id)
        if found is None or found.payer_id != GUEST.id:
            raise PaymentNotFound
        return found

    async def send(
        self,
        reading_id: ReadingId,
        number: str,
        serial: str,
        taken_on: date,
        values: tuple[ValueGiven, ...],
        ip: str,
    ) -> Reading:
        """TooManyAttempts, NoSuchMeter, and what sending a reading refuses."""
        await self._count(ip)
        target = await self._target(number, None)
        meter = await self._meter(target, serial)
        if target is None or meter is None:
            raise NoSuchMeter(field="serial")
        access = Access(actor=GUEST, account_id=target.account_id, scope=Scope.READINGS, at=self.now())
        submission = Submission(id=reading_id, meter_id=meter.id, taken_on=taken_on, values=values)
        try:
            reading, _ = await self.submit(access, submission, ReadingSource.GUEST)
        except AccountClosed as closed:
            raise NoSuchMeter(field="serial") from closed
        await self._right(ip)
        return reading

    async def _count(self, ip: str) -> None:
        async with self.transaction() as store:
            await self.count_try(store, guest_doors(ip), self.now(), self.zone)

    async def _right(self, ip: str) -> None:
        async with self.transaction() as store:
            await self.return_try(store, [guest_guess_door(ip)], self.now())

    async def _target(self, number: str, supplier_inn: str | None) -> Target | None:
        """The one account of that number; with an INN, that supplier's account in it."""
        text = number.strip()
        async with self.transaction() as store:
            named = await store.registry_targets.named(spellings(text))
            terms = await store.terms.at(SuspenseTerms, business_day(self.now(), self.zone))
            found = target_of(_Number(text), named, supplier_inn, terms.number_check)
            if not isinstance(found, Target) or supplier_inn is None or found.supplier_account_id:
                return found if isinstance(found, Target) else None
            homes = await store.registry_ledger.homes_locked([found.account_id])
        own = [
            one.id
            for home in homes.values()
            for one in home.supplier_accounts
            if one.supplier_inn == supplier_inn
        ]
        return Target(account_id=found.account_id, supplier_account_id=own[0]) if len(own) == 1 else None

    async def _meter(self, target: Target | None, serial: str) -> Meter | None:
        """Asked also where there is no account, so that both answers take as long."""
        async with self.transaction() as store:
            ids = [target.account_id] if target else []
            found = await store.meters.in_accounts(ids)
        wanted = serial.strip().casefold()
        hanging = [
            one
            for meters in found.values()
            for one in meters
            if one.serial.casefold() == wanted and one.removed_on is None
        ]
        return hanging[0] if len(hanging) == 1 else None


def _for(target: Target, wish: Wish) -> Wish:
    owner = target.supplier_account_id
    if owner is None or wish.amount is None:
        return wish
    part = WishedPart(supplier_account_id=owner, amount=wish.amount)
    return Wish(parts=(part,), method=wish.method, confirmation=wish.confirmation, return_url=wish.return_url)


def wish_of(amount: Money, method: Method, return_url: str | None) -> Wish:
    return Wish(amount=amount, method=method, return_url=return_url)
