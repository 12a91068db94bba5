"""Acting for a company by a power of attorney: presenting, confirming, checking again, ending."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from msgspec.structs import replace

from domain.accounts.requisites import inn
from domain.kernel.access import OURSELVES, Access, Actor, ActorKind, Scope, ScopeMissing
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, PowerId, StaffId, UserId
from domain.people.attempts import proof_doors
from domain.people.delegation import Circle
from domain.people.grants import GrantEvent, GrantRecord
from domain.people.memberships import Membership
from domain.people.power_refusals import (
    PowerNotAccepted,
    PowerNotFound,
    PowerNotValid,
    PowerPresented,
    PowerUnchecked,
)
from domain.people.powers import (
    Power,
    PowerCheck,
    PowerKind,
    PowerRegister,
    Powers,
    PowerStatus,
    PowerTerms,
    RecheckPower,
    RegisterAnswer,
    Standing,
)
from domain.people.staff import Role
from domain.store import Store, Transaction
from services.people.tries import count_try, return_try

_DECIDERS = frozenset({Role.SENIOR_OPERATOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class PowerService:
    """The register is asked between transactions, never in one. `powers` reads outside of any."""

    transaction: Transaction
    powers: Powers
    register: PowerRegister
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo

    async def present(self, account_number: str, asked: Power) -> tuple[Power, bool]:
        """The power as it waits for staff, and whether this call made it. `asked` lacks its account.

        WrongInn, TooManyAttempts, PowerNotValid, PowerUnchecked, PowerDatesWrong, PowerNotAccepted,
        PowerPresented, PowerIdTaken. The register is asked before the account is looked for: its time
        tells nothing of the account.
        """
        inn(asked.issuer_inn, field="issuer_inn")
        inn(asked.representative_inn, field="representative_inn")
        number = "".join(account_number.split())
        doors = proof_doors(asked.user_id, number)
        async with self.transaction() as store:
            await count_try(store, doors, self.now(), self.zone)
        answer = await self._asked(asked)
        if answer is not None:
            asked = _as_registered(asked, answer)
        asked.entered(self.zone)
        async with self.transaction() as store:
            account_id = await store.powers.account_of(number, asked.issuer_inn)
            if account_id is None:
                raise PowerNotAccepted(field="account_number")
            power, is_new = await self._entered(store, replace(asked, account_id=account_id))
            if is_new and answer is not None:
                await self._note(store, power, answer.standing)
            await return_try(store, doors, self.now())
        return power, is_new

    async def _entered(self, store: Store, power: Power) -> tuple[Power, bool]:
        circle = await store.delegations.circle_locked(_ours(power.account_id, self.now()))
        if kept := await store.powers.found(power.account_id, power.id):
            return kept.same_as(power), False
        terms = await self._terms(store)
        terms.given_by(power.codes)
        live = await store.powers.live(power.account_id, power.user_id)
        if live is not None:
            live = await self._still_live(store, circle, live)
        if live is not None or circle.has(power.user_id, self.now()):
            raise PowerPresented
        await store.powers.add(power)
        return power, True

    async def _still_live(self, store: Store, circle: Circle, live: Power) -> Power | None:
        """A former power, unless its time is over or its right was taken away."""
        after = live.checked(None, self.now(), self.zone)
        if after.status is PowerStatus.ACTIVE and circle.representative(live.user_id) is None:
            after = after.revoked(OURSELVES.id, self.now())
        if after.is_live:
            return after
        await self._settle(store, circle, live, after)
        return None

    async def confirm(self, access: Access, power_id: PowerId) -> Power:
        """Staff have seen that the person is the representative. Their right begins.

        ScopeMissing, PowerNotFound, PowerDecided, PowerNotValid, PowerUnchecked, PowerPresented.
        """
        by = _decider(access.actor)
        async with self.transaction() as store:
            power = await _known(store, access.account_id, power_id)
        answer = await self._asked(power) if power.status is PowerStatus.WAITING else None
        if answer is not None and answer.standing is Standing.UNREACHABLE:
            raise PowerUnchecked
        async with self.transaction() as store:
            circle = await store.delegations.circle_locked(access)
            kept = await _known(store, access.account_id, power_id)
            power = kept.checked(answer, access.at, self.zone)
            if answer is not None:
                await self._note(store, power, answer.standing)
            if power.is_live:
                power = power.confirmed(by, access.at, self.zone)
                await self._let_act(store, circle, power, access)
            elif not kept.is_live:
                power = kept.confirmed(by, access.at, self.zone)  # says that it is decided
            await store.powers.save(power)
        if power.status is not PowerStatus.ACTIVE:
            raise PowerNotValid
        return power

    async def _let_act(self, store: Store, circle: Circle, power: Power, by: Access) -> None:
        if circle.closed_at is not None:
            raise PowerNotAccepted
        if await store.customers.by_id(power.user_id) is None:
            raise PowerNotFound
        if circle.has(power.user_id, by.at):
            raise PowerPresented
        terms = await self._terms(store)
        member = power.membership(by.at, terms, self.zone)
        await store.delegations.keep(member)
        await self._record(store, GrantEvent.JOINED, member, by)
        await self._promise_recheck(store, power, terms)

    async def waiting(self, actor: Actor, limit: int) -> list[Power]:
        """What waits for those who may decide it. ScopeMissing for others."""
        _decider(actor)
        return await self.powers.waiting(limit)

    async def refuse(self, access: Access, power_id: PowerId, reason: str) -> Power:
        """ScopeMissing, PowerNotFound, PowerDecided."""
        by = _decider(access.actor)
        async with self.transaction() as store:
            await store.delegations.circle_locked(access)
            power = await _known(store, access.account_id, power_id)
            refused = power.refused(by, access.at, reason)
            await store.powers.save(refused)
        return refused

    async def revoke(self, access: Access, power_id: PowerId) -> None:
        """End a power here at once: its holder, whoever manages the account, senior staff. Repeated:
        nothing more happens. PowerNotFound also for those whom it does not concern."""
        async with self.transaction() as store:
            circle = await store.delegations.circle_locked(_ours(access.account_id, access.at))
            power = await _known(store, access.account_id, power_id)
            if not _may_revoke(access, power, circle):
                raise PowerNotFound
            await self._settle(store, circle, power, power.revoked(access.actor.id, access.at), access)

    async def check_act(self, access: Access) -> None:
        """Before a legally significant act of a customer: whether the power they act by, if they do, still
        holds. PowerNotValid, and the right is ended; PowerUnchecked."""
        power = await self.powers.acting(access.account_id, UserId(access.actor.id))
        if power is None:
            return
        async with self.transaction() as store:
            terms = await self._terms(store)
        if power.holds_on(business_day(access.at, self.zone)) and not power.needs_check(access.at, terms):
            return
        power = await self._looked_at(power, terms)
        if power.status is not PowerStatus.ACTIVE:
            raise PowerNotValid
        if power.needs_check(access.at, terms):
            power.check_held(access.at, terms)

    async def recheck(self, job: RecheckPower) -> None:
        """The same without an act; promises itself anew while the power is in force."""
        async with self.transaction() as store:
            power = await store.powers.found(job.account_id, job.power_id)
            terms = await self._terms(store)
        if power is None or power.status is not PowerStatus.ACTIVE:
            return
        power = await self._looked_at(power, terms)
        if power.status is PowerStatus.ACTIVE:
            async with self.transaction() as store:
                await self._promise_recheck(store, power, terms)

    async def _looked_at(self, power: Power, terms: PowerTerms) -> Power:
        """Ask the register, keep its answer, and end the right in the same transaction if it is over."""
        answer = await self._asked(power)
        at = self.now()
        async with self.transaction() as store:
            circle = await store.delegations.circle_locked(_ours(power.account_id, at))
            kept = await _known(store, power.account_id, power.id)
            checked = kept.checked(answer, at, self.zone)
            if answer is not None:
                await self._note(store, kept, answer.standing)
            if checked.is_live and not terms.left_of(checked.codes):
                checked = replace(checked, status=PowerStatus.REVOKED)
            await self._settle(store, circle, kept, checked)
            if checked.status is PowerStatus.ACTIVE:
                await self._follow(store, circle, checked, terms)
        return checked

    async def _follow(self, store: Store, circle: Circle, power: Power, terms: PowerTerms) -> None:
        """The right follows what the register says now."""
        member = circle.representative(power.user_id)
        if member is None:
            return
        wanted = power.membership(member.added_at, terms, self.zone)
        if wanted != member:
            await store.delegations.keep(wanted)
            await self._record(store, GrantEvent.CHANGED, wanted, _ours(power.account_id, self.now()))

    async def _settle(
        self, store: Store, circle: Circle, before: Power, after: Power, by: Access | None = None
    ) -> None:
        """Keep the power; with its end the representative's right ends too."""
        if after != before:
            await store.powers.save(after)
        member = circle.representative(after.user_id)
        if member is not None and before.status is PowerStatus.ACTIVE and not after.is_live:
            await store.delegations.end(after.account_id, after.user_id)
            ours = _ours(after.account_id, self.now())
            await self._record(store, GrantEvent.ENDED, member, by or ours, reason=after.status)

    async def _asked(self, power: Power) -> RegisterAnswer | None:
        if power.kind is PowerKind.PAPER:
            return None
        return await self.register.check(UUID(power.number), power.issuer_inn, power.representative_inn)

    async def _note(self, store: Store, power: Power, standing: Standing) -> None:
        made, at = self.new_id(), self.now()
        await store.powers.note(
            PowerCheck(id=made, account_id=power.account_id, power_id=power.id, standing=standing, at=at)
        )

    async def _promise_recheck(self, store: Store, power: Power, terms: PowerTerms) -> None:
        job = RecheckPower(account_id=power.account_id, power_id=power.id)
        at = min(self.now() + timedelta(seconds=terms.recheck_seconds), power.ends_at(self.zone))
        await store.jobs.add(job, run_at=at, key=f"recheck-power:{power.id}")

    async def _record(
        self, store: Store, what: GrantEvent, right: Membership, by: Access, reason: str | None = None
    ) -> None:
        await store.delegations.record(GrantRecord.of(what, right, by, id=self.new_id(), reason=reason))

    async def _terms(self, store: Store) -> PowerTerms:
        return await store.terms.at(PowerTerms, business_day(self.now(), self.zone))


