"""Telling endpoints of public steps, and bringing them what they were promised, in order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

import msgspec

from domain.cases.cases import Case, TellOfStep
from domain.cases.steps import Step
from domain.kernel.calendar import business_day
from domain.kernel.ids import derived
from domain.kernel.jobs import NotYet
from domain.kernel.secrets import Box, BoxBroken
from domain.store import Store, Transaction
from domain.webhooks.endpoints import (
    Attempt,
    DeliverWebhooks,
    Delivery,
    Endpoint,
    Receivers,
    Sent,
    WebhookLimits,
)
from services.webhooks.signing import headers

CASE_STEP = "case.step"
_LOOKS_BACK = timedelta(days=7)
"""Steps are told within seconds. What is older was told long ago and may have left the log since."""
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """Lock order: an endpoint is locked after everything else."""

    transaction: Transaction
    receivers: Receivers
    box: Box
    now: Callable[[], datetime]
    zone: tzinfo

    async def note_step(self, job: TellOfStep) -> None:
        """Promise each endpoint of the account the public steps of the case that it does not know of yet:
        however the jobs of its steps overtake each other, it hears of them in their order."""
        at = self.now()
        async with self.transaction() as store:
            endpoints = await store.webhooks.live_locked(job.account_id)
            if not endpoints:
                return
            case = await store.cases.found(job.account_id, job.case_id)
            assert case is not None
            steps = [one for one in await store.cases.steps(job.account_id, job.case_id) if one.is_public]
            for endpoint in endpoints:
                since = max(endpoint.made_at, at - _LOOKS_BACK)
                new = await _unknown(store, endpoint, [step for step in steps if step.at >= since])
                if new:
                    await self._promise(store, endpoint, case, new, at)

    async def deliver(self, job: DeliverWebhooks) -> None:
        """One after another; the next only when the one before was taken or given up. NotYet while the
        endpoint does not answer well, or while another worker is at it."""
        for _ in range(_AT_ONCE):
            async with self.transaction() as store:
                taken = await self._taken(store, job)
            if taken is None:
                return
            endpoint, delivery = taken
            began = self.now()
            body = delivery.body.encode()
            try:
                signed = headers(self._secrets(endpoint, began), delivery.event_id, delivery.no, began, body)
            except BoxBroken:
                sent = Sent(fault="secret-unreadable")
            else:
                sent = await self.receivers.post(endpoint.url, signed, body)
            async with self.transaction() as store:
                wait = await self._note(store, job, delivery, sent)
            if wait is not None:
                raise NotYet(wait)
        raise NotYet(self.now())

    async def _promise(
        self, store: Store, endpoint: Endpoint, case: Case, steps: Sequence[Step], at: datetime
    ) -> None:
        deliveries = [
            Delivery(
                endpoint_id=endpoint.id,
                account_id=endpoint.account_id,
                no=no,
                event_id=_event_id(step),
                event=CASE_STEP,
                body=_body(no, case, step),
                made_at=at,
                tried_since=at,
            )
            for no, step in enumerate(steps, endpoint.last_no + 1)
        ]
        await store.webhooks.add_deliveries(deliveries)
        await store.webhooks.save(endpoint.numbered(len(deliveries)))
        job = DeliverWebhooks(account_id=endpoint.account_id, endpoint_id=endpoint.id)
        await store.jobs.add(job, run_at=at, key=job.merges_by)

    async def _taken(self, store: Store, job: DeliverWebhooks) -> tuple[Endpoint, Delivery] | None:
        endpoint = await store.webhooks.locked(job.account_id, job.endpoint_id)
        if endpoint is None or endpoint.ended_at is not None:
            return None
        at = self.now()
        if wait := endpoint.waits_until(at):
            raise NotYet(wait)
        delivery = await store.webhooks.next_waiting(endpoint)
        if delivery is None:
            await store.webhooks.save(endpoint.rested())
            return None
        await store.webhooks.save(endpoint.taken(at))
        return endpoint, delivery

    async def _note(
        self, store: Store, job: DeliverWebhooks, delivery: Delivery, sent: Sent
    ) -> datetime | None:
        """The moment to try again; None when the next may go at once."""
        endpoint = await store.webhooks.locked(job.account_id, job.endpoint_id)
        assert endpoint is not None
        at = self.now()
        limits = await store.terms.at(WebhookLimits, business_day(at, self.zone))
        attempt = Attempt(
            no=delivery.attempts + 1, at=at, status=sent.status, fault=sent.fault, took_ms=sent.took_ms
        )
        await store.webhooks.save_delivery(delivery.tried(attempt, limits), attempt)
        if attempt.is_good:
            await store.webhooks.save(endpoint.answered())
            return None
        failed = endpoint.failed(attempt.no, at)
        await store.webhooks.save(failed)
        return failed.next_try_at

    def _secrets(self, endpoint: Endpoint, at: datetime) -> list[str]:
        return [self.box.unseal(sealed, of=str(endpoint.id)) for sealed in endpoint.signs_by(at)]


def _event_id(step: Step) -> UUID:
    return derived(step.case_id, f"step:{step.no}")


async def _unknown(store: Store, endpoint: Endpoint, steps: Sequence[Step]) -> list[Step]:
    known = await store.webhooks.known(endpoint, [_event_id(step) for step in steps])
    return [step for step in steps if _event_id(step) not in known]


def _body(no: int, case: Case, step: Step) -> str:
    """What a receiver reads; docs/webhooks.md. Staff stand in it by name, as in the timeline."""
    event = {
        "id": _event_id(step),
        "number": no,
        "type": CASE_STEP,
        "at": step.at,
        "account_id": case.account_id,
        "case": {
            "id": case.id,
            "number": case.number,
            "family": case.family,
            "kind": case.kind,
            "state": step.state,
            "due_on": case.due_on,
        },
        "step": {
            "no": step.no,
            "verb": step.verb,
            "by": {"kind": step.by.kind, "name": step.by.name},
            "public_note": step.public_note,
            "holder": step.holder,
            "until": step.until,
        },
    }
    return msgspec.json.encode(event).decode()
