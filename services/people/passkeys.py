"""Making passkeys, signing in by them, and removing them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from domain.kernel.errors import Unauthenticated
from domain.kernel.ids import UserId
from domain.people.attempts import begin_door
from domain.people.passkeys import (
    MOST_PASSKEYS,
    Assertion,
    Attestation,
    Authenticators,
    Options,
    Passkey,
    PasskeyChallenge,
    PasskeyNotFound,
    PasskeyNotMade,
    PasskeyRefused,
    PrunePasskeyChallenges,
    TooManyPasskeys,
)
from domain.people.sessions import Tokens
from domain.store import Transaction
from services.people.sessions import SessionService
from services.people.tries import count_try, return_try


@dataclass(frozen=True, slots=True)
class PasskeyService:
    transaction: Transaction
    sessions: SessionService
    authenticators: Authenticators
    now: Callable[[], datetime]
    new_challenge: Callable[[], bytes]
    zone: tzinfo

    async def making_options(self, user_id: UserId, *, ip: str) -> Options:
        """What the browser needs to make a passkey. TooManyAttempts, TooManyPasskeys."""
        async with self.transaction() as store:
            await count_try(store, [begin_door(ip)], self.now(), self.zone)
        challenge = PasskeyChallenge.made(self.new_challenge(), self.now(), user_id)
        async with self.transaction() as store:
            customer = await store.customers.by_id(user_id)
            if customer is None:
                raise Unauthenticated
            passkeys = await store.passkeys.of_user(user_id)
            _check_count(passkeys)
            await store.passkeys.add_challenge(challenge)
        return self.authenticators.making_options(customer, passkeys, challenge.value)

    async def add(self, user_id: UserId, name: str, attestation: Attestation) -> Passkey:
        """Keep the key the authenticator made. PasskeyNotMade, PasskeyTaken, TooManyPasskeys."""
        challenge = await self._taken(attestation.client_data)
        at = self.now()
        if challenge is None or not challenge.serves(user_id, at):
            raise PasskeyNotMade
        made = self.authenticators.made(attestation, challenge.value)
        passkey = Passkey(
            user_id=user_id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            name=name,
            transports=attestation.transports,
            created_at=at,
        )
        async with self.transaction() as store:
            _check_count(await store.passkeys.of_user(user_id))
            await store.passkeys.add(passkey)
        return passkey

    async def of_user(self, user_id: UserId) -> list[Passkey]:
        async with self.transaction() as store:
            return await store.passkeys.of_user(user_id)

    async def remove(self, user_id: UserId, credential_id: bytes) -> None:
        """PasskeyNotFound. Sessions opened by it go on."""
        async with self.transaction() as store:
            if not await store.passkeys.remove(user_id, credential_id):
                raise PasskeyNotFound

    async def signing_options(self, *, ip: str) -> Options:
        """What the browser needs to sign in. It names nobody: the device knows its keys. TooManyAttempts."""
        challenge = PasskeyChallenge.made(self.new_challenge(), self.now())
        async with self.transaction() as store:
            await count_try(store, [begin_door(ip)], self.now(), self.zone)
            await store.passkeys.add_challenge(challenge)
        return self.authenticators.signing_options(challenge.value)

    async def sign_in(self, assertion: Assertion, *, device: str, ip: str) -> Tokens:
        """Open a session of whose passkey it is. PasskeyRefused, PasskeyCloned."""
        challenge = await self._taken(assertion.client_data)
        if challenge is None or not challenge.serves(None, self.now()):
            raise PasskeyRefused
        async with self.transaction() as store:
            passkey = await store.passkeys.locked(assertion.credential_id)
            if passkey is None or assertion.user_handle != passkey.user_id.bytes:
                raise PasskeyRefused
            sign_count = self.authenticators.signed(assertion, challenge.value, passkey.public_key)
            await store.passkeys.save(passkey.used(sign_count, self.now()))
            customer = await store.customers.by_id(passkey.user_id)
            if customer is None:
                raise PasskeyRefused
            await return_try(store, [begin_door(ip)], self.now())
        # The device and its owner are two factors already.
        return await self.sessions.open_for(customer, device=device, ip=ip, is_strong=True)

    async def prune(self, job: PrunePasskeyChallenges) -> None:
        async with self.transaction() as store:
            await store.passkeys.prune_challenges(self.now())

    async def _taken(self, client_data: bytes) -> PasskeyChallenge | None:
        """Committed before anything is checked: a refused answer has used its challenge up too."""
        claimed = self.authenticators.challenge_in(client_data)
        async with self.transaction() as store:
            return await store.passkeys.take_challenge(claimed)


def _check_count(passkeys: list[Passkey]) -> None:
    if len(passkeys) >= MOST_PASSKEYS:
        raise TooManyPasskeys(count=len(passkeys))
