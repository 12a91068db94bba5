"""Posting one batch of a registry's rows: each transaction gives every one of its rows a fate."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from domain.accounts.ledger import AlreadyPosted, Standing
from domain.kernel.access import OURSELVES
from domain.kernel.calendar import business_day
from domain.kernel.errors import TryAgain
from domain.kernel.ids import AccountId
from domain.payments.explanation import AllocationRule
from domain.payments.payments import CheckPayment
from domain.payments.registries.agents import PaymentAgent
from domain.payments.registries.posting import ComingIn, Home, HomePosting, after, coming_in, meant, suspended
from domain.payments.registries.rows import RegistryRow, RowCode, RowState
from domain.payments.registries.suggestions import SuspenseTerms
from domain.payments.registries.suspense import RowStep
from domain.payments.registries.targets import OnlinePayment, Target, online_fate, spellings, target_of
from domain.store import Store, Transaction

TRIES = 5


@dataclass(frozen=True, slots=True)
class RegistryPosting:
    """Locks: rows, then heads by id. Money of unknown accounts is left for a second pass, so that batches
    side by side do not wait for the one head of the file's own account."""

    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo
    rows_at_once: int = 400

    async def post(self, registry_id: AccountId, *, unidentified: bool) -> int:
        """How many rows went on; 0 when none is left that nobody else holds."""
        for attempt in range(1, TRIES + 1):
            try:
                async with self.transaction() as store:
                    rows = await store.registry_rows.waiting_locked(
                        registry_id, self.rows_at_once, unidentified=unidentified
                    )
                    if rows:
                        await (self._suspend if unidentified else self._bring)(store, rows)
                return len(rows)
            except (TryAgain, AlreadyPosted):  # the agent's terminal may have come in between
                if attempt == TRIES:
                    raise
        raise AssertionError

    async def _suspend(self, store: Store, rows: Sequence[RegistryRow]) -> None:
        at = self.now()
        standing = await store.ledger.standing_locked(rows[0].account_id)
        postings = [suspended(row, business_day(row.paid_at, self.zone)) for row in rows]
        await store.ledger.post(postings, standing.head, at)
        ended = [row.ended(RowState.SUSPENSE, at) for row in rows]
        await store.registry_rows.save(ended)
        await store.suspense.step(ended, RowStep.by(OURSELVES, RowState.SUSPENSE, at), OURSELVES.id)

    async def _bring(self, store: Store, rows: Sequence[RegistryRow]) -> None:
        at = self.now()
        day = business_day(at, self.zone)
        agents = {one.code: one for one in await store.payment_agents.all(day)}
        terms = await store.terms.at(SuspenseTerms, day)
        settled, left = await self._elsewhere(store, rows, agents, at)
        own = agents.get(rows[0].agent_code)
        inn = own.supplier_inn if own else None
        named = await store.registry_targets.named(
            [one for row in left for text in row.account_texts for one in spellings(text)]
        )
        aims = {row.row_no: target_of(row, named, inn, terms.number_check) for row in left}
        ids = sorted({aim.account_id for aim in aims.values() if isinstance(aim, Target)})
        homes = await store.registry_ledger.homes_locked(ids) if ids else {}
        rule = await store.terms.at(AllocationRule, day)
        arriving = _Arriving(homes, rule, inn, self.zone, at)
        settled += [arriving.take(row, aims[row.row_no]) for row in left]
        if postings := arriving.postings():
            await store.registry_ledger.post(postings, at)
        await store.registry_rows.save(settled)

    async def _elsewhere(
        self, store: Store, rows: Sequence[RegistryRow], agents: Mapping[str, PaymentAgent], at: datetime
    ) -> tuple[list[RegistryRow], list[RegistryRow]]:
        """Rows whose money came another way, with their fate; and the rest."""
        online = await store.registry_targets.online(rows)
        collectors = {one.inn for one in agents.values() if one.code != rows[0].agent_code}
        settled, left = [], []
        for row in rows:
            found = online.get(row.row_no, [])
            if fate := online_fate(row, found):
                settled.append(row.came_to(found[0].account_id, None).ended(fate[0], at, fate[1]))
                await _ask_again(store, fate[1], found, at)
            elif row.payer and row.payer.inn in collectors:
                settled.append(row.ended(RowState.MATCHED, at, RowCode.AGENT_TRANSFER))
            else:
                left.append(row)
        return settled, left


async def _ask_again(store: Store, code: RowCode, found: Sequence[OnlinePayment], at: datetime) -> None:
    if code is RowCode.ONLINE_UNPAID:
        for one in found:
            check = CheckPayment(account_id=one.account_id, payment_id=one.payment_id)
            await store.jobs.add(check, run_at=at, key=f"payments.check:{one.payment_id}")


class _Arriving:
    """Payments as they come to their accounts one after another, each finding what the one before left."""

    def __init__(
        self,
        homes: Mapping[AccountId, Home],
        rule: AllocationRule,
        supplier_inn: str | None,
        zone: tzinfo,
        at: datetime,
    ) -> None:
        self._homes, self._rule, self._inn, self._zone, self._at = homes, rule, supplier_inn, zone, at
        self._standing: dict[AccountId, Standing] = {}
        """As the last payment of each account found it."""
        self._coming: dict[AccountId, list[ComingIn]] = {}

    def take(self, row: RegistryRow, aim: Target | RowCode) -> RegistryRow:
        """The row with its fate, or known to belong into suspense."""
        if isinstance(aim, RowCode):
            return row.unidentified(aim)
        home = self._homes.get(aim.account_id)
        if home is None or home.is_closed:
            return row.unidentified(RowCode.ACCOUNT_CLOSED if home else RowCode.ACCOUNT_UNKNOWN)
        owners = meant(home, aim.supplier_account_id, self._inn)
        if not owners:
            return row.unidentified(RowCode.NOTHING_TO_PAY_FOR)
        came = self._coming.setdefault(aim.account_id, [])
        standing = self._standing.get(aim.account_id, home.standing)
        if came:
            standing = after(standing, came[-1].posting)
        self._standing[aim.account_id] = standing
        came.append(coming_in(row, aim.account_id, standing, owners, self._rule, self._zone))
        return row.came_to(aim.account_id, aim.supplier_account_id).ended(RowState.POSTED, self._at)

    def postings(self) -> list[HomePosting]:
        return [
            HomePosting(before=self._homes[account_id].standing, coming=coming)
            for account_id, coming in self._coming.items()
        ]
