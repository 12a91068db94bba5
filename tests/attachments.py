"""Files to lay to cases, and how they are laid over HTTP."""

import io
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx

from infra.clock import new_id
from tests.cases import Desk, Headers

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def pdf(size: int = 3000, mark: bytes = b"") -> bytes:
    """Of so many bytes."""
    return (PDF + mark).ljust(size, b" ")


def archive(*names: str, comment: bytes = b"") -> bytes:
    """A ZIP with these names in it."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as file:
        file.comment = comment
        for name in names:
            file.writestr(name, "<x/>")
    return body.getvalue()


@dataclass
class Laying:
    """Files of one case, or of a draft's id."""

    desk: Desk
    case_id: UUID | str

    def path(self, attachment_id: object = "") -> str:
        return f"cases/{self.case_id}/attachments/{attachment_id}".rstrip("/")

    async def announce(
        self, content: bytes, attachment_id: UUID | None = None, who: Headers | None = None, **more: Any
    ) -> httpx.Response:
        body = {"name": "Справка.pdf", "size_bytes": len(content), "sha256": sha256(content).hexdigest()}
        return await self.desk.put(self.path(attachment_id or new_id()), body | more, who)

    async def send(
        self, attachment_id: object, content: bytes, first: int | None = None, total: int = 0
    ) -> httpx.Response:
        """The whole of it, or a piece that begins at `first`."""
        headers = dict(self.desk.owner)
        if first is not None:
            headers["Content-Range"] = f"bytes {first}-{first + len(content) - 1}/{total}"
        url = self.desk._url(f"{self.path(attachment_id)}/content")
        return await self.desk.kabinet.http.put(url, content=content, headers=headers)

    async def lay(self, content: bytes, **more: Any) -> str:
        """Announced, sent and checked; its id."""
        announced = await self.announce(content, **more)
        assert announced.status_code == 201, announced.text
        attachment_id = announced.json()["id"]
        sent = await self.send(attachment_id, content)
        assert sent.status_code == 200, sent.text
        await self.desk.kabinet.work()
        return attachment_id

    async def state(self, attachment_id: object, who: Headers | None = None) -> dict[str, Any]:
        answer = await self.desk.get(self.path(attachment_id), who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listed(self, who: Headers | None = None) -> dict[str, Any]:
        answer = await self.desk.get(self.path(), who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def delete(self, attachment_id: object) -> httpx.Response:
        url = self.desk._url(self.path(attachment_id))
        return await self.desk.kabinet.http.delete(url, headers=self.desk.owner)
