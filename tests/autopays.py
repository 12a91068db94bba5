"""A customer who leaves paying to us, and the days that pass."""

from dataclasses import dataclass
from typing import Any

from domain.payments.autopay.runs import PromiseAutopays
from infra.clock import new_id
from infra.sandbox.words import kopecks
from tests.households import Household, charge
from tests.kabinets import Kabinet


@dataclass
class Autopayer:
    kabinet: Kabinet
    home: Household
    autopay_id: str = ""

    async def saved(self, method: str = "bank_card") -> dict[str, Any]:
        """Pays one rouble and saves the card."""
        answer = await self.kabinet.pay(
            self.home, amount={"kopecks": 100}, method=method, save_method=True, confirm_duplicate=True
        )
        assert answer.status_code == 201, answer.text
        await self.kabinet.play(self.home, answer.json()["id"])
        await self.kabinet.notices()
        await self.kabinet.work()
        listed = await self.kabinet.http.get("/api/v1/payment-methods/saved")
        assert listed.status_code == 200, listed.text
        found: dict[str, Any] = listed.json()[0]
        return found

    async def put(self, saved_method_id: str, autopay_id: str = "", **plan: Any) -> Any:
        self.autopay_id = autopay_id or self.autopay_id or str(new_id())
        body = {"saved_method_id": saved_method_id, "limit": {"kopecks": 1_000_000}, **plan}
        if not plan.keys() & {"day_of_month", "days_before_due"}:
            body["day_of_month"] = 28
        return await self.kabinet.http.put(self.path, json=body)

    @property
    def path(self) -> str:
        return f"/api/v1/accounts/{self.home.account_id}/autopay/{self.autopay_id}"

    async def shown(self) -> dict[str, Any]:
        await self.kabinet.sign_in_again()
        answer = await self.kabinet.http.get(self.path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def days(self, count: float) -> None:
        """They pass, and the timer looks every few hours."""
        for _ in range(int(count * 8)):
            await self.hours(3)

    async def hours(self, count: float) -> None:
        self.kabinet.clock.later(hours=count)
        await self.look()

    async def look(self) -> None:
        running = self.kabinet.container.of_autopay.autopay_running
        await running.promise(PromiseAutopays())
        await self.kabinet.work()
        await self.kabinet.notices()
        await self.kabinet.work()

    async def owe(self, **kopecks_: int) -> None:
        await charge(self.kabinet.container.pool, self.home, kopecks_)

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """What letters about it were promised, the first first: kind and words."""
        rows = await self.kabinet.container.pool.fetch(
            "SELECT kind, words FROM notices WHERE kind LIKE 'autopay%' ORDER BY made_at, notice_id"
        )
        return [(row["kind"], row["words"]) for row in rows]

    def taken(self) -> list[int]:
        """Kopecks that the provider took by saved methods, the first first."""
        found = self.kabinet.sandbox.desk.store.page("payment", {}, ("~", "~"), 100_000)
        return [
            kopecks(one.body["amount"])
            for one in found[::-1]
            if one.inner.get("saved_method_id") and one.status == "succeeded"
        ]
