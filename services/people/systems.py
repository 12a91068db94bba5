"""Systems and their keys: letting them in, changing keys without a pause, and checking what they sign."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.kernel.access import Actor, Scope
from domain.kernel.ids import ApiKeyId, SystemId
from domain.kernel.secrets import Box
from domain.people.signatures import PruneNonces, SignatureReplayed, SignatureWrong, SignedRequest
from domain.people.systems import MOST_LIVE_KEYS, ApiKey, IssuedKey, System, TooManyKeys
from domain.store import Transaction


@dataclass(frozen=True, slots=True)
class SystemService:
    transaction: Transaction
    box: Box
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    new_secret: Callable[[], str]

    async def add(self, name: str) -> System:
        """A new system, without keys. SystemNameTaken."""
        system = System(id=SystemId(self.new_id()), name=name, created_at=self.now())
        async with self.transaction() as store:
            await store.systems.add(system)
        return system

    async def add_key(self, system_id: SystemId, scopes: Iterable[Scope], *, valid_days: int) -> IssuedKey:
        """One key more; those it has go on working. SystemNotFound, TooManyKeys, ScopeNotForSystems."""
        at = self.now()
        key_id = ApiKeyId(self.new_id())
        key, issued = ApiKey.issued(
            key_id,
            system_id,
            scopes,
            secret=self.new_secret(),
            signing_secret=self.new_secret(),
            seal=lambda secret: self.box.seal(secret, of=str(key_id)),
            at=at,
            expires_at=at + timedelta(days=valid_days),
        )
        async with self.transaction() as store:
            known = await store.systems.keys_locked(system_id)
            if sum(one.is_live(at) for one in known) >= MOST_LIVE_KEYS:
                raise TooManyKeys(most=MOST_LIVE_KEYS)
            await store.systems.add_key(key)
        return issued

    async def all(self) -> list[tuple[System, list[ApiKey]]]:
        """Every system with its keys, revoked ones too."""
        async with self.transaction() as store:
            return await store.systems.all()

    async def revoke(self, system_id: SystemId, api_key_id: ApiKeyId) -> None:
        """ApiKeyNotFound. The key is dead within 5 s."""
        async with self.transaction() as store:
            await store.systems.revoke(system_id, api_key_id, self.now())

    async def check_signature(self, actor: Actor, request: SignedRequest) -> None:
        """Let the request of a key that must sign go on, once.

        SignatureWrong (also when the key has no secret to sign by), SignatureExpired, SignatureReplayed,
        BoxBroken.
        """
        key_id = ApiKeyId(actor.id)
        async with self.transaction() as store:
            sealed = await store.systems.sealed_signing_secret(key_id)
            if sealed is None:
                raise SignatureWrong
            until = request.check(self.box.unseal(sealed, of=str(key_id)), self.now())
            # Only what is signed right is kept, or anybody could fill the table.
            fresh = await store.systems.take_nonce(key_id, request.nonce, until)
        if not fresh:
            raise SignatureReplayed

    async def prune_nonces(self, job: PruneNonces) -> None:
        async with self.transaction() as store:
            await store.systems.prune_nonces(self.now())
