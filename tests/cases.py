"""A customer and the staff at their applications, over HTTP and through the services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from domain.cases import moves
from domain.cases.cases import TellOfStep
from domain.cases.deciding import Verdict
from domain.cases.forms import Grant
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.ids import AccountId, CaseId
from domain.kinds import FAMILIES, AnyGrant
from domain.notices.kinds import AnyWords
from domain.people.staff import SCOPES, Role
from infra.clock import new_id
from tests.actors import add_customer, customer_token, staff_token
from tests.households import Household
from tests.kabinets import Kabinet

QUESTION = {"kind": "consultation", "topic": "charges", "question": "Почему такой счёт?"}
Headers = dict[str, str]


@dataclass
class Desk:
    """`owner` are the headers of the account's holder, who acts where nobody else is named."""

    kabinet: Kabinet
    home: Household
    owner: Headers

    async def get(self, path: str, who: Headers | None = None) -> httpx.Response:
        return await self.kabinet.http.get(self._url(path), headers=who or self.owner)

    async def post(self, path: str, body: Any, who: Headers | None = None) -> httpx.Response:
        return await self.kabinet.http.post(self._url(path), json=body, headers=who or self.owner)

    async def put(self, path: str, body: Any, who: Headers | None = None) -> httpx.Response:
        return await self.kabinet.http.put(self._url(path), json=body, headers=who or self.owner)

    async def kinds(self) -> httpx.Response:
        return await self.kabinet.http.get("/api/v1/case-kinds", headers=self.owner)

    async def file(
        self, form: dict[str, Any], *, case_id: UUID | None = None, who: Headers | None = None, **more: Any
    ) -> httpx.Response:
        family = FAMILIES[form["kind"]]
        return await self.put(f"{family}/{case_id or new_id()}", {"form": form, **more}, who)

    async def later(self, **much: float) -> None:
        """Time passes; the holder signs in again."""
        self.kabinet.clock.later(**much)
        token = await customer_token(self.kabinet.container, self.home.user_id)
        self.owner = {"Authorization": f"Bearer {token}"}

    async def stranger(self) -> Headers:
        """A customer with another account or none."""
        container = self.kabinet.container
        token = await customer_token(container, await add_customer(container))
        return {"Authorization": f"Bearer {token}"}

    async def staff(self, role: Role) -> Headers:
        return {"Authorization": f"Bearer {await staff_token(self.kabinet.container, role)}"}

    async def decide(
        self,
        case_id: str,
        outcome: str,
        answer: str,
        grant: dict[str, Any] | None = None,
        *,
        number: int = 7,
    ) -> None:
        """By an operator of that number, through the service."""
        granted: Grant | None = msgspec.convert(grant, AnyGrant) if grant else None
        verdict = Verdict(outcome=CaseState(outcome), answer=answer, rule="ПП РФ 354, п. 31", grant=granted)
        access = operator_access(self.home.account_id, self.kabinet.clock(), UUID(int=number))
        await self.kabinet.container.of_cases.case_deciding.decide(access, CaseId(UUID(case_id)), verdict)

    async def ask(self, case_id: str, question: str) -> None:
        access = self.access()
        verb = partial(moves.asked, by=StepBy.of(access.actor), at=access.at, question=question, until=None)
        await self.kabinet.container.of_cases.case_deciding.move(access, CaseId(UUID(case_id)), verb)

    async def note(self, case_id: str, words: str) -> None:
        await self.kabinet.container.of_cases.case_deciding.note(self.access(), CaseId(UUID(case_id)), words)

    async def told(self) -> list[AnyWords]:
        """What the holder is told of cases, in the order of steps, however often it is told."""
        container = self.kabinet.container
        steps = await container.pool.fetch("SELECT account_id, case_id, step_no FROM case_steps")
        for step in steps:
            await container.notices.case_notices.tell(TellOfStep(**dict(step)))
        rows = await container.pool.fetch(
            "SELECT words FROM notices WHERE user_id = $1 ORDER BY cause", self.home.user_id
        )
        return [msgspec.convert(row["words"], AnyWords) for row in rows]

    async def count(self, table: str) -> int:
        return await self.kabinet.container.pool.fetchval(f"SELECT count(*) FROM {table}")

    def access(self) -> Access:
        return operator_access(self.home.account_id, self.kabinet.clock())

    def _url(self, path: str) -> str:
        return f"/api/v1/accounts/{self.home.account_id}/{path}"


def operator_access(account_id: AccountId, at: datetime, staff_id: UUID = UUID(int=7)) -> Access:
    """An operator's right to work on the account's cases."""
    actor = Actor(
        kind=ActorKind.STAFF,
        id=staff_id,
        name="Орлова Ирина",
        role=Role.OPERATOR,
        scopes=SCOPES[Role.OPERATOR],
    )
    return Access(actor=actor, account_id=account_id, scope=Scope.APPLICATIONS, at=at)


async def own_suppliers(pool: asyncpg.Pool, inns: Sequence[str] = ()) -> None:
    """The company itself supplies by these INNs; without any, all that is supplied so far. Call it before
    the first case: terms are remembered."""
    inns = inns or [row["inn"] for row in await pool.fetch("SELECT inn FROM suppliers")]
    await pool.execute(
        "UPDATE terms SET value = $1 WHERE name = 'company.own-suppliers'", {"inns": list(inns)}
    )
