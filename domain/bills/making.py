"""A bill made from what is known of an account at one cut of its ledger. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Protocol

import msgspec

from domain.accounts.accounts import Account
from domain.accounts.debtors import Debtor
from domain.accounts.due_dates import DueRule, due_on, due_rule, is_billed_late
from domain.accounts.norms import Norm
from domain.accounts.requisites import BankDetails
from domain.accounts.suppliers import Collection, Service, Supplier, Tariff
from domain.bills.bills import Bill, BillLine, NormUsed, ReadingCounted, SupplierPart
from domain.bills.moving import Moved, Sums, added_up, later_months
from domain.bills.pricing import PriceGroup, ResidentialPrices, priced
from domain.kernel.calendar import Period, business_day, first_day, next_period
from domain.kernel.errors import Conflict
from domain.kernel.ids import AccountId, ChargeId, SupplierAccountId, SupplierId
from domain.kernel.money import ZERO, Money, total
from domain.kernel.terms import Term
from domain.kernel.working_days import WorkingDays
from domain.payments.paycodes import encode, supplier_paycode, unified_paycode

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LETTERS_COUNT = 6


class BooksDisagree(Conflict):
    code = "books-disagree"
    text = "The charges of the month do not agree with the ledger: no bill is made of them"
    remedy = "Run “kabinet audit” and put right what it names"


class ChargedLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A charge of the month as it stands at the cut. `recalculation` has the benefit in it; `norm` is the
    code of the norm that the volume was counted by."""

    id: ChargeId
    supplier_account_id: SupplierAccountId
    service_code: str
    unit: str
    volume: Decimal | None
    tariff: Decimal | None
    amount: Money
    recalculation: Money
    benefit: Money
    penalty: Money
    document: str
    revision: int
    posted_at: datetime
    norm: str | None = None
    norm_count: Decimal | None = None


class OwnSupplierAccount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    id: SupplierAccountId
    supplier_id: SupplierId
    number: str
    gis_service_id: str | None


class AccountFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one account while its head is locked. `balances`: of its books at the cut, above zero
    owed. `readings` and the `price_groups` of their meters by supplier account and service, `in_transit` by
    supplier account. `before` is the last bill of an earlier month."""

    account: Account
    debtor: Debtor
    cut_no: int
    supplier_accounts: tuple[OwnSupplierAccount, ...]
    lines: tuple[ChargedLine, ...]
    moved: tuple[Moved, ...]
    balances: Mapping[SupplierAccountId, Money]
    readings: Mapping[tuple[SupplierAccountId, str], tuple[ReadingCounted, ...]] = {}
    price_groups: Mapping[tuple[SupplierAccountId, str], PriceGroup] = {}
    in_transit: Mapping[SupplierAccountId, Money] = {}
    before: Bill | None = None


class CommonFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for every bill of a run. `tariffs`, `norms` and lists of prices: the latest first."""

    period: Period
    collection: BankDetails
    suppliers: Mapping[SupplierId, Supplier]
    services: Mapping[str, Service]
    tariffs: Mapping[tuple[SupplierId, str], Sequence[Tariff]]
    norms: Mapping[tuple[SupplierId, str], Sequence[Norm]]
    residential_prices: ResidentialPrices
    due_rules: Mapping[Debtor, Sequence[DueRule]]
    days: WorkingDays
    zone: tzinfo
    company: str
    contacts: str


def made(facts: AccountFacts, common: CommonFacts, *, at: datetime, mark: int) -> Bill:
    """`mark` is a random number: whoever does not hold the paper cannot guess the bill's number.

    BooksDisagree; what `encode` refuses of a code.
    """
    before, account = facts.before, facts.account
    starts = {part.id: part.balance for part in before.suppliers} if before else {}
    sums = added_up(facts.moved, common.period, before.period if before else None, starts)
    number = _number(account.number, common.period, mark)
    told = (_part(own, facts, common, sums.get(own.id, Sums()), number) for own in facts.supplier_accounts)
    parts = tuple(part for part in told if part is not None)
    rules, issued_on = common.due_rules[facts.debtor], business_day(at, common.zone)
    rule = due_rule(common.period, rules)
    is_late = is_billed_late(common.period, rules, common.days, issued_on)
    to_pay = total(part.to_pay for part in parts)
    code = unified_paycode(
        collection=common.collection,
        number=account.number,
        to_pay=to_pay,
        period=common.period,
        bill_number=number,
    )
    return Bill(
        number=number,
        account_id=account.id,
        account_number=account.number,
        kind=account.kind,
        gis_number=account.gis_number,
        holder_name=account.holder_name,
        address=account.address,
        period=common.period,
        issued_at=at,
        issued_on=issued_on,
        due_on=due_on(common.period, rules, common.days, issued_on),
        due_rule=rule.late_source if is_late else rule.source,
        cut_no=facts.cut_no,
        before=before.period if before else None,
        company=common.company,
        contacts=common.contacts,
        suppliers=parts,
        code=encode(code) if to_pay else None,
    )


