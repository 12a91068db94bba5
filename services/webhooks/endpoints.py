"""A legal entity's webhooks: registered, their secret changed, ended, played again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from domain.accounts.accounts import AccountKind
from domain.kernel.access import Access
from domain.kernel.calendar import business_day
from domain.kernel.secrets import Box
from domain.store import Store, Transaction
from domain.webhooks.endpoints import (
    DeliverWebhooks,
    Endpoint,
    EndpointId,
    EndpointIdTaken,
    EndpointNotFound,
    NotForResidents,
    Receivers,
    TooManyEndpoints,
    WebhookLimits,
)
from services.webhooks.signing import secret_of


@dataclass(frozen=True, slots=True)
class WebhookService:
    """`random` gives 32 bytes for a secret."""

    transaction: Transaction
    receivers: Receivers
    box: Box
    random: Callable[[], bytes]
    zone: tzinfo

    async def register(
        self, access: Access, endpoint_id: EndpointId, url: str
    ) -> tuple[Endpoint, str | None]:
        """The endpoint with its secret, which is shown this once: None when it was registered before.

        AddressRefused, NotForResidents, TooManyEndpoints, EndpointIdTaken.
        """
        async with self.transaction() as store:
            account = (await store.accounts.card(access)).account
        if account.kind is not AccountKind.CONTRACT:
            raise NotForResidents
        await self.receivers.check(url)
        secret = secret_of(self.random())
        async with self.transaction() as store:
            await store.ledger.standing_locked(account.id)  # counts and equal requests meet here
            if kept := await store.webhooks.locked(account.id, endpoint_id):
                if kept.url != url or kept.ended_at is not None:
                    raise EndpointIdTaken
                return kept, None
            limits = await self._limits(store, access.at)
            if len(await store.webhooks.live_locked(account.id)) >= limits.most_endpoints:
                raise TooManyEndpoints(most=limits.most_endpoints)
            endpoint = Endpoint(
                id=endpoint_id,
                account_id=account.id,
                url=url,
                sealed=self.box.seal(secret, of=str(endpoint_id)),
                made_at=access.at,
                made_by=access.actor.name,
            )
            await store.webhooks.add(endpoint)
        return endpoint, secret

    async def rotate(self, access: Access, endpoint_id: EndpointId) -> str:
        """A new secret; the former one signs along for a while. EndpointNotFound."""
        secret = secret_of(self.random())
        async with self.transaction() as store:
            endpoint = await self._locked(store, access, endpoint_id)
            sealed = self.box.seal(secret, of=str(endpoint_id))
            limits = await self._limits(store, access.at)
            await store.webhooks.save(endpoint.rotated(sealed, limits, access.at))
        return secret

    async def end(self, access: Access, endpoint_id: EndpointId) -> None:
        """Nothing is sent there any more. EndpointNotFound."""
        async with self.transaction() as store:
            endpoint = await self._locked(store, access, endpoint_id)
            await store.webhooks.save(endpoint.ended(access.at))

    async def replay(self, access: Access, endpoint_id: EndpointId, from_no: int) -> int:
        """Send everything from that number on once more, in order; how many. EndpointNotFound."""
        async with self.transaction() as store:
            endpoint = await self._locked(store, access, endpoint_id)
            count = await store.webhooks.replay(endpoint, from_no, access.at)
            await store.webhooks.save(endpoint.rested())
            job = DeliverWebhooks(account_id=endpoint.account_id, endpoint_id=endpoint.id)
            await store.jobs.add(job, run_at=access.at, key=job.merges_by)
        return count

    async def _locked(self, store: Store, access: Access, endpoint_id: EndpointId) -> Endpoint:
        await store.accounts.card(access)
        endpoint = await store.webhooks.locked(access.account_id, endpoint_id)
        if endpoint is None or endpoint.ended_at is not None:
            raise EndpointNotFound
        return endpoint

    async def _limits(self, store: Store, at: datetime) -> WebhookLimits:
        return await store.terms.at(WebhookLimits, business_day(at, self.zone))
