"""The rules of the service and consents: which text somebody agreed to, when, and until when.

Since 01.09.2025 a consent to the processing of personal data is a document of its own (152-FZ art. 9
as amended by 156-FZ): one purpose, one document, one act of will. Nothing is bundled or ticked ahead;
advertising never rests on a contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

import msgspec
from msgspec.structs import replace

from domain.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from domain.kernel.ids import ConsentId, DocumentId, UserId

MOST_CONSENTS = 500
"""Given and withdrawn by one person, ever: nobody changes their mind so often."""


class DocumentNotFound(NotFound):
    code = "document-not-found"
    text = "There is no such document"
    remedy = "See the documents in force at GET /documents"


class DocumentTextDiffers(Conflict):
    code = "document-text-differs"
    text = "The text you were shown is not the text of this document"
    remedy = "Show the document again and send its sha256"


class DocumentNotInForce(Conflict):
    code = "document-not-in-force"
    text = "This version of the document is not in force today"
    remedy = "See the documents in force at GET /documents"


class DocumentIdTaken(Conflict):
    code = "document-id-taken"
    text = "Another document already has this id"
    remedy = "Make a fresh id for a new document"


class DocumentTooEarly(Invalid):
    code = "document-too-early"
    text = "A new version cannot hold before {earliest}"
    remedy = "Choose a later day"


class ConsentNotFound(NotFound):
    code = "consent-not-found"
    text = "There is no such consent among yours"


class TooManyConsents(Conflict):
    code = "too-many-consents"
    text = "Consents were given and withdrawn too often here"
    remedy = "Write to the company"


class ConsentNeeded(Forbidden):
    """`documents`: those that wait for a yes."""

    code = "consent-needed"
    text = "The cabinet cannot be used without your consent: {titles}"
    remedy = "Read each at GET /documents and say yes to it at POST /me/consents, or while signing up"

    def __init__(self, documents: Sequence[Document]) -> None:
        titles = "; ".join(document.title for document in documents)
        super().__init__(titles=titles, documents=[document.id for document in documents])


class Shown(msgspec.Struct, frozen=True):
    """A yes that comes with a request: to which document, and the hash of the text that was shown."""

    document_id: DocumentId
    sha256: bytes


class Purpose(StrEnum):
    RULES = "rules"
    PERSONAL_DATA = "personal-data"
    EMAIL_NOTICES = "e-mail-notices"
    SMS_NOTICES = "sms-notices"
    MARKETING = "marketing"


NEEDED = frozenset({Purpose.RULES, Purpose.PERSONAL_DATA})
"""Without these there is no cabinet. Each is asked for by itself all the same."""


class Channel(StrEnum):
    """Where the act of will took place."""

    CABINET = "cabinet"
    DESK = "desk"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the text of one purpose, for ever. `sha256` is of its text in UTF-8."""

    id: DocumentId
    purpose: Purpose
    version: int
    valid_from: date
    title: str
    text: str
    sha256: bytes

    @classmethod
    def written(
        cls, id: DocumentId, purpose: Purpose, *, version: int, valid_from: date, title: str, text: str
    ) -> Document:
        return cls(
            id=id,
            purpose=purpose,
            version=version,
            valid_from=valid_from,
            title=title,
            text=text,
            sha256=sha256(text.encode()).digest(),
        )


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's yes to one text. It is never changed, only withdrawn."""

    id: ConsentId
    user_id: UserId
    document_id: DocumentId
    purpose: Purpose
    sha256: bytes
    given_at: datetime
    channel: Channel
    ip: str
    device: str
    withdrawn_at: datetime | None = None

    @classmethod
    def given(
        cls,
        id: ConsentId,
        user_id: UserId,
        document: Document,
        *,
        shown: bytes,
        at: datetime,
        channel: Channel,
        ip: str,
        device: str,
    ) -> Consent:
        """A yes to `document`, whose text was `shown` under that hash. DocumentTextDiffers."""
        if shown != document.sha256:
            raise DocumentTextDiffers(field="sha256")
        return cls(
            id=id,
            user_id=user_id,
            document_id=document.id,
            purpose=document.purpose,
            sha256=document.sha256,
            given_at=at,
            channel=channel,
            ip=ip,
            device=device,
        )

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None

    def withdrawn(self, at: datetime) -> Consent:
        """Withdrawn for good; when it was withdrawn first stays."""
        return replace(self, withdrawn_at=max(at, self.given_at)) if self.stands else self


def unanswered(documents: Iterable[Document], consents: Sequence[Consent]) -> list[Document]:
    """The documents in force this person has not said yes to: a new version asks again."""
    agreed = {consent.document_id for consent in consents if consent.stands}
    return [document for document in documents if document.id not in agreed]


def needed(documents: Iterable[Document], consents: Sequence[Consent]) -> list[Document]:
    """What of it must be answered with yes before the cabinet may be used."""
    return [one for one in unanswered(documents, consents) if one.purpose in NEEDED]


def agreed_to(documents: Iterable[Document], shown: Iterable[Shown]) -> list[Document]:
    """The documents in force a newcomer says yes to; all that are needed must be among them.

    DocumentNotInForce, DocumentTextDiffers, ConsentNeeded.
    """
    in_force = {document.id: document for document in documents}
    agreed = {}
    for one in shown:
        if one.document_id not in in_force:
            raise DocumentNotInForce(field="consents")
        if one.sha256 != in_force[one.document_id].sha256:
            raise DocumentTextDiffers(field="consents")
        agreed[one.document_id] = in_force[one.document_id]
    if missing := [one for one in in_force.values() if one.purpose in NEEDED and one.id not in agreed]:
        raise ConsentNeeded(missing)
    return list(agreed.values())


def is_stopped(purpose: Purpose, consents: Iterable[Consent]) -> bool:
    """Whether this person once agreed and has taken it back, so that what rests on it must stop."""
    mine = [consent for consent in consents if consent.purpose is purpose]
    return bool(mine) and not any(consent.stands for consent in mine)


class NeededDocuments(Protocol):
    """Asked at every request of a customer, outside any transaction."""

    async def on(self, day: date) -> frozenset[DocumentId]:
        """What must be answered with yes on `day` before the cabinet may be used; not older than 3 s."""

    def forget(self) -> None:
        """A document has just been published: do not answer from memory."""


class Consents(Protocol):
    async def in_force(self, day: date) -> list[Document]:
        """The latest version of each purpose that holds on `day`."""

    async def document(self, document_id: DocumentId) -> Document | None:
        """Any version, also a former or a coming one."""

    async def latest(self, purpose: Purpose) -> Document | None:
        """The last version ever written for it."""

    async def publish(self, document: Document) -> bool:
        """Keep a new version. False when its id or its number is taken."""

    async def of_user(self, user_id: UserId) -> list[Consent]:
        """Every consent of the person, the newest first, withdrawn ones too."""

    async def give(self, consent: Consent) -> bool:
        """Keep it. False when one to the same document stands already."""

    async def withdraw(self, consent: Consent) -> None:
        """Keep that it is withdrawn."""
