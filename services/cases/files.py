"""The papers of an account that a form asks for, and nothing else."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo

from domain.accounts.accounts import AccountCard, ChargeKey
from domain.accounts.charges import Charge
from domain.accounts.ledger import Standing
from domain.cases.cases import CaseQuestion
from domain.cases.file import AccountFile, FileWish, MeterTerms, NamedAccount, OwnSuppliers
from domain.cases.law import WRITE_OFF_KIND, Limitation, OutOfCourtTerms
from domain.cases.rules import CaseRules
from domain.cases.states import CaseState
from domain.cases.visits import missed
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.calendar import Period, business_day
from domain.kernel.ids import SupplierAccountId
from domain.kernel.working_days import WorkingDays
from domain.payments.keeping import PaymentCursor
from domain.payments.payments import Payment
from domain.payments.refundable import RefundTerms
from domain.payments.registries.targets import spellings
from domain.readings.keeping import ReadingQuestion
from domain.store import Store

_PAGE = 500
MOST_LINES = 20_000
"""Of charges, and of payments: more than an account gathers in the years the law looks back."""
MOST_READINGS = 200


async def file_of(
    store: Store, access: Access, standing: Standing, wish: FileWish, at: datetime, zone: tzinfo
) -> AccountFile:
    """Read in the transaction that holds the account's head locked. `access` is our own: what the rules
    look at does not depend on what the applicant may see."""
    card = await store.accounts.card(access)
    today = business_day(at, zone)
    wants_meters = wish.meters or wish.readings_of
    meters = await store.meters.of_account(access) if wants_meters else ()
    readings = {
        meter.id: await store.readings.listed(
            access, meter.id, ReadingQuestion(), before=None, limit=MOST_READINGS
        )
        for meter in meters
        if meter.id in wish.readings_of
    }
    return AccountFile(
        kind=card.account.kind,
        card=card,
        standing=standing,
        today=today,
        own=await _own(store, card, today),
        charges=await _charges(store, access, wish.charges),
        corrected=await store.penalties.corrected(access.account_id) if wish.charges != frozenset() else {},
        payments=await _payments(store, access) if wish.payments else (),
        refunds=await store.refunds.of_account(access.account_id) if wish.refunds else (),
        refund_terms=await store.terms.at(RefundTerms, today),
        traces=await store.money_traces.like(wish.traces, card.account) if wish.traces else (),
        meters=meters,
        meter_terms=await store.terms.at(MeterTerms, today),
        missed_visits=missed(await store.visits.ended(access.account_id)) if wish.missed_visits else (),
        powers=await store.powers.listed(access) if wish.powers else (),
        rules=await store.terms.at(CaseRules, today),
        days=await store.calendar.working_days() if wish.working_days else WorkingDays(),
        points=await store.meters.delivery_points(access) if wish.points else (),
        readings=readings,
        named=await _named(store, wish.account_number, access.at) if wish.account_number else None,
        write_offs=await _write_offs(store, access) if wish.bankruptcy else (),
        limitation=await store.terms.at(Limitation, today),
        out_of_court=await store.terms.at(OutOfCourtTerms, wish.released_on or today),
        services={code: one.name for code, one in (await store.suppliers.services()).items()},
        zone=zone,
    )


async def _named(store: Store, number: str, at: datetime) -> NamedAccount | None:
    """By its own number alone: a supplier's number would say of whom it is."""
    found = [
        one.account_id
        for hits in (await store.registry_targets.named(spellings(number))).values()
        for one in hits
        if one.supplier_account_id is None
    ]
    if len(set(found)) != 1:
        return None
    own = Access(actor=OURSELVES, account_id=found[0], scope=Scope.SEE, at=at)
    account = (await store.accounts.card(own)).account
    return NamedAccount(
        id=account.id,
        kind=account.kind,
        holder_name=account.holder_name,
        is_closed=await store.accounts.is_closed(account.id),
    )


async def _write_offs(store: Store, access: Access) -> Sequence[CaseState]:
    question = CaseQuestion(kind=WRITE_OFF_KIND)
    return [one.state for one in await store.cases.of_account(access, question, after=None, limit=_PAGE)]


async def _own(store: Store, card: AccountCard, today: date) -> frozenset[SupplierAccountId]:
    terms = await store.terms.at(OwnSuppliers, today)
    suppliers = await store.suppliers.on(today)
    own = {supplier.id for supplier in suppliers.values() if supplier.inn in terms.inns}
    return frozenset(one.id for one in card.supplier_accounts if one.supplier_id in own)


async def _charges(store: Store, access: Access, periods: frozenset[Period] | None) -> Sequence[Charge]:
    if periods is None:
        return await _charges_of(store, access, None)
    return [charge for period in sorted(periods) for charge in await _charges_of(store, access, period)]


async def _charges_of(store: Store, access: Access, period: Period | None) -> list[Charge]:
    found: list[Charge] = []
    after: ChargeKey | None = None
    while len(found) < MOST_LINES:
        page = await store.accounts.charges(access, period=period, after=after, limit=_PAGE)
        found += page
        if len(page) < _PAGE:
            break
        after = ChargeKey(period=page[-1].period, charge_id=page[-1].id)
    return found


async def _payments(store: Store, access: Access) -> list[Payment]:
    found: list[Payment] = []
    before: PaymentCursor | None = None
    while len(found) < MOST_LINES:
        page = await store.payments.listed(access, before=before, limit=_PAGE)
        found += page
        if len(page) < _PAGE:
            break
        before = PaymentCursor(created_at=page[-1].created_at, payment_id=page[-1].id)
    return found
