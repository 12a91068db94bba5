"""“I insist”, and an operator's decision on what was insisted on or asked to be corrected."""

from dataclasses import dataclass

from domain.kernel.access import Access, ActorKind
from domain.kernel.files import Files, picture_kind
from domain.kernel.ids import MeterId, ReadingId
from domain.readings.deciding import (
    NothingToDecide,
    NothingToInsistOn,
    OperatorsOnly,
    decided,
    insisted,
    is_decided_alike,
    is_insisted_alike,
)
from domain.readings.judging import Histories
from domain.readings.readings import Insistence, Reading, ReadingNotFound
from domain.store import Store, Transaction
from services.readings.submitting import A_YEAR


@dataclass(frozen=True, slots=True)
class InsistenceService:
    transaction: Transaction
    files: Files

    async def insist(
        self, access: Access, meter_id: MeterId, reading_id: ReadingId, comment: str, photo: bytes | None
    ) -> Reading:
        """An operator will look at it. Safe to repeat; PictureWanted, ReadingNotFound, NothingToInsistOn."""
        sha256 = None
        if photo is not None:
            picture_kind(photo)
            async with self.transaction() as store:
                await store.readings.sending_account(access)
            sha256 = await self.files.keep(access.account_id, photo)
        async with self.transaction() as store:
            await store.readings.sending_account(access)
            before = await _locked(store, access, meter_id, reading_id)
            insistence = Insistence(comment=comment, at=access.at, photo_sha256=sha256)
            if is_insisted_alike(before, comment, sha256):
                return before
            if before.insistence is not None and not any(value.operator_since for value in before.values):
                raise NothingToInsistOn
            after = insisted(before, insistence)
            await store.readings.save(before, after, (), access.actor, access.at, comment)
        return after


@dataclass(frozen=True, slots=True)
class DecisionService:
    transaction: Transaction

    async def decide(
        self, access: Access, meter_id: MeterId, reading_id: ReadingId, *, accept: bool, reason: str
    ) -> Reading:
        """An operator accepts or refuses what waits for a word. Safe to repeat; OperatorsOnly,
        ReadingNotFound, NothingToDecide."""
        if access.actor.kind is not ActorKind.STAFF:
            raise OperatorsOnly
        async with self.transaction() as store:
            before = await _locked(store, access, meter_id, reading_id)
            try:
                after, replaced = decided(before, await _histories(store, access, before), accept=accept)
            except NothingToDecide:
                if is_decided_alike(before, accept=accept):
                    return before
                raise
            await store.readings.save(before, after, replaced, access.actor, access.at, reason)
        return after


async def _locked(store: Store, access: Access, meter_id: MeterId, reading_id: ReadingId) -> Reading:
    """Changes of readings are made under the lock of their meter."""
    await store.meters.locked(access.account_id, [meter_id])
    found = await store.readings.found(access.account_id, [reading_id])
    if reading_id not in found or found[reading_id].meter_id != meter_id:
        raise ReadingNotFound
    return found[reading_id]


async def _histories(store: Store, access: Access, reading: Reading) -> Histories:
    keys = [(reading.meter_id, value.zone, value.direction) for value in reading.values]
    found = await store.readings.histories(access.account_id, keys, since=access.at.date() - A_YEAR)
    return {(zone, direction): history for (_, zone, direction), history in found.items()}
