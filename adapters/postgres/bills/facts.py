"""What is known of accounts whose heads are locked. Each question is sent for all of them at once, one
statement each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import asyncpg

from adapters.postgres.rows import struct
from domain.accounts.accounts import Account, AccountKind
from domain.accounts.books import Book
from domain.accounts.debtors import Debtor, usual_debtor
from domain.accounts.ledger import CauseKind
from domain.bills.bills import Bill, ReadingCounted, thawed
from domain.bills.making import AccountFacts, ChargedLine, OwnSupplierAccount
from domain.bills.moving import Moved
from domain.bills.pricing import PriceGroup
from domain.kernel.calendar import Period, first_day, next_period
from domain.kernel.ids import AccountId, SupplierAccountId
from domain.kernel.money import Money
from domain.readings.meters import Direction
from domain.readings.readings import Nature, plain

Rows = Mapping[AccountId, list[asyncpg.Record]]


@dataclass(frozen=True, slots=True)
class PostgresBillFacts:
    connection: asyncpg.Connection
    period: Period

    async def of(self, cuts: Mapping[AccountId, int]) -> list[AccountFacts]:
        """`cuts`: the last entry of each account."""
        ids = sorted(cuts)
        before = await self._before(ids)
        accounts, own, lines = await self._accounts(ids), await self._own(ids), await self._lines(ids)
        moved, balances = await self._moved(ids, before), await self._balances(ids)
        readings, transit = await self._readings(ids), await self._in_transit(ids)
        return [
            AccountFacts(
                account=_account(accounts[account_id][0]),
                debtor=_debtor(accounts[account_id][0]),
                cut_no=cuts[account_id],
                supplier_accounts=tuple(struct(OwnSupplierAccount, row) for row in own.get(account_id, ())),
                lines=tuple(_line(row) for row in lines.get(account_id, ())),
                moved=tuple(_moved(row) for row in moved.get(account_id, ())),
                balances={row["owner"]: Money(row["kopecks"]) for row in balances.get(account_id, ())},
                readings=_by_service(readings.get(account_id, ())),
                price_groups=_price_groups(readings.get(account_id, ())),
                in_transit={row["owner"]: Money(row["kopecks"]) for row in transit.get(account_id, ())},
                before=before.get(account_id),
            )
            for account_id in ids
        ]

    async def _before(self, ids: Sequence[AccountId]) -> dict[AccountId, Bill]:
        rows = await self.connection.fetchmany(
            """
            SELECT account_id, body FROM bills WHERE account_id = $1 AND period < $2
            ORDER BY period DESC LIMIT 1
            """,
            [(account_id, self.period) for account_id in ids],
        )
        return {row["account_id"]: thawed(row["body"]) for row in rows}

    async def _accounts(self, ids: Sequence[AccountId]) -> Rows:
        ends = first_day(next_period(self.period))
        rows = await self.connection.fetchmany(
            """
            SELECT a.account_id, a.number, a.kind, a.gis_number, a.address, a.holder_name,
                   (SELECT d.debtor FROM account_debtors d
                    WHERE d.account_id = $1 AND d.valid_from < $2 ORDER BY d.valid_from DESC LIMIT 1)
                   AS debtor
            FROM accounts a WHERE a.account_id = $1
            """,
            [(account_id, ends) for account_id in ids],
        )
        return _grouped(rows)

    async def _own(self, ids: Sequence[AccountId]) -> Rows:
        rows = await self.connection.fetchmany(
            """
            SELECT s.account_id, s.supplier_account_id AS id, s.supplier_id, s.number, s.gis_service_id
            FROM supplier_accounts s JOIN suppliers r ON r.supplier_id = s.supplier_id
            WHERE s.account_id = $1 ORDER BY s.gis_service_id, r.name, s.supplier_account_id
            """,
            [(account_id,) for account_id in ids],
        )
        return _grouped(rows)

    async def _lines(self, ids: Sequence[AccountId]) -> Rows:
        rows = await self.connection.fetchmany(
            """
            SELECT account_id, charge_id AS id, supplier_account_id, service_code, unit, volume, tariff,
                   amount_kopecks, recalculation_kopecks, benefit_kopecks, penalty_kopecks,
                   bill_number AS document, revision, posted_at, norm, norm_count
            FROM charges WHERE account_id = $1 AND period = $2 AND bill_number NOT IN ('opening', 'penalty')
            ORDER BY service_code, charge_id
            """,
            [(account_id, self.period) for account_id in ids],
        )
        return _grouped(rows)

    async def _moved(self, ids: Sequence[AccountId], before: Mapping[AccountId, Bill]) -> Rows:
        """All after the cut of the bill before, and charges of months it did not tell of."""
        starts = first_day(self.period)
        rows = await self.connection.fetchmany(
            """
            SELECT account_id, debit_book, credit_book, cause_kind, period, is_known, is_early, is_apart,
                   sum(amount_kopecks)::bigint AS kopecks
            FROM (
                SELECT t.account_id, t.debit_book, t.credit_book, t.cause_kind, t.amount_kopecks,
                       CASE WHEN t.cause_kind IN ('charge', 'penalty') AND c.bill_number <> 'opening'
                            THEN c.period END AS period,
                       t.entry_no <= $2 AS is_known, t.value_date < $4 AS is_early,
                       c.bill_number IS NOT DISTINCT FROM 'penalty' AS is_apart
                FROM transfers t
                LEFT JOIN charges c ON c.account_id = $1 AND c.charge_id = t.charge_id
                WHERE t.account_id = $1) each
            WHERE NOT is_known OR period > $3
            GROUP BY account_id, debit_book, credit_book, cause_kind, period, is_known, is_early, is_apart
            """,
            [
                (account_id, last.cut_no, last.period, starts)
                if (last := before.get(account_id))
                else (account_id, 0, "", starts)
                for account_id in ids
            ],
        )
        return _grouped(rows)

    async def _balances(self, ids: Sequence[AccountId]) -> Rows:
        rows = await self.connection.fetchmany(
            """
            SELECT account_id, split_part(book, ':', 2)::uuid AS owner,
                   sum(balance_kopecks)::bigint AS kopecks
            FROM books
            WHERE account_id = $1 AND (book LIKE 'receivable:%' OR book LIKE 'advance:%')
            GROUP BY account_id, split_part(book, ':', 2)
            """,
            [(account_id,) for account_id in ids],
        )
        return _grouped(rows)

    async def _readings(self, ids: Sequence[AccountId]) -> Rows:
        """Of each register of active energy taken (or of whatever a meter without directions counts) what
        billing has counted from; else the last one accepted for the month."""
        rows = await self.connection.fetchmany(
            """
            SELECT DISTINCT ON (m.serial, v.meter_id, z.place, v.direction)
                   v.account_id, m.supplier_account_id, m.service_code, v.meter_id, m.serial, v.zone,
                   z.label AS zone_label, v.direction, v.previous, v.previous_on, v.value, v.taken_on,
                   v.consumption, v.nature, v.state = 'used' AS is_billed, m.transformation_ratio,
                   m.tariff_region, m.tariff_group
            FROM register_readings v
            JOIN meters m ON m.account_id = $1 AND m.meter_id = v.meter_id
            JOIN tariff_zones z ON z.zone_code = v.zone
            WHERE v.account_id = $1 AND v.period = $2 AND v.zone <> 'total' AND v.direction = 'A+'
              AND v.state IN ('accepted', 'accepted_with_warning', 'used')
            ORDER BY m.serial, v.meter_id, z.place, v.direction, v.state = 'used' DESC, v.taken_on DESC
            """,
            [(account_id, self.period) for account_id in ids],
        )
        return _grouped(rows)

    async def _in_transit(self, ids: Sequence[AccountId]) -> Rows:
        """Begun by a payer and not confirmed by the provider: such a payment has moved nothing yet."""
        rows = await self.connection.fetchmany(
            """
            SELECT p.account_id, (part ->> 'supplier_account_id')::uuid AS owner,
                   sum((part -> 'amount' ->> 'kopecks')::bigint)::bigint AS kopecks
            FROM payments p CROSS JOIN LATERAL jsonb_array_elements(p.parts) AS part
            WHERE p.account_id = $1 AND p.state IN ('created', 'awaiting_payer')
            GROUP BY p.account_id, part ->> 'supplier_account_id'
            """,
            [(account_id,) for account_id in ids],
        )
        return _grouped(rows)


def _grouped(rows: Iterable[asyncpg.Record]) -> Rows:
    found: dict[AccountId, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row["account_id"], []).append(row)
    return found


def _account(row: asyncpg.Record) -> Account:
    return Account(
        id=row["account_id"],
        number=row["number"],
        kind=AccountKind(row["kind"]),
        gis_number=row["gis_number"],
        address=row["address"],
        holder_name=row["holder_name"],
    )


def _debtor(row: asyncpg.Record) -> Debtor:
    if row["debtor"] is not None:
        return Debtor(row["debtor"])
    return usual_debtor(AccountKind(row["kind"]))


def _line(row: asyncpg.Record) -> ChargedLine:
    return ChargedLine(
        id=row["id"],
        supplier_account_id=row["supplier_account_id"],
        service_code=row["service_code"],
        unit=row["unit"],
        volume=_plain(row["volume"]),
        tariff=_plain(row["tariff"]),
        amount=Money(row["amount_kopecks"]),
        recalculation=Money(row["recalculation_kopecks"]),
        benefit=Money(row["benefit_kopecks"]),
        penalty=Money(row["penalty_kopecks"]),
        document=row["document"],
        revision=row["revision"],
        posted_at=row["posted_at"],
        norm=row["norm"],
        norm_count=_plain(row["norm_count"]),
    )


def _moved(row: asyncpg.Record) -> Moved:
    return Moved(
        debit=Book(row["debit_book"]),
        credit=Book(row["credit_book"]),
        amount=Money(row["kopecks"]),
        cause=CauseKind(row["cause_kind"]),
        period=row["period"],
        is_known=row["is_known"],
        is_early=row["is_early"],
        is_apart=row["is_apart"],
    )


def _by_service(
    rows: Iterable[asyncpg.Record],
) -> dict[tuple[SupplierAccountId, str], tuple[ReadingCounted, ...]]:
    found: dict[tuple[SupplierAccountId, str], tuple[ReadingCounted, ...]] = {}
    for row in rows:
        key = row["supplier_account_id"], row["service_code"]
        reading = ReadingCounted(
            meter_id=row["meter_id"],
            serial=row["serial"],
            zone=row["zone"],
            zone_label=row["zone_label"],
            direction=Direction(row["direction"]),
            previous=_plain(row["previous"]),
            previous_on=row["previous_on"],
            value=plain(row["value"]),
            taken_on=row["taken_on"],
            consumption=_plain(row["consumption"]),
            nature=Nature(row["nature"]),
            is_billed=row["is_billed"],
            transformation_ratio=plain(row["transformation_ratio"]),
        )
        found[key] = (*found.get(key, ()), reading)
    return found


def _price_groups(rows: Iterable[asyncpg.Record]) -> dict[tuple[SupplierAccountId, str], PriceGroup]:
    """Of the meters that are counted by prices for residents; the last one's, where they differ."""
    return {
        (row["supplier_account_id"], row["service_code"]): (row["tariff_region"], row["tariff_group"])
        for row in rows
        if row["tariff_region"] is not None and row["tariff_group"] is not None
    }


def _plain(number: Decimal | None) -> Decimal | None:
    return None if number is None else plain(number)
