"""People who share an account, each with a client of their own, for stories over HTTP."""

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from tests.actors import agree
from tests.households import Household
from tests.kabinets import PASSWORD, Kabinet


class Messages:
    """A port `Sms` that keeps what was sent."""

    def __init__(self):
        self.sent: list[tuple[str, str]] = []

    async def send(self, phone: str, text: str) -> None:
        self.sent.append((phone, text))

    def code(self, phone: str) -> str:
        """The code of the last message to that phone."""
        text = next(text for to, text in reversed(self.sent) if to == phone)
        return text.split(" код ")[1].split(",")[0]


@dataclass
class Person:
    """A customer with a session of their own."""

    id: UUID
    phone: str
    http: httpx.AsyncClient

    async def ask(self, method: str, path: str, expected: int = 200, **more: Any) -> Any:
        answer = await self.http.request(method, f"/api/v1{path}", **more)
        assert answer.status_code == expected, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None


@asynccontextmanager
async def person(kabinet: Kabinet, phone: str, name: str = "Петрова Анна"):
    """A new customer, signed in on another device."""
    customer = await kabinet.container.enrolment_service.customer(phone, name, PASSWORD, None)
    await agree(kabinet.container, customer.id)
    transport = kabinet.http._transport
    async with httpx.AsyncClient(transport=transport, base_url="http://kabinet") as http:
        answer = await http.post("/api/v1/sessions", json={"phone": phone, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield Person(customer.id, phone, http)


async def let_in(
    kabinet: Kabinet, messages: Messages, home: Household, who: Person, *scopes: str, **grant: Any
) -> None:
    """The signed-in owner invites, the message is sent, the invited one accepts."""
    body = {"phone": who.phone, "role": grant.pop("role", "family"), "scopes": list(scopes)} | grant
    made = await kabinet.http.post(f"/api/v1/accounts/{home.account_id}/invitations", json=body)
    assert made.status_code == 201, made.text
    await kabinet.work()
    await who.ask("POST", "/invitations/accept", json={"code": messages.code(who.phone)})
