"""Answering terminals: what came is kept, then judged; a payment is posted once for ever by its operation."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from uuid import UUID

from domain.accounts.ledger import AlreadyPosted
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import OutcomeUnknown, TryAgain, Unavailable
from domain.kernel.money import Money
from domain.payments.explanation import AllocationRule
from domain.payments.registries.posting import HomePosting, coming_in, meant
from domain.payments.registries.rows import RowState
from domain.payments.registries.suggestions import SuspenseTerms
from domain.payments.registries.targets import NamesAccount, Target, spellings, target_of
from domain.payments.terminals import (
    AgentPayment,
    Asked,
    Refused,
    Result,
    TerminalAgent,
    Told,
    account_of,
    masked,
    only_one,
    sum_of,
    unknown,
)
from domain.people.attempts import Door, TooManyAttempts, terminal_door
from domain.store import Store, Transaction
from services.repeating import repeated

_log = logging.getLogger("kabinet.terminals")
CountTry = Callable[[Store, Sequence[Door], datetime, tzinfo], Awaitable[None]]
_CAME = frozenset({RowState.WAITING, RowState.POSTED, RowState.MATCHED, RowState.SUSPENSE, RowState.RESOLVED})
"""Rows of registries whose money is in our books, or will be in a moment."""


@dataclass(frozen=True, slots=True)
class TerminalDesk:
    transaction: Transaction
    count_try: CountTry
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo

    async def agent_at(self, ip: str, code: str | None = None) -> TerminalAgent:
        """Whose terminals ask from there. TerminalStranger."""
        return only_one([one for one in await self._agents() if one.is_at(ip)], code)

    async def agent_of(self, system: str, code: str | None = None) -> TerminalAgent:
        """For whom a system's key asks. TerminalStranger."""
        return only_one([one for one in await self._agents() if system in one.terms.systems], code)

    async def _agents(self) -> list[TerminalAgent]:
        async with self.transaction() as store:
            return await store.terminals.agents(business_day(self.now(), self.zone))

    async def check(self, who: TerminalAgent, asked: Asked, *, ip: str, raw: str) -> Told:
        return await self._answered(who, raw, ip, partial(self._checked, who, asked))

    async def pay(self, who: TerminalAgent, asked: Asked, *, ip: str, raw: str) -> Told:
        return await self._answered(who, raw, ip, partial(self._paid, who, asked))

    async def _answered(
        self, who: TerminalAgent, raw: str, ip: str, act: Callable[[], Awaitable[Told]]
    ) -> Told:
        request_id, told = self.new_id(), None
        async with self.transaction() as store:
            await store.terminals.keep(request_id, who.agent.code, self.now(), ip, raw[:2000])
        try:
            told = await repeated(act)
        except Refused as refused:
            told = Told(result=refused.result, comment=refused.comment)
        except TooManyAttempts:
            told = Told(result=Result.TEMPORARY, comment="Too many numbers that are not there")
        except OutcomeUnknown:
            told = Told(result=Result.NOT_FINISHED, comment="Repeat with the same txn_id")
        except (TryAgain, Unavailable):
            told = Told(result=Result.TEMPORARY, comment="Repeat with the same txn_id")
        async with self.transaction() as store:
            await store.terminals.answered(request_id, told, self.now())
        return told

    async def _checked(self, who: TerminalAgent, asked: Asked) -> Told:
        payment = _Wanted(account_of(asked))
        amount = sum_of(asked, who.terms) if asked.sum.strip() else None
        at = self.now()
        target = await self._target(who, payment)
        access = Access(actor=OURSELVES, account_id=target.account_id, scope=Scope.SEE, at=at)
        async with self.transaction() as store:
            card = await store.accounts.card(access)
            suppliers = await store.suppliers.on(business_day(at, self.zone))
        if card.account.closed_at is not None:
            raise Refused(Result.NOT_ACTIVE, "The account was closed")
        inn = who.agent.supplier_inn
        owned = [
            one
            for one in card.supplier_accounts
            if target.supplier_account_id in {None, one.id}
            and inn in {None, suppliers[one.supplier_id].inn if one.supplier_id in suppliers else None}
        ]
        if not owned:
            raise Refused(Result.NOT_ACTIVE, "The account has no supplier that this money may go to")
        due = Money(sum(one.balance.to_pay.kopecks for one in owned))
        return Told(
            result=Result.OK,
            amount=amount,
            due=due if who.terms.tells_sum else None,
            name=masked(card.account.holder_name) if who.terms.tells_name else None,
        )

    async def _paid(self, who: TerminalAgent, asked: Asked) -> Told:
        payment = AgentPayment.read(asked, who, self.now())
        async with self.transaction() as store:
            if told := await _told_before(store, payment):
                return told
        target = await self._target(who, payment)
        try:
            async with self.transaction() as store:
                return await self._posted(store, who, payment, target)
        except AlreadyPosted:
            # An equal request, or the agent's registry, was quicker under another account's head.
            async with self.transaction() as store:
                told = await _told_before(store, payment)
            if told is None:
                raise
            return told

    async def _posted(self, store: Store, who: TerminalAgent, payment: AgentPayment, target: Target) -> Told:
        at = self.now()
        homes = await store.registry_ledger.homes_locked([target.account_id])
        # Equal requests meet at the account's head: the second one finds what the first has posted.
        if told := await _told_before(store, payment):
            return told
        home = homes.get(target.account_id)
        if home is None or home.is_closed:
            raise Refused(Result.NOT_ACTIVE, "The account was closed")
        owners = meant(home, target.supplier_account_id, who.agent.supplier_inn)
        if not owners:
            raise Refused(Result.NOT_ACTIVE, "The account has no supplier that this money may go to")
        rule = await store.terms.at(AllocationRule, business_day(at, self.zone))
        coming = coming_in(payment, target.account_id, home.standing, owners, rule, self.zone)
        await store.registry_ledger.post([HomePosting(before=home.standing, coming=[coming])], at)
        return Told(result=Result.OK, payment_id=payment.payment_id, amount=payment.amount)

    async def _target(self, who: TerminalAgent, asked: NamesAccount) -> Target:
        """Numbers that are not there are counted, so that no terminal may look for those that are."""
        async with self.transaction() as store:
            named = await store.registry_targets.named(spellings(asked.account_texts[0]))
            terms = await store.terms.at(SuspenseTerms, business_day(self.now(), self.zone))
        found = target_of(asked, named, who.agent.supplier_inn, terms.number_check)
        if isinstance(found, Target):
            return found
        async with self.transaction() as store:
            await self.count_try(store, [terminal_door(who.agent.code)], self.now(), self.zone)
        raise unknown(found)


@dataclass(frozen=True, slots=True)
class _Wanted:
    account_text: str

    @property
    def account_texts(self) -> tuple[str, ...]:
        return (self.account_text,)


async def _told_before(store: Store, payment: AgentPayment) -> Told | None:
    """What became of this operation, by a terminal or by the agent's registry. Refused for other content."""
    kept = None
    if place := await store.terminals.payment_of(payment.agent_code, payment.operation_id):
        kept = await store.payments.found(*place)
    if kept is not None and place is not None:
        named = await store.registry_targets.named(spellings(payment.account_text))
        accounts = {one.account_id for found in named.values() for one in found}
        if kept.amount != payment.amount or place[0] not in accounts:
            raise Refused(Result.OTHER, "This txn_id was used for another payment")
    else:
        claimed = await store.terminals.claimed(payment.agent_code, payment.operation_id)
        if claimed is None:
            return None
        if claimed.amount != payment.amount or claimed.state not in _CAME:
            raise Refused(Result.OTHER, "A registry has told of this txn_id otherwise")
    return Told(result=Result.OK, payment_id=payment.payment_id, amount=payment.amount)