def _as_registered(asked: Power, answer: RegisterAnswer) -> Power:
    """What the register says stands instead of what was typed."""
    if answer.standing is Standing.UNREACHABLE:
        raise PowerUnchecked
    if answer.standing is not Standing.ACTIVE or answer.valid_until is None:
        raise PowerNotValid(field="number")
    return replace(asked, codes=answer.codes, valid_until=answer.valid_until)


async def _known(store: Store, account_id: AccountId, power_id: PowerId) -> Power:
    power = await store.powers.found(account_id, power_id)
    if power is None:
        raise PowerNotFound
    return power


def _decider(actor: Actor) -> StaffId:
    if actor.kind is not ActorKind.STAFF or actor.role not in _DECIDERS:
        raise ScopeMissing(scope=Scope.MANAGE)
    return StaffId(actor.id)


def _may_revoke(access: Access, power: Power, circle: Circle) -> bool:
    actor = access.actor
    if actor.kind is not ActorKind.CUSTOMER:
        return bool(_decider(actor))
    mine = (one for one in circle.in_force(access.at) if one.user_id == actor.id)
    return power.user_id == actor.id or any(Scope.MANAGE in one.scopes for one in mine)


def _ours(account_id: AccountId, at: datetime) -> Access:
    """The product itself, when it follows what the register says."""
    return Access(actor=OURSELVES, account_id=account_id, scope=Scope.SEE, at=at)
