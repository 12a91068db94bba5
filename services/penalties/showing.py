"""An account's penalties with the way they were reckoned, for its customer and for staff alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

import msgspec

from domain.accounts.accounts import AccountCard, ChargeKey
from domain.accounts.charges import Charge
from domain.accounts.penalties.penalties import PostedPenalty, looked_back, penalty_charge_id, reckonings
from domain.accounts.penalties.reckoning import Reckoning
from domain.accounts.suppliers import Service
from domain.kernel.access import Access
from domain.kernel.calendar import business_day
from domain.kernel.ids import ChargeId
from domain.kernel.money import ZERO
from domain.store import Store, Transaction

_PAGE = 500
MOST_LINES = 20_000


class ShownPenalties(msgspec.Struct, frozen=True, kw_only=True):
    """`reckoned` as of `as_of`, those above zero or posted before; `posted` the last revision of each line of
    ours. `billed` are the lines whose penalty billing sent."""

    card: AccountCard
    as_of: date
    reckoned: Sequence[Reckoning]
    posted: Mapping[ChargeId, PostedPenalty]
    lines: Mapping[ChargeId, Charge]
    billed: Sequence[Charge]
    services: Mapping[str, Service]


@dataclass(frozen=True, slots=True)
class PenaltyReading:
    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo

    async def of(self, access: Access) -> ShownPenalties:
        """As of today, as things stand. AccountNotFound when the account may not be seen."""
        as_of = business_day(self.now(), self.zone)
        async with self.transaction() as store:
            card = await store.accounts.card(access)
            posted = await store.penalties.last_posted(access.account_id)
            reckoned = await _reckoned(store, access, as_of)
            charges = await _penalised(store, access)
            services = await store.suppliers.services()
        ours = {
            penalty_charge_id(one.supplier_account_id, one.service_code, one.period) for one in reckoned
        } | set(posted)
        return ShownPenalties(
            card=card,
            as_of=as_of,
            reckoned=[one for one in reckoned if one.total or _line_of(one) in posted],
            posted=posted,
            lines={charge.id: charge for charge in charges if charge.id in ours},
            billed=[charge for charge in charges if charge.id not in ours],
            services=services,
        )


def _line_of(one: Reckoning) -> ChargeId:
    return penalty_charge_id(one.supplier_account_id, one.service_code, one.period)


async def _reckoned(store: Store, access: Access, as_of: date) -> list[Reckoning]:
    book = await store.penalties.rulebook(as_of)
    if not book.ours:
        return []
    owing = await store.penalties.owing([access.account_id], book.ours, looked_back(as_of))
    return [line for one in owing for line in reckonings(one, book, as_of)]


async def _penalised(store: Store, access: Access) -> list[Charge]:
    """Lines with a penalty, the newest period first."""
    found: list[Charge] = []
    after: ChargeKey | None = None
    while len(found) < MOST_LINES:
        page = await store.accounts.charges(access, period=None, after=after, limit=_PAGE)
        found += [charge for charge in page if charge.penalty > ZERO]
        if len(page) < _PAGE:
            break
        after = ChargeKey(period=page[-1].period, charge_id=page[-1].id)
    return found
