"""Banks and agents send registries: sound, broken, corrected, twice, overlapping online payments."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from domain.kernel.ids import AccountId
from domain.payments.provider import ProviderState
from domain.payments.registries.agents import PaymentAgent
from domain.payments.registries.entries import Expected
from domain.payments.registries.files import PaymentRegistry
from infra.demo.agents import RAIFFEISEN, SBER, TOCHKA
from infra.demo.registry_files import Paid, raiffeisen, sberbank, tochka
from infra.simulation.scheduler import Scheduler
from infra.simulation.town import Town, is_unified
from infra.simulation.world import Answer, World

_WRITERS = ((SBER, sberbank), (RAIFFEISEN, raiffeisen), (TOCHKA, tochka))
_BROKEN, _TWICE, _OVERLAPS, _ONLINE = 0.15, 0.12, 0.25, 0.5
_UNKNOWN, _MISTYPED, _DIFFERS, _IN_FILE_TWICE = 0.12, 0.08, 0.05, 0.05


@dataclass
class Sent:
    """What an agent sent, as it knows it itself: (operation, kopecks) of each row."""

    agent_code: str
    words: str
    sha256: bytes
    operations: tuple[tuple[str, int], ...]
    is_broken: bool
    is_received: bool = False


@dataclass
class Agents:
    world: World
    scheduler: Scheduler
    town: Town
    files_a_day: int
    sent: list[Sent]
    _before: dict[str, list[Paid]] = field(default_factory=dict)
    _count: int = 0

    def plan(self, begins: datetime) -> None:
        dice = self.world.chance.dice("agents")
        for _ in range(self.files_a_day):
            self.scheduler.later("an agent closes its day", self._file, hours=dice.uniform(1, 23))

    async def _file(self) -> None:
        dice = self.world.chance.dice("agents")
        agent, write = dice.choice(_WRITERS)
        rows = self._rows(agent)
        body = write(rows)
        name = f"{agent.code} of {self.world.chance.clock():%d.%m %H:%M}, {len(rows)} rows"
        if agent is SBER and dice.random() < _BROKEN:
            await self._send(agent, f"broken {name}", _broken(body), rows, is_broken=True)
            correct = partial(self._send, agent, f"corrected {name}", body, rows)
            self.scheduler.later("the agent corrects its file", correct, hours=dice.uniform(0.5, 9))
            return
        await self._send(agent, name, body, rows)
        if dice.random() < _TWICE:
            again = partial(self._send, agent, f"again {name}", body, rows)
            self.scheduler.later(
                "the agent sends the same file", again, seconds=dice.choice((1, 900, 90_000))
            )

    async def _send(
        self, agent: PaymentAgent, name: str, body: bytes, rows: list[Paid], *, is_broken: bool = False
    ) -> None:
        digest = hashlib.sha256(body).digest()
        operations = tuple((one.operation, one.kopecks) for one in rows)
        sent = Sent(agent.code, name, digest, operations, is_broken)
        self.sent.append(sent)
        registry_id = AccountId(self.world.chance.new_id())

        async def send() -> PaymentRegistry:
            receive = self.world.container.of_registries.registry_service.receive
            return await receive(
                registry_id,
                agent_code=agent.code,
                file_name=f"{agent.code}.txt",
                body=body,
                who="simulation",
                expected=Expected(),
            )

        async def heard(answer: Answer[PaymentRegistry]) -> None:
            sent.is_received = answer.is_done

        await self.scheduler.until_heard(f"registry {name}", send, heard)

    def _rows(self, agent: PaymentAgent) -> list[Paid]:
        dice = self.world.chance.dice("rows")
        before = self._before.setdefault(agent.code, [])
        rows = [self._row(agent) for _ in range(dice.randint(2, 9))]
        if before and dice.random() < _OVERLAPS:
            old = dice.choice(before)
            rows.append(old._replace(kopecks=old.kopecks + 100) if dice.random() < _DIFFERS else old)
        if agent is RAIFFEISEN and dice.random() < _ONLINE:
            rows += self._online(agent)
        if dice.random() < _IN_FILE_TWICE:
            rows.append(rows[0])
        before += rows
        return rows

    def _row(self, agent: PaymentAgent) -> Paid:
        dice = self.world.chance.dice("rows")
        home = dice.choice([one for one in self.town.homes if is_unified(one)])
        account, fate = home.known.number, dice.random()
        if fate < _UNKNOWN:
            account = f"72{dice.randint(90_000_000, 99_999_999)}"
        elif fate < _UNKNOWN + _MISTYPED:
            account = account[:-3] + account[-2:]
        self._count += 1
        kopecks = dice.randint(10_000, 900_000)
        return Paid(
            at=self._local(agent) - timedelta(minutes=dice.randint(1, 2000)),
            operation=f"{agent.code.upper()}-{self._count:012d}",
            account=account,
            kopecks=kopecks,
            fee=kopecks * agent.commission_basis_points // 10_000 if agent is SBER else 0,
            name=home.known.holder,
            address=home.known.address if dice.random() < 0.5 else "",
        )

    def _online(self, agent: PaymentAgent) -> list[Paid]:
        """The acquirer tells of a payment that came by our own provider too."""
        dice = self.world.chance.dice("rows")
        taken = [
            one
            for one in self.world.bank.payments.values()
            if one.state is ProviderState.SUCCEEDED and one.sbp_operation_id
        ]
        if not taken:
            return []
        one = dice.choice(taken)
        numbers = {home.account_id: home.known.number for home in self.town.homes}
        assert one.account_id and one.paid_at and one.sbp_operation_id
        at = one.paid_at.astimezone(ZoneInfo(agent.zone)).replace(tzinfo=None, microsecond=0)
        return [Paid(at, one.sbp_operation_id, numbers[one.account_id], one.amount.kopecks)]

    def _local(self, agent: PaymentAgent) -> datetime:
        now = self.world.chance.clock().astimezone(ZoneInfo(agent.zone))
        return now.replace(tzinfo=None, microsecond=0)


def _broken(body: bytes) -> bytes:
    """The trailer tells of a row more than there are."""
    head, mark, tail = body.rpartition(b"=")
    count, _, rest = tail.partition(b";")
    return head + mark + str(int(count) + 1).encode() + b";" + rest
