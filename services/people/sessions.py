"""Signing in (in two steps where there is a second factor), staying signed in, signing out, and who stands
behind a token."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from domain.kernel.access import Actor, ActorKind
from domain.kernel.calendar import business_day
from domain.kernel.ids import SessionId, StaffId, UserId
from domain.people.attempts import Door, known_door, second_factor_doors, sign_in_door, sign_in_doors
from domain.people.challenges import Challenge, ChallengeRefused, ChallengeToken
from domain.people.customers import Customer
from domain.people.phones import Phone, normalised
from domain.people.second_factor import (
    CodeMaker,
    SecondFactorRequired,
    SecondFactorTerms,
    SecondFactorWrong,
)
from domain.people.sessions import (
    Ending,
    Passwords,
    Presences,
    RefreshTokenReused,
    Session,
    Sessions,
    SessionTerms,
    SignInFailed,
    Tokens,
)
from domain.people.staff import Staff, staff_login
from domain.people.tokens import AccessToken, Holder, RefreshToken, TokenRefused, parsed
from domain.store import Store, Transaction
from services.people.factor_use import factors_of, use_code
from services.people.tries import count_try, remember_network, return_try


@dataclass(frozen=True, slots=True)
class SessionService:
    transaction: Transaction
    passwords: Passwords
    presences: Presences
    code_maker: CodeMaker
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    new_secret: Callable[[], str]
    zone: tzinfo

    async def sign_in(self, phone: str, password: str, *, device: str, ip: str) -> Tokens:
        """Open a session of the customer with that phone, or else of staff whose login it is.

        PhoneInvalid, TooManyAttempts, SignInFailed; SecondFactorRequired after a right password.
        """
        return await self._sign_in(normalised(phone), password, device, ip, staff_only=False)

    async def sign_in_staff(self, login: str, password: str, *, device: str, ip: str) -> Tokens:
        """Open a session of staff; the same refusals as for customers."""
        return await self._sign_in(staff_login(login), password, device, ip, staff_only=True)

    async def open_for(
        self, person: Customer | Staff, *, device: str, ip: str, is_strong: bool = False
    ) -> Tokens:
        """Open a session of somebody whose identity was proved by other means than a password.

        SecondFactorRequired when they have a second factor, unless the proof `is_strong`: itself two
        factors, as a passkey that its device gave out only to its owner. Call it outside of any
        transaction, so that what was proved stays used.
        """
        async with self.transaction() as store:
            asked = None if is_strong else await self._challenge(store, person, ip, by_password=False)
            if asked is None:
                return await self._opened(store, person, device, ip)
        raise SecondFactorRequired(challenge=str(asked))

    async def pass_second_factor(self, challenge: str, code: str, *, device: str, ip: str) -> Tokens:
        """Complete a sign-in by a code of the second factor, or by a fallback code.

        ChallengeRefused, TooManyAttempts, SecondFactorWrong.
        """
        shown = ChallengeToken.parsed(challenge)
        async with self.transaction() as store:
            tried = await store.sign_in_challenges.locked(shown.id)
            if tried is None:
                raise ChallengeRefused
            tried = tried.tried(shown, self.now())
            known = await store.attempts.exists(known_door(tried.login, ip))
            doors = second_factor_doors(tried.owner_id, ip, known=known)
            await count_try(store, doors, self.now(), self.zone)
            await store.sign_in_challenges.save(tried)
        async with self.transaction() as store:
            passed = await self._passed(store, tried, code)
            person = await _challenged(store, passed)
            tokens = await self._opened(store, person, device, ip)
            await self._let_in(store, passed.login, ip, [*doors, *await _password_doors(store, passed)])
        return tokens

    async def refresh(self, token: str) -> Tokens:
        """New tokens for old ones. TokenRefused; RefreshTokenReused also ends the session."""
        shown = parsed(token)
        if not isinstance(shown, RefreshToken):
            raise TokenRefused
        at = self.now()
        async with self.transaction() as store:
            sessions = _sessions(store, shown.holder)
            session = await sessions.locked(shown.owner_id, shown.session_id)
            if session is None:
                raise TokenRefused
            reused = session.is_open(at) and session.is_reuse(shown)
            if reused:
                await sessions.save(session.ended(Ending.REFRESH_REUSED, at))
            else:
                terms = await store.terms.at(SessionTerms, business_day(at, self.zone))
                session, tokens = session.refreshed(
                    shown, lifetime=terms.of(shown.holder), new_secret=self.new_secret, at=at
                )
                await sessions.save(session)
        self.presences.forget(shown.owner_id, shown.session_id)
        # Raised only now, for the end of the session must be kept.
        if reused:
            raise RefreshTokenReused
        return tokens

    async def keep_in_browser(self, tokens: Tokens) -> AccessToken:
        """Turn a session just opened into a browser's: one token that lives on while it is used, and
        whose refresh token is thrown away.
        """
        shown, at = tokens.access, self.now()
        async with self.transaction() as store:
            sessions = _sessions(store, shown.holder)
            session = await sessions.locked(shown.owner_id, shown.session_id)
            if session is None:
                raise TokenRefused
            terms = await store.terms.at(SessionTerms, business_day(at, self.zone))
            await sessions.save(session.in_browser(terms.of(shown.holder), at))
        self.presences.forget(shown.owner_id, shown.session_id)
        return shown

    async def sign_out(self, actor: Actor) -> None:
        """End the session the actor came with. Nothing to do for systems or a second time."""
        if actor.session_id is None:
            return
        holder = Holder.STAFF if actor.kind is ActorKind.STAFF else Holder.CUSTOMER
        async with self.transaction() as store:
            sessions = _sessions(store, holder)
            if session := await sessions.locked(actor.id, actor.session_id):
                await sessions.save(session.ended(Ending.SIGNED_OUT, self.now()))
        self.presences.forget(actor.id, actor.session_id)

    async def actor_of(self, token: str) -> Actor:
        """Who stands behind an access token or a key; TokenRefused."""
        shown = parsed(token)
        if isinstance(shown, RefreshToken):
            raise TokenRefused
        at = self.now()
        presence = await self.presences.of(shown)
        if presence is None or not presence.admits(shown, at):
            raise TokenRefused
        if presence.is_stale(at):
            await self.presences.saw(shown, at)
        return presence.actor

    async def person(self, actor: Actor) -> Customer | Staff | None:
        """The person behind the actor; None for systems."""
        async with self.transaction() as store:
            if actor.kind is ActorKind.CUSTOMER:
                return await store.customers.by_id(UserId(actor.id))
            if actor.kind is ActorKind.STAFF:
                return await store.staff.by_id(StaffId(actor.id))
        return None

    async def _sign_in(self, login: str, password: str, device: str, ip: str, *, staff_only: bool) -> Tokens:
        async with self.transaction() as store:
            known = await store.attempts.exists(known_door(login, ip))
            doors = sign_in_doors(login, ip, known=known)
            await count_try(store, doors, self.now(), self.zone)
        async with self.transaction() as store:
            person = await _found(store, login, staff_only=staff_only)
        # Asked also when nobody was found, so that the time does not tell.
        right = await self.passwords.verified(password, person.password_hash if person else None)
        if person is None or not right:
            raise SignInFailed
        async with self.transaction() as store:
            # With a second factor the try is not returned yet: the password alone lets nobody in.
            asked = await self._challenge(store, person, ip, by_password=True)
            if asked is None:
                tokens = await self._opened(store, person, device, ip)
                await self._let_in(store, login, ip, doors)
                return tokens
        raise SecondFactorRequired(challenge=str(asked))

    async def _challenge(
        self, store: Store, person: Customer | Staff, ip: str, *, by_password: bool
    ) -> ChallengeToken | None:
        """The second step of this person's sign-in; None where one is enough."""
        holder = _holder(person)
        factor = await factors_of(store, holder).of(person.id)
        if factor is None or not factor.is_confirmed:
            return None
        at = self.now()
        challenge, token = Challenge.made(
            self.new_id(),
            holder,
            person.id,
            login=person.login if isinstance(person, Staff) else person.phone,
            by_password=by_password,
            ip=ip,
            secret=self.new_secret(),
            terms=await store.terms.at(SecondFactorTerms, business_day(at, self.zone)),
            at=at,
        )
        await store.sign_in_challenges.add(challenge)
        return token

    async def _passed(self, store: Store, tried: Challenge, code: str) -> Challenge:
        at = self.now()
        challenge = await store.sign_in_challenges.locked(tried.id)
        if challenge is None:
            raise ChallengeRefused
        passed = challenge.passed(at)
        if not await use_code(store, self.code_maker, tried.holder, tried.owner_id, code, at):
            raise SecondFactorWrong
        await store.sign_in_challenges.save(passed)
        return passed

    async def _opened(self, store: Store, person: Customer | Staff, device: str, ip: str) -> Tokens:
        at = self.now()
        holder = _holder(person)
        terms = await store.terms.at(SessionTerms, business_day(at, self.zone))
        session, tokens = Session.opened(
            holder,
            person.id,
            SessionId(self.new_id()),
            lifetime=terms.of(holder),
            new_secret=self.new_secret,
            at=at,
            device=device,
            ip=ip,
        )
        await _sessions(store, holder).add(session)
        return tokens

    async def _let_in(self, store: Store, login: str, ip: str, doors: list[Door]) -> None:
        at = self.now()
        await return_try(store, sorted(doors), at)
        await store.attempts.forget(sign_in_door(login, ip))
        await remember_network(store, login, ip, at)


