"""Signing in through identity providers, and linking their people to ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.ids import UserId
from domain.people.attempts import begin_door
from domain.people.customers import Customer, PhoneTaken
from domain.people.identities import (
    ExternalPerson,
    Identity,
    IdentityNotFound,
    IdentityProvider,
    IdentityTaken,
    IdentityUnknown,
    Offer,
    ProviderUnknown,
    PruneSignInRequests,
    SignInRequest,
    SignInRequestUnknown,
    SignInWay,
    local_path,
)
from domain.people.sessions import Tokens
from domain.people.tokens import digest
from domain.store import Store, Transaction
from services.people.sessions import SessionService
from services.people.tries import count_try, return_try


class Begun(msgspec.Struct, frozen=True):
    """The browser goes to `url`; `secret` stays with whoever began."""

    url: str
    secret: str
    expires_at: datetime


class CameBack(msgspec.Struct, frozen=True):
    """What the browser brought from the provider, and the secret of the beginning."""

    state: str
    code: str
    secret: str


@dataclass(frozen=True, slots=True)
class IdentityService:
    """`return_urls` are registered at each provider: where it sends the browser back, by its name."""

    transaction: Transaction
    sessions: SessionService
    providers: Mapping[str, IdentityProvider]
    return_urls: Mapping[str, str]
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    new_secret: Callable[[], str]
    zone: tzinfo

    def offers(self) -> list[Offer]:
        return [provider.offer for provider in self.providers.values()]

    async def begin(self, name: str, return_to: str | None, *, ip: str) -> Begun:
        """ProviderUnknown, ReturnInvalid, TooManyAttempts, IdentityProviderSilent."""
        provider = self._provider(name)
        path = local_path(return_to)
        async with self.transaction() as store:
            await count_try(store, [begin_door(ip)], self.now(), self.zone)
        way = SignInWay(
            state=str(UUID(bytes=digest(self.new_secret())[:16], version=4)),
            nonce=self.new_secret(),
            verifier=self.new_secret(),
            redirect_uri=self.return_urls[name],
        )
        url, secret = await provider.begin(way), self.new_secret()
        request = SignInRequest.begun(way, secret, name, return_to=path, at=self.now())
        async with self.transaction() as store:
            await store.identities.add_request(request)
        return Begun(url, secret, request.expires_at)

    async def return_path(self, name: str, state: str) -> str | None:
        """Where the browser that came back wants to go on. Nothing is used up. ProviderUnknown."""
        self._provider(name)
        async with self.transaction() as store:
            return await store.identities.return_path(digest(state), name)

    async def sign_in(self, back: CameBack, *, device: str, ip: str) -> Tokens:
        """Open a session of who came back; a confirmed newcomer becomes a customer.

        SignInRequestUnknown, IdentityRefused, IdentityProviderSilent, IdentityUnknown.
        """
        provider, person = await self._person(back)
        try:
            customer = await self._customer(provider, person, ip, may_be_new=True)
        except (IdentityTaken, PhoneTaken):
            # The same newcomer came twice at the same moment, and is known by now; or the phone is another
            # customer's: the provider's word is no proof that they want to be found by it.
            customer = await self._customer(provider, person, ip, may_be_new=False)
        return await self.sessions.open_for(customer, device=device, ip=ip)

    async def link(self, user_id: UserId, back: CameBack) -> tuple[Identity, bool]:
        """Let who came back sign in as this customer from now on; and whether that is new.

        SignInRequestUnknown, IdentityRefused, IdentityProviderSilent, IdentityTaken.
        """
        provider, person = await self._person(back)
        async with self.transaction() as store:
            known = await store.identities.linked(person.issuer, person.subject)
            if known is not None and known.user_id != user_id:
                raise IdentityTaken
            if known is not None:
                return known, False
            identity = self._identity(user_id, provider, person)
            await store.identities.add(identity)
        return identity, True

    async def of_user(self, user_id: UserId) -> list[Identity]:
        async with self.transaction() as store:
            return await store.identities.of_user(user_id)

    async def unlink(self, user_id: UserId, identity_id: UUID) -> None:
        """IdentityNotFound. Sessions opened by it go on."""
        async with self.transaction() as store:
            if not await store.identities.remove(user_id, identity_id):
                raise IdentityNotFound

    async def prune(self, job: PruneSignInRequests) -> None:
        async with self.transaction() as store:
            await store.identities.prune_requests(self.now())

    async def _person(self, back: CameBack) -> tuple[str, ExternalPerson]:
        """Who the provider says came back. The request is used up before anything is checked."""
        async with self.transaction() as store:
            request = await store.identities.take_request(digest(back.state))
        if request is None or not request.is_finished_by(back.secret, self.now()):
            raise SignInRequestUnknown
        way = SignInWay(
            state=back.state,
            nonce=request.nonce,
            verifier=request.verifier,
            redirect_uri=self.return_urls[request.provider],
        )
        return request.provider, await self._provider(request.provider).finish(back.code, way)

    async def _customer(
        self, provider: str, person: ExternalPerson, ip: str, *, may_be_new: bool
    ) -> Customer:
        async with self.transaction() as store:
            known = await store.identities.linked(person.issuer, person.subject)
            if known is None and not may_be_new:
                raise IdentityUnknown
            if known is None:
                customer = await self._welcomed(store, provider, person)
            else:
                found = await store.customers.by_id(known.user_id)
                if found is None:
                    raise IdentityUnknown
                customer = found
                await store.identities.save(replace(known, name=person.name, last_used_at=self.now()))
            await return_try(store, [begin_door(ip)], self.now())
        return customer

    async def _welcomed(self, store: Store, provider: str, person: ExternalPerson) -> Customer:
        """A new customer of somebody whose phone a trusted provider has verified. PhoneTaken."""
        if not person.may_open_account or person.phone is None:
            raise IdentityUnknown
        customer = Customer(
            id=UserId(self.new_id()),
            phone=person.phone,
            name=person.name,
            email=person.email,
            created_at=self.now(),
        )
        await store.customers.add(customer)
        await store.identities.add(self._identity(customer.id, provider, person))
        return customer

    def _identity(self, user_id: UserId, provider: str, person: ExternalPerson) -> Identity:
        return Identity(
            id=self.new_id(),
            user_id=user_id,
            provider=provider,
            issuer=person.issuer,
            subject=person.subject,
            name=person.name,
            linked_at=self.now(),
        )

    def _provider(self, name: str) -> IdentityProvider:
        found = self.providers.get(name)
        if found is None:
            raise ProviderUnknown
        return found
