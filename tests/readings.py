"""Meters for tests, and readings sent to them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import asyncpg

from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.ids import AccountId, MeterId, ReadingId
from domain.readings.meters import Direction
from domain.readings.submissions import Submission, ValueGiven
from infra.clock import new_id
from tests.households import TODAY, Household


async def lay_meter(
    pool: asyncpg.Pool,
    home: Household,
    *,
    zones: Sequence[str] = ("single",),
    serial: str = "0100200300",
    opening: int | None = 4000,
    installed_on: date = date(2026, 10, 20),
    **more: object,
) -> MeterId:
    """A meter with registers A+ of these zones, each opened with the same value. `more` are columns."""
    meter_id = MeterId(new_id())
    columns: dict[str, object] = {
        "digit_count": 5,
        "fraction_digit_count": 0,
        "transformation_ratio": Decimal(1),
        "max_power_kw": None,
        "is_automatic": False,
        "verified_until": None,
        "removed_on": None,
    } | more
    await pool.execute(
        """
        INSERT INTO meters (account_id, meter_id, supplier_account_id, service_code, unit, serial, model,
                            installed_on, place, digit_count, fraction_digit_count, transformation_ratio,
                            max_power_kw, is_automatic, verified_until, removed_on)
        VALUES ($1, $2, $3, 'electricity', 'кВт·ч', $4, 'СЕ101', $5, '', $6, $7, $8, $9, $10, $11, $12)
        """,
        home.account_id,
        meter_id,
        home.supplier_accounts["electricity"],
        serial,
        installed_on,
        *columns.values(),
    )
    for number, zone in enumerate(zones, start=1):
        await pool.execute(
            """
            INSERT INTO meter_registers (account_id, meter_id, zone, direction, label, opening_value)
            VALUES ($1, $2, $3, 'A+', $4, $5)
            """,
            home.account_id,
            meter_id,
            zone,
            f"T{number}",
            opening,
        )
    return meter_id


def sent(
    meter_id: MeterId,
    value: object,
    *,
    zone: str = "single",
    taken_on: date = TODAY,
    id: UUID | None = None,
    **more: object,
) -> Submission:
    """One value, or several by zone."""
    by_zone = value if isinstance(value, dict) else {zone: value}
    values = tuple(
        ValueGiven(zone=zone, direction=Direction.A_PLUS, value=Decimal(str(each)))
        for zone, each in by_zone.items()
    )
    return Submission(
        id=ReadingId(id or new_id()), meter_id=meter_id, taken_on=taken_on, values=values, **more
    )


def may_send(home: Household, at: object, user_id: UUID | None = None) -> Access:
    actor = Actor(kind=ActorKind.CUSTOMER, id=user_id or home.user_id, name="Иванов И. И.")
    return Access(actor=actor, account_id=AccountId(home.account_id), scope=Scope.READINGS, at=at)


async def whole(pool) -> None:
    """Every value has all its steps, and the last one is its state."""
    wrong = await pool.fetch(
        """
        SELECT v.* FROM register_readings v
        WHERE v.steps_count <> (SELECT count(*) FROM reading_steps s WHERE s.reading_id = v.reading_id
                                AND s.zone = v.zone AND s.direction = v.direction)
           OR v.state <> (SELECT s.state FROM reading_steps s WHERE s.reading_id = v.reading_id
                          AND s.zone = v.zone AND s.direction = v.direction ORDER BY step_no DESC LIMIT 1)
        """
    )
    assert wrong == []
