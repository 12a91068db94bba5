"""Registries coming in: kept first, judged whole by a job, posted batch by batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from hashlib import sha256

from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.kernel.jobs import NotYet
from domain.payments.registries.agents import AgentNotFound
from domain.payments.registries.entries import Expected, ParsedRegistry, ParseRegistry, whole_faults
from domain.payments.registries.faults import FaultCode, RegistryFault
from domain.payments.registries.files import (
    FILE_MAX_BYTES,
    NAME_CHARS,
    JudgeRegistry,
    PaymentRegistry,
    RegistryEmpty,
    RegistryState,
    RegistryTooLarge,
)
from domain.payments.registries.rows import RegistryRow, RowState, staged
from domain.payments.registries.suspense import IdentifySuspense
from domain.payments.registries.targets import Target, spellings, target_of
from domain.store import Store, Transaction
from services.payments.registry_posting import RegistryPosting

_MB = 1024**2
OTHERS_POST = timedelta(seconds=2)
"""When another worker holds the last rows, this one looks again after so long."""

Progress = Callable[[RegistryState, int, int], None]
"""Told the state, how many rows have their fate, and of how many."""


def _silent(state: RegistryState, done: int, rows: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class RegistryService:
    transaction: Transaction
    parse: ParseRegistry
    posting: RegistryPosting
    now: Callable[[], datetime]
    zone: tzinfo

    async def receive(
        self,
        registry_id: AccountId,
        *,
        agent_code: str,
        file_name: str,
        body: bytes,
        who: str,
        expected: Expected,
        judges_itself: bool = False,
    ) -> PaymentRegistry:
        """Keep the file and promise to judge it, in one commit. The same bytes of the same agent are the file
        that is known; if it stands in quarantine it is judged anew.

        RegistryEmpty, RegistryTooLarge, RegistryIdTaken, AgentNotFound. With `judges_itself` nothing is
        promised: whoever calls goes on with `judge`.
        """
        _check_size(body)
        at = self.now()
        wanted = PaymentRegistry(
            id=registry_id,
            agent_code=agent_code,
            file_name=_name(file_name),
            sha256=sha256(body).digest(),
            size_bytes=len(body),
            who=who,
            received_at=at,
            expected=expected,
        )
        async with self.transaction() as store:
            await store.payment_agents.of(agent_code, business_day(at, self.zone))
            kept = await store.payment_registries.added(wanted, body)
            if kept.state is RegistryState.QUARANTINED:
                kept = kept.sent_again(expected)
                await store.payment_registries.save(kept)
            if kept.state is not RegistryState.POSTED and not judges_itself:
                job = JudgeRegistry(registry_id=kept.id)
                await store.jobs.add(job, run_at=at, key=job.key)
        return kept

    async def judge(self, job: JudgeRegistry) -> None:
        """Safe to repeat, and to be done by several at once: each takes rows that nobody holds."""
        registry = await self.work(job.registry_id)
        if registry.state is RegistryState.POSTING:
            raise NotYet(self.now() + OTHERS_POST)

    async def work(self, registry_id: AccountId, progress: Progress = _silent) -> PaymentRegistry:
        """As far as it can be brought: quarantined, posted, or still posting in other hands."""
        registry = await self.judged(registry_id)
        if registry.state is RegistryState.POSTING:
            await self._posted(registry, progress)
            registry = await self._finished(registry_id)
        return registry

    async def judged(self, registry_id: AccountId) -> PaymentRegistry:
        """Quarantined, or with all its rows ready to be posted."""
        async with self.transaction() as store:
            registry = await store.payment_registries.by_id(registry_id)
        return await self._judged(registry) if registry.state is RegistryState.RECEIVED else registry

    async def _judged(self, registry: PaymentRegistry) -> PaymentRegistry:
        day = business_day(registry.received_at, self.zone)
        async with self.transaction() as store:
            body = await store.payment_registries.body(registry.id)
            try:
                agent, layout = await store.payment_agents.of(registry.agent_code, day)
            except AgentNotFound:
                agent = None
        if agent is None:
            # Its contract was taken back meanwhile: a person must look.
            fault = RegistryFault(line_no=0, field="agent", code=FaultCode.UNREADABLE)
            return await self._kept(registry, None, [fault])
        parsed = await self.parse(body, agent, layout, day)
        return await self._kept(registry, parsed, [*whole_faults(parsed, registry.expected), *parsed.faults])

    async def _kept(
        self, registry: PaymentRegistry, parsed: ParsedRegistry | None, faults: list[RegistryFault]
    ) -> PaymentRegistry:
        """The whole file or nothing: rows, their operations and the synthetic account, or every fault."""
        at = self.now()
        async with self.transaction() as store:
            now = await store.payment_registries.locked(registry.id)
            if now.state is not RegistryState.RECEIVED or now.judging != registry.judging:
                return now  # somebody else was sooner
            if faults or parsed is None:
                count = len(faults) + (parsed.faults_count - len(parsed.faults) if parsed else 0)
                after = now.quarantined(parsed, count, at)
                await store.payment_registries.keep_faults(after.id, faults)
            else:
                after = now.accepted(parsed, at)
                await store.payment_registries.keep_faults(after.id, ())
                await store.registry_rows.open_account(after, at)
                claims = await store.registry_rows.claimed(after, parsed.entries)
                rows = staged(after, parsed.entries, claims, at)
                await store.registry_rows.add(await _aimed(store, rows))
            await store.payment_registries.save(after)
        return after

    async def _posted(self, registry: PaymentRegistry, progress: Progress) -> None:
        done = 0
        progress(registry.state, done, registry.rows)
        for unidentified in (False, True):
            while rows := await self.posting.post(registry.id, unidentified=unidentified):
                done += rows
                progress(registry.state, done, registry.rows)

    async def _finished(self, registry_id: AccountId) -> PaymentRegistry:
        at = self.now()
        async with self.transaction() as store:
            registry = await store.payment_registries.locked(registry_id)
            if registry.state is RegistryState.POSTING and not await store.registry_rows.is_waiting(
                registry_id
            ):
                registry = registry.posted(at)
                await store.payment_registries.save(registry)
                job = IdentifySuspense(account_id=registry_id)
                await store.jobs.add(job, run_at=at, key=job.key)
        return registry


async def _aimed(store: Store, rows: Sequence[RegistryRow]) -> list[RegistryRow]:
    """Each row that waits with the account its number names: so those of one account, and of accounts that
    lie side by side, are posted together."""
    numbers = [one for row in rows for text in row.account_texts for one in spellings(text)]
    named = await store.registry_targets.named(numbers)
    aims = [target_of(row, named, None, "none") for row in rows]
    return [
        row.aimed(aim.account_id) if row.state is RowState.WAITING and isinstance(aim, Target) else row
        for row, aim in zip(rows, aims, strict=True)
    ]


def _check_size(body: bytes) -> None:
    if not body:
        raise RegistryEmpty(field="body")
    if len(body) > FILE_MAX_BYTES:
        raise RegistryTooLarge(field="body", size_mb=-(-len(body) // _MB), limit_mb=FILE_MAX_BYTES // _MB)


def _name(name: str) -> str:
    """Of the file itself, without folders and what cannot be shown."""
    shown = "".join(one for one in name.replace("\\", "/").rpartition("/")[2] if one.isprintable())
    return shown.strip()[:NAME_CHARS] or "registry"
