"""The supplier's billing: a month's charges early in the next, corrections of a month charged before, and
the bills that are issued of it."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import StringIO

from domain.accounts.import_columns import COLUMNS, ImportKind
from domain.accounts.imports import Import, Wish
from domain.kernel.calendar import Period, business_day, first_day, next_period
from infra.demo.files import roubles
from infra.demo.households import PERIODS, Line
from infra.demo.prices import charged
from infra.simulation.scheduler import Scheduler
from infra.simulation.town import Home, Town
from infra.simulation.world import World
from services.bills.issuing import Issued

_NEXT = next_period(PERIODS[-1])
_CHARGED_ON_DAY, _ISSUED_ON_DAY = 3, 4
_IS_CORRECTED = 0.3


@dataclass(frozen=True, slots=True)
class Billing:
    world: World
    scheduler: Scheduler
    town: Town

    def plan(self, begins: datetime) -> None:
        day = business_day(begins, self.world.container.zone)
        dice = self.world.chance.dice("billing")
        if day == first_day(next_period(_NEXT)).replace(day=_CHARGED_ON_DAY):
            send = partial(self._send, _NEXT, self.town.homes)
            self.scheduler.later("billing sends a month", send, hours=dice.uniform(6, 12))
        elif dice.random() < _IS_CORRECTED:
            some = tuple(dice.sample(self.town.homes, k=2))
            correct = partial(self._send, PERIODS[-1], some)
            self.scheduler.later("billing corrects charges", correct, hours=dice.uniform(6, 20))
        if day == first_day(next_period(PERIODS[-1])).replace(day=_ISSUED_ON_DAY + 9):
            issue = partial(self._issue, PERIODS[-1])
            self.scheduler.later("bills are issued", issue, hours=dice.uniform(1, 20))
        if day == first_day(next_period(_NEXT)).replace(day=_ISSUED_ON_DAY):
            issue = partial(self._issue, _NEXT)
            self.scheduler.later("bills are issued", issue, hours=dice.uniform(13, 20))

    async def _send(self, period: Period, homes: tuple[Home, ...]) -> None:
        body = self._charges(period, homes)
        clock = self.world.chance.clock
        wish = Wish(
            kind=ImportKind.CHARGES,
            file_name=f"charges-{period}.csv",
            sha256=hashlib.sha256(body).digest(),
            who="simulation",
            value_date=business_day(clock(), self.world.container.zone),
        )

        async def receive() -> Import:
            return await self.world.container.import_service.receive(wish, body)

        await self.scheduler.until_heard(f"charges of {period} for {len(homes)} accounts", receive)

    def _charges(self, period: Period, homes: tuple[Home, ...]) -> bytes:
        text = StringIO(newline="")
        writer = csv.writer(text, delimiter=";", lineterminator="\n")
        columns = COLUMNS[ImportKind.CHARGES]
        writer.writerow((*columns.needed, *columns.optional))
        for home in homes:
            writer.writerows(self._lines(period, home))
        return text.getvalue().encode()

    def _lines(self, period: Period, home: Home) -> Iterator[tuple[object, ...]]:
        """As the demo's last month, the volumes dealt anew."""
        dice = self.world.chance.dice("charges")
        for line in home.known.lines:
            if line.period == PERIODS[-1]:
                yield _row(period, home, line, line.volume * dice.randint(70, 130) // 100)

    async def _issue(self, period: Period) -> None:
        async def issue() -> Issued:
            issuing = self.world.container.of_bills.bill_issuing
            common = await issuing.common(period)
            return await issuing.issue([home.account_id for home in self.town.homes], common)

        await self.scheduler.until_heard(f"bills of {period}", issue)


def _row(period: Period, home: Home, line: Line, volume: int) -> tuple[object, ...]:
    known = home.known
    group = known.group if line.service.code == "electricity" else ""
    tariff, amount = charged(line.service, volume, known.zones, group)
    bill = f"{period[2:4]}{period[5:]}-{known.no:08d}"
    return (
        *(period, known.number, line.supplier.inn, known.supplier_account(line.supplier)),
        *(line.service.code, roubles(amount), bill, f"{volume // 1000}.{volume % 1000:03d}"),
        *(line.service.unit, "" if tariff is None else roubles(tariff)),
        *("0.00", roubles(line.penalty), "0.00", "", ""),
    )