def _part(
    own: OwnSupplierAccount, facts: AccountFacts, common: CommonFacts, sums: Sums, number: str
) -> SupplierPart | None:
    """None for a supplier account with nothing to say: no charge, no money, no debt."""
    supplier = common.suppliers[own.supplier_id]
    lines = tuple(
        _line(line, own, facts, common) for line in facts.lines if line.supplier_account_id == own.id
    )
    transit = facts.in_transit.get(own.id, ZERO)
    part = SupplierPart(
        id=own.id,
        supplier_name=supplier.name,
        inn=supplier.inn,
        number=own.number,
        gis_service_id=own.gis_service_id,
        lines=lines,
        earlier=sums.months(),
        others=sums.other_moves(),
        start=sums.start,
        paid=sums.paid,
        in_transit=transit,
        balance=sums.balance,
    )
    later = later_months(facts.moved, own.id, common.period)
    if not part.is_tied or part.balance + later != facts.balances.get(own.id, ZERO):
        raise BooksDisagree
    if not (lines or part.start or part.balance or part.paid or transit or part.earlier):
        return None
    return msgspec.structs.replace(part, code=_code(part, supplier, common, number))


def _code(part: SupplierPart, supplier: Supplier, common: CommonFacts, number: str) -> str | None:
    if not part.to_pay:
        return None
    return encode(
        supplier_paycode(
            supplier=supplier.details,
            collection=common.collection,
            direct=supplier.collection is Collection.DIRECT,
            number=part.number,
            to_pay=part.to_pay,
            period=common.period,
            bill_number=number,
        )
    )


def _line(line: ChargedLine, own: OwnSupplierAccount, facts: AccountFacts, common: CommonFacts) -> BillLine:
    service, key = common.services.get(line.service_code), (own.id, line.service_code)
    readings = facts.readings.get(key, ())
    group = facts.price_groups.get(key)
    lists = common.residential_prices.get((own.supplier_id, line.service_code, group), ()) if group else ()
    found = priced(line.tariff, line.amount, readings, lists)
    listed = _tariff_from(line, common.tariffs.get((own.supplier_id, line.service_code), ()), common)
    return BillLine(
        id=line.id,
        service_code=line.service_code,
        service_name=service.name if service else line.service_code,
        unit=line.unit or (service.unit if service else ""),
        volume=line.volume,
        tariff=line.tariff,
        tariff_from=found.valid_from if found else listed,
        amount=line.amount,
        recalculation=line.recalculation + line.benefit,
        benefit=line.benefit,
        penalty=line.penalty,
        document=line.document,
        revision=line.revision,
        posted_on=business_day(line.posted_at, common.zone),
        readings=readings,
        norm=_norm(line, common.norms.get((own.supplier_id, line.service_code), ()), common),
        by_zone=found.lines if found and line.tariff is None else (),
    )


def _tariff_from(line: ChargedLine, tariffs: Sequence[Tariff], common: CommonFacts) -> date | None:
    """Since when the supplier's list has this price, if it has it in the month."""
    ends = first_day(next_period(common.period))
    for tariff in tariffs:
        if tariff.valid_from < ends:
            return tariff.valid_from if tariff.price == line.tariff else None
    return None


def _norm(line: ChargedLine, norms: Sequence[Norm], common: CommonFacts) -> NormUsed | None:
    """The one billing has named, as it holds in the month."""
    ends = first_day(next_period(common.period))
    for norm in norms:
        if norm.code == line.norm and norm.valid_from < ends:
            return NormUsed(
                name=norm.name,
                volume=norm.volume,
                per=norm.per,
                source=norm.source,
                since=norm.valid_from,
                count=line.norm_count,
            )
    return None


def _number(account_number: str, period: Period, mark: int) -> str:
    letters = []
    for _ in range(_LETTERS_COUNT):
        mark, place = divmod(mark, len(_LETTERS))
        letters.append(_LETTERS[place])
    return f"{account_number}-{period[2:4]}{period[5:]}-{''.join(letters)}"


class Issuing(Protocol):
    """What issuing many bills asks for."""

    async def charged(self, period: Period, *, after: AccountId | None, limit: int) -> list[AccountId]:
        """Open accounts that are charged in that month, by id."""

    async def count(self, period: Period) -> int:
        """How many they are."""

    async def lacking(self, account_ids: Sequence[AccountId], period: Period) -> list[AccountId]:
        """Those of them, by id, that have no bill of that month nor of a later one."""

    async def facts_locked(self, account_ids: Sequence[AccountId], period: Period) -> list[AccountFacts]:
        """Of each, while its head is locked to the end of the transaction. The ids are sorted."""

    async def issued(self, account_ids: Sequence[AccountId], period: Period) -> list[Bill]: ...

    async def seen(self, account_ids: Sequence[AccountId]) -> list[AccountId]:
        """Those of them that somebody has in the cabinet."""

    async def tariffs(self) -> list[Tariff]:
        """Every price of every list, the latest first."""

    async def norms(self) -> list[Norm]:
        """Every norm, the latest first."""

    async def residential_prices(self) -> ResidentialPrices: ...


class BillHead(Term, frozen=True, kw_only=True):
    """Who issues, in Russian, as on every letter of ours."""

    name = "company.letterhead"

    company: str
    contacts: str
