"""Short messages through an HTTP gateway of the common kind: POST of JSON with a bearer token.

Request `{"to": "+79000000001", "text": "…", "from": "Kabinet"}`, any 2xx is taken as accepted. Providers
differ in the names of fields only: they are settings of the constructor.
"""

from dataclasses import dataclass

import httpx


class SmsRefused(Exception):
    """The gateway did not take the message; its answer's status is in the text."""


@dataclass(frozen=True, slots=True)
class GatewaySms:
    http: httpx.AsyncClient
    url: str
    token: str
    sender: str
    phone_field: str = "to"
    text_field: str = "text"
    sender_field: str = "from"

    async def send(self, phone: str, text: str) -> None:
        body = {self.phone_field: phone, self.text_field: text, self.sender_field: self.sender}
        answer = await self.http.post(self.url, json=body, headers={"Authorization": f"Bearer {self.token}"})
        if not answer.is_success:
            raise SmsRefused(f"the gateway answered {answer.status_code}")
