"""Residents pay: everything at once or one supplier, by SBP or by card; they repeat, refuse and walk away."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from domain.kernel.access import Scope
from domain.kernel.ids import PaymentId
from domain.kernel.money import ZERO, Money
from domain.payments.payments import Payment, PaymentState, Wish, WishedPart
from domain.payments.provider import Method
from infra.simulation.scheduler import Scheduler
from infra.simulation.town import Home, Town
from infra.simulation.world import Answer, World

_WALKS_AWAY, _IS_REFUSED = 0.12, 0.1
_SECONDS_TO_PAY = (5, 60, 300, 1500, 3000)
"""Some pay after our deadline, which is earlier than the bank's."""
_LOOKS_AGAIN = 4


@dataclass(frozen=True, slots=True)
class _Going:
    """One wish to pay. Who is sure pays the same bill twice on purpose."""

    home: Home
    payment_id: PaymentId
    wish: Wish
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Residents:
    world: World
    scheduler: Scheduler
    town: Town
    payments_a_day: int

    def plan(self, begins: datetime) -> None:
        dice = self.world.chance.dice("residents")
        for _ in range(self.payments_a_day):
            self.scheduler.later("somebody wants to pay", self._pay, hours=dice.triangular(0, 24, 19))

    async def _pay(self) -> None:
        dice = self.world.chance.dice("residents")
        home = dice.choice(self.town.homes)
        payment_id = PaymentId(self.world.chance.new_id())
        wish = await self._wish(home)
        if wish is None:
            return
        going = _Going(home, payment_id, wish, is_sure=dice.random() < 0.5)
        await self._start(going, _LOOKS_AGAIN)

    async def _start(self, going: _Going, left: int) -> None:
        def start() -> Awaitable[tuple[Payment, bool]]:
            access = going.home.access(Scope.PAY, self.world.chance.clock())
            begin = self.world.container.payment_start.start
            return begin(access, going.payment_id, going.wish, confirm_duplicate=going.is_sure)

        amount = going.wish.amount or "parts"
        what = f"PUT payment {going.payment_id} of {amount} on {going.home.known.number}"
        await self.scheduler.until_heard(what, start, partial(self._heard, going, left))

    async def _heard(self, going: _Going, left: int, answer: Answer[tuple[Payment, bool]]) -> None:
        if answer.value is None:
            return
        payment, _ = answer.value
        dice = self.world.chance.dice("payers")
        if payment.provider_payment_id is None:
            if left > 1 and payment.state is PaymentState.CREATED:
                again = partial(self._start, going, left - 1)
                self.scheduler.later("the payer looks again", again, seconds=dice.randint(20, 200))
            return
        act = partial(self._act, payment.provider_payment_id, dice.random())
        self.scheduler.later("the payer is at the bank", act, seconds=dice.choice(_SECONDS_TO_PAY))

    async def _act(self, provider_payment_id: str, fate: float) -> None:
        bank = self.world.bank
        if fate < _WALKS_AWAY:
            self.world.note("the payer walks away")
        elif fate < _WALKS_AWAY + _IS_REFUSED:
            bank.refuse(provider_payment_id)
        else:
            self.world.note("paid" if bank.pay(provider_payment_id) else "too late to pay")

    async def _wish(self, home: Home) -> Wish | None:
        dice = self.world.chance.dice("wishes")
        method = dice.choice((Method.SBP, Method.SBP, Method.BANK_CARD))
        what = dice.random()
        access = home.access(Scope.SEE, self.world.chance.clock())
        async with self.world.watching() as store:
            card = await store.accounts.card(access)
        if what < 0.45 and card.balance.to_pay > ZERO:
            return Wish(amount=card.balance.to_pay, method=method)
        if what < 0.75:
            return Wish(amount=Money(dice.randint(10_000, 2_500_000)), method=method)
        owner = dice.choice(home.supplier_accounts)
        part = WishedPart(supplier_account_id=owner, amount=Money(dice.randint(10_000, 900_000)))
        return Wish(parts=(part,), method=method)
