"""A cabinet and its people's phones and mail boxes."""

import re
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace

import httpx

from adapters.passwords.argon2 import Argon2Passwords
from infra.container import wire
from infra.settings import load
from services.people.codes import CodeDelivery
from tests.actors import agree
from tests.applications import application
from tests.kabinets import QUICK, Kabinet
from tests.sandboxes import Clock

ANNA, OLEG, NOBODY = "+79000000001", "+79000000002", "+79000000009"
PASSWORD = "три слова подряд"
CONSENTS: list[dict[str, str]] = []
"""A yes to each of the documents needed, as their rows have them."""


HOME, OFFICE = "203.0.113.7", "198.51.100.1"


@dataclass
class Post:
    """Catches what goes out: (to, text), letters and short messages alike."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    is_broken: bool = False

    async def send(self, phone_or_letter, text=None):
        if self.is_broken:
            raise ConnectionRefusedError("the gateway is down")
        letter = phone_or_letter
        self.sent.append((letter, text) if text is not None else (letter.to, letter.text))

    def code(self, to: str) -> str:
        [code] = re.findall(r"\b[0-9]{6}\b", self.last(to))
        return code

    def last(self, to: str) -> str:
        return [text for reader, text in self.sent if reader == to][-1]


class Town:
    """The product on one pool, one clock, one post; clients come from where they say."""

    def __init__(self, pool):
        self.clock, self.post = Clock(), Post()
        container = wire(load({}), pool, None, self.clock, sms=self.post, passwords=Argon2Passwords(QUICK))
        by_code = replace(container.by_code, code_delivery=CodeDelivery(self.post, self.post))
        self.container = replace(container, by_code=by_code)

    def client(self, ip=HOME, token=None):
        transport = httpx.ASGITransport(self.app, client=(ip, 5000))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(transport=transport, base_url="http://kabinet/api/v1", headers=headers)

    async def customer(self, phone=ANNA, email=None):
        customer = await self.container.enrolment_service.customer(phone, "Анна", PASSWORD, email)
        await agree(self.container, customer.id)
        return customer

    @asynccontextmanager
    async def signed_in(self, phone=ANNA, ip=HOME):
        async with self.client(ip) as client:
            answer = await client.post("/sessions", json={"phone": phone, "password": PASSWORD})
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client

    async def work(self):
        return await Kabinet(self.container, None, None, self.clock).work()


def problem(answer, status: int, code: str):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


def confirmed(code: str, password: str = PASSWORD) -> dict[str, object]:
    return {"code": code, "password": password, "name": "Анна Петрова", "consents": CONSENTS}


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@contextmanager
def opened(pool):
    town = Town(pool)
    with application(town.container) as town.app:
        yield town
