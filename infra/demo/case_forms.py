"""What the demo's people ask for: one form of each kind, on what the account really has."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from domain.accounts.accounts import AccountKind
from domain.cases.forms import Form, Grant
from domain.kernel.ids import KABINET, AccountId, derived
from domain.kinds import AnyForm, AnyGrant
from infra.demo.suppliers import SUPPLIERS

KINDS_OF: Mapping[AccountKind, tuple[str, ...]] = {
    AccountKind.UNIFIED: (
        *("recalculation", "refund", "payment-search", "bankruptcy-write-off", "meter-sealing", "damages"),
        *("consultation", "complaint"),
    ),
    AccountKind.CONTRACT: ("meter-replacement", "meter-installation", "billing-claim"),
}
_GRANTED = 1000  # kopecks
_CONTACT = {"name": "Дежурный", "phone": "+79000000099"}


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Ours of an account: the supplier account, the line of a bill most is owed for, a meter, a point
    without one."""

    supplier_account_id: str
    charge_id: str
    owed_kopecks: int
    meter_id: str
    point_id: str


async def facts_of(pool: asyncpg.Pool, account_id: AccountId) -> Facts | None:
    """None where the account lacks one of them."""
    own = await pool.fetchval(
        """
        SELECT a.supplier_account_id FROM supplier_accounts a JOIN suppliers s USING (supplier_id)
        WHERE a.account_id = $1 AND s.inn = $2
        """,
        account_id,
        SUPPLIERS[0].inn,
    )
    charge = await pool.fetchrow(
        """
        SELECT charge_id, amount_kopecks - paid_kopecks AS owed_kopecks FROM charges
        WHERE account_id = $1 AND supplier_account_id = $2 AND amount_kopecks > $3
        ORDER BY owed_kopecks DESC, charge_id LIMIT 1
        """,
        account_id,
        own,
        100 * _GRANTED,
    )
    meter_id = await pool.fetchval(
        """
        SELECT meter_id FROM meters WHERE account_id = $1 AND supplier_account_id = $2
          AND removed_on IS NULL ORDER BY meter_id LIMIT 1
        """,
        account_id,
        own,
    )
    if not (own and charge and meter_id):
        return None
    point_id = derived(KABINET, f"demo point without a meter {account_id}")
    return Facts(
        supplier_account_id=str(own),
        charge_id=str(charge["charge_id"]),
        owed_kopecks=charge["owed_kopecks"],
        meter_id=str(meter_id),
        point_id=str(point_id),
    )


async def lay_point(pool: asyncpg.Pool, account_id: AccountId, facts: Facts) -> None:
    """A delivery point of a contract that has no meter yet."""
    await pool.execute(
        "INSERT INTO delivery_points (account_id, delivery_point_id, code, name, address)"
        " VALUES ($1, $2, 'ТП-новая', 'Новый склад', 'г. Заречный, ул. Полевая, д. 2')"
        " ON CONFLICT DO NOTHING",
        account_id,
        facts.point_id,
    )


def form(kind: str, facts: Facts, at: datetime) -> Form:
    fields = _of_households(facts, at) | _of_companies(facts, at.date())
    made: Form = msgspec.convert({"kind": kind, **fields[kind]}, AnyForm, strict=False)
    return made


def _of_households(facts: Facts, at: datetime) -> dict[str, dict[str, Any]]:
    day = at.date()
    return {
        "recalculation": {
            "why": {"ground": "price", "words": "В квартире электроплита"},
            "lines": [facts.charge_id],
        },
        "refund": {"why": "overpaid", "words": "Переплатил в прошлом месяце"},
        "payment-search": {"paid_on": day - timedelta(days=3), "amount": {"kopecks": 123457}},
        "bankruptcy-write-off": {
            "how": {
                "procedure": "judicial",
                "court": "Арбитражный суд Тюменской области",
                "case_number": "А70-12345/2026",
                "accepted_on": day - timedelta(days=5),
                "completed_on": day - timedelta(days=1),
            },
            "debtor_name": "Носов Пётр Андреевич",
            "born_on": "1980-01-01",
        },
        "meter-sealing": {
            "what": "inspection",
            "premises": "apartment",
            "meter_id": facts.meter_id,
            "contact": _CONTACT,
        },
        "damages": {
            "supplier_account_id": facts.supplier_account_id,
            "event": "overvoltage",
            "happened_at": at - timedelta(days=2),
            "words": "После скачка напряжения сгорел холодильник",
            "things": [{"name": "Холодильник", "asked": {"kopecks": 2499000}}],
        },
        "consultation": {"topic": "charges", "question": "Почему в этом месяце начислено больше?"},
        "complaint": {"text": "Не дозвонился в контактный центр за час"},
    }


def _of_companies(facts: Facts, day: date) -> dict[str, dict[str, Any]]:
    signer = {"name": "Громов П. А.", "position": "директор", "is_head": True}
    return {
        "meter-replacement": {
            "reason": "failed",
            "meters": [facts.meter_id],
            "premises": "shop-in-apartment-house",
            "since": day - timedelta(days=3),
            "contact": _CONTACT,
            "signer": signer,
        },
        "meter-installation": {
            "supplier_account_id": facts.supplier_account_id,
            "points": [facts.point_id],
            "premises": "shop-in-apartment-house",
            "contact": _CONTACT,
            "signer": signer,
        },
        "billing-claim": {
            "lines": [facts.charge_id],
            "words": "Объём не сходится с показаниями",
            "signed_by": "Громов П. А.",
        },
    }


def grant(kind: str, facts: Facts) -> Grant | None:
    """What satisfies it; None for money that goes back through the provider: see the sandbox for that."""
    line = {"charge_id": facts.charge_id, "principal": {"kopecks": _GRANTED}}
    fields: dict[str, dict[str, Any]] = {
        "recalculation": {"lines": [line]},
        "bankruptcy-write-off": {"act_reference": "А70-12345/2026", "lines": [line]},
        "meter-sealing": {},
        "damages": {"amount": {"kopecks": 2499000}},
        "consultation": {},
        "complaint": {"remedy": "Добавили операторов в вечернюю смену"},
        "meter-replacement": {},
        "meter-installation": {},
        "billing-claim": {"lines": [line]},
    }
    if kind not in fields:
        return None
    made: Grant = msgspec.convert({"kind": kind, **fields[kind]}, AnyGrant)
    return made