async def _found(store: Store, login: str, *, staff_only: bool) -> Customer | Staff | None:
    # Both are always asked for: the number of queries must not tell either.
    member = await store.staff.by_login(login)
    customer = await store.customers.by_phone(Phone(login))
    return member if staff_only else customer or member


async def _challenged(store: Store, challenge: Challenge) -> Customer | Staff:
    """Who was challenged. ChallengeRefused when they are let in no more."""
    if challenge.holder is Holder.STAFF:
        member = await store.staff.by_id(StaffId(challenge.owner_id))
        if member is None or member.disabled_at is not None:
            raise ChallengeRefused
        return member
    customer = await store.customers.by_id(UserId(challenge.owner_id))
    if customer is None:
        raise ChallengeRefused
    return customer


async def _password_doors(store: Store, challenge: Challenge) -> list[Door]:
    """What the first step was counted at, and not returned."""
    if not challenge.by_password:
        return []
    known = await store.attempts.exists(known_door(challenge.login, challenge.ip))
    return sign_in_doors(challenge.login, challenge.ip, known=known)


def _holder(person: Customer | Staff) -> Holder:
    return Holder.STAFF if isinstance(person, Staff) else Holder.CUSTOMER


def _sessions(store: Store, holder: Holder) -> Sessions:
    return store.staff_sessions if holder is Holder.STAFF else store.sessions
