"""Payments that are paid, and what became of their receipts."""

from typing import Any
from uuid import UUID

from domain.payments.receipts.keeping import PromiseReceipts
from tests.households import Household
from tests.kabinets import Kabinet


async def paid(kabinet: Kabinet, home: Household, **wish: Any) -> str:
    """The payment's id; its jobs are done once."""
    answer = await kabinet.pay(home, **wish)
    assert answer.status_code == 201, answer.text
    payment_id: str = answer.json()["id"]
    await kabinet.play(home, payment_id)
    await kabinet.notices()
    await kabinet.work()
    return payment_id


async def tick(kabinet: Kabinet, **later: float) -> None:
    """Time passes, the timer of receipts fires, the jobs are done."""
    kabinet.clock.later(**later)
    await kabinet.container.of_receipts.receipt_sending.promise(PromiseReceipts())
    await kabinet.work()


async def receipts(kabinet: Kabinet, home: Household, payment_id: str | UUID) -> list[dict[str, Any]]:
    answer = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/payments/{payment_id}/receipts")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def at_register(kabinet: Kabinet) -> list[dict[str, Any]]:
    """All receipts there, the first first."""
    found = kabinet.sandbox.desk.store.page("receipt", {}, ("~", "~"), 100_000)
    return [one.body for one in found][::-1]


def kopecks(receipt: dict[str, Any]) -> int:
    return sum(int(item["amount"]["value"].replace(".", "")) for item in receipt["items"])
