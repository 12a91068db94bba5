"""The register of machine-readable powers of attorney, asked through an HTTP gateway.

The tax service's register is reached by operators of electronic documents; each has an API of its own
in front of it. Asked is `GET {url}/powers/{guid}?issuer_inn=…&representative_inn=…` with a bearer token;
answered `{"status": "active", "powers": ["…"], "valid_until": "2027-12-31"}` with status active, revoked
or expired. 404: no such power of these two. All else, and silence, is unreachable. What was answered is
remembered in the database (`Power.checked_at`) and not here: every process goes by the same word.
"""

import logging
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Literal
from uuid import UUID

import httpx
import msgspec

from domain.people.powers import RegisterAnswer, Standing

MOST_BYTES = 65_536
_log = logging.getLogger("kabinet.powers")
_UNREACHABLE = RegisterAnswer(standing=Standing.UNREACHABLE)


class _Wire(msgspec.Struct, frozen=True):
    status: Literal["active", "revoked", "expired"]
    powers: list[str] = []
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class HttpPowerRegister:
    """`http` carries the timeout: an act waits for the answer."""

    http: httpx.AsyncClient
    url: str
    token: str

    async def check(self, guid: UUID, issuer_inn: str, representative_inn: str) -> RegisterAnswer:
        try:
            answer = await self.http.get(
                f"{self.url.rstrip('/')}/powers/{guid}",
                params={"issuer_inn": issuer_inn, "representative_inn": representative_inn},
                headers={"Authorization": f"Bearer {self.token}", "Accept": "application/json"},
            )
        except httpx.HTTPError as error:
            _log.warning("the register of powers does not answer: %s", type(error).__name__)
            return _UNREACHABLE
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return RegisterAnswer(standing=Standing.NOT_FOUND)
        if answer.status_code != HTTPStatus.OK or len(answer.content) > MOST_BYTES:
            _log.warning("the register of powers answered %s", answer.status_code)
            return _UNREACHABLE
        return _read(answer.content)


def _read(body: bytes) -> RegisterAnswer:
    try:
        said = msgspec.json.decode(body, type=_Wire)
        return RegisterAnswer(
            standing=Standing(said.status), codes=frozenset(said.powers), valid_until=said.valid_until
        )
    except ValueError as error:
        _log.warning("the register of powers cannot be understood: %s", error)
        return _UNREACHABLE


class NoPowerRegister:
    """Where no register is set up: nothing is known of any machine-readable power."""

    async def check(self, guid: UUID, issuer_inn: str, representative_inn: str) -> RegisterAnswer:
        return _UNREACHABLE
