"""What a unit costs a customer, and what else was used in a month."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import msgspec

from adapters.postgres.pool import Queryable
from domain.accounts.accounts import AccountKind, AccountNotFound
from domain.kernel.access import Access
from domain.kernel.calendar import Period
from domain.readings.cost import Basis, Price, PriceList
from domain.readings.meters import Meter


@dataclass(frozen=True, slots=True)
class PostgresPrices:
    connection: Queryable

    async def basis(self, access: Access, meter: Meter, day: date, period: Period) -> Basis:
        kind = await self.connection.fetchval(
            """
            SELECT kind FROM accounts
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        if kind is None:
            raise AccountNotFound
        if kind == AccountKind.CONTRACT:
            return Basis(kind=AccountKind.CONTRACT)
        return Basis(
            kind=AccountKind(kind),
            prices=await self._residential(meter, day) or await self._flat(meter, day),
            used_before=await self._used_by_others(meter, period),
        )

    async def _residential(self, meter: Meter, day: date) -> PriceList | None:
        """All rows of the group from its last change on."""
        if meter.tariff_region is None or meter.tariff_group is None:
            return None
        rows = await self.connection.fetch(
            """
            WITH mine AS (
                SELECT p.* FROM supplier_accounts s
                JOIN residential_prices p ON p.supplier_id = s.supplier_id
                WHERE s.account_id = $1 AND s.supplier_account_id = $2 AND p.service_code = $3
                  AND p.region = $4 AND p.group_code = $5 AND p.valid_from <= $6)
            SELECT valid_from, group_name, zone, range_no, from_volume, to_volume, price_roubles AS price
            FROM mine WHERE valid_from = (SELECT max(valid_from) FROM mine)
            ORDER BY zone, from_volume
            """,
            meter.account_id,
            meter.supplier_account_id,
            meter.service_code,
            meter.tariff_region,
            meter.tariff_group,
            day,
        )
        if not rows:
            return None
        return PriceList(
            valid_from=rows[0]["valid_from"],
            group_name=rows[0]["group_name"],
            prices=tuple(msgspec.convert(dict(row), Price) for row in rows),
        )

    async def _flat(self, meter: Meter, day: date) -> PriceList | None:
        """The supplier's one price of the service, if it is for the meter's unit."""
        row = await self.connection.fetchrow(
            """
            SELECT t.valid_from, t.price_roubles FROM supplier_accounts s
            JOIN tariffs t ON t.supplier_id = s.supplier_id
            WHERE s.account_id = $1 AND s.supplier_account_id = $2 AND t.service_code = $3
              AND t.unit = $4 AND t.valid_from <= $5
            ORDER BY t.valid_from DESC LIMIT 1
            """,
            meter.account_id,
            meter.supplier_account_id,
            meter.service_code,
            meter.unit,
            day,
        )
        if row is None:
            return None
        return PriceList(valid_from=row["valid_from"], prices=(Price(price=row["price_roubles"]),))

    async def _used_by_others(self, meter: Meter, period: Period) -> Decimal:
        """By the account's other meters of the service; what a customer sent and billing has taken over is
        counted once."""
        used = await self.connection.fetchval(
            """
            SELECT coalesce(sum(one.consumption), 0)
            FROM (SELECT DISTINCT ON (v.meter_id, v.zone) v.consumption
                  FROM meters m
                  JOIN register_readings v ON v.account_id = $1 AND v.meter_id = m.meter_id
                  WHERE m.account_id = $1 AND m.supplier_account_id = $2 AND m.service_code = $3
                    AND m.meter_id <> $4 AND v.period = $5 AND v.direction = 'A+' AND v.zone <> 'total'
                    AND v.state IN ('accepted', 'accepted_with_warning', 'used')
                    AND v.consumption IS NOT NULL
                  ORDER BY v.meter_id, v.zone, v.source <> 'billing', v.taken_on DESC) one
            """,
            meter.account_id,
            meter.supplier_account_id,
            meter.service_code,
            meter.id,
            period,
        )
        return Decimal(used)
