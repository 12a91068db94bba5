"""The documents of the service, and one's consent to each."""

from datetime import date, datetime
from typing import Annotated, Any, Self

import msgspec
from litestar import Request, Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.identity import Entry, client_ip, device
from api.problems import responses
from api.texts import language_of, translated
from domain.kernel.access import Actor, Scope
from domain.kernel.ids import ConsentId, DocumentId, UserId
from domain.people.consents import NEEDED, Channel, Consent, Document, Purpose
from services.people.consents import Answers, ConsentService
from services.repeating import repeated

Sha256 = Annotated[
    str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 of the text in UTF-8, hexadecimal")
]
# Line ends and tabs belong to a text, other control characters do not.
Text = Annotated[str, Meta(min_length=1, max_length=100_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]

FOLLOWS = {
    Purpose.RULES: "You no longer accept the rules: the cabinet asks for them again. Your supply contract "
    "goes on. To have your data erased as well: DELETE /me",
    Purpose.PERSONAL_DATA: "Data is no longer processed for your cabinet by this consent: the cabinet asks "
    "for it again. To have your data erased at once: DELETE /me. What the law has us keep, stays",
    Purpose.EMAIL_NOTICES: "No more letters about bills and payments are sent to you",
    Purpose.SMS_NOTICES: "No more short messages are sent to you, except the codes you ask for",
    Purpose.MARKETING: "No more offers are sent to you, from this moment",
}


class DocumentSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`is_needed`: the cabinet cannot be used without a yes to it. Everything else is a free choice:
    show each document by itself and tick nothing ahead."""

    id: DocumentId
    purpose: Purpose
    version: int
    valid_from: date
    title: str
    sha256: Sha256
    is_needed: bool

    @classmethod
    def of(cls, document: Document) -> Self:
        return cls(**_summary(document))


class DocumentOut(DocumentSummary, frozen=True, kw_only=True):
    text: str

    @classmethod
    def of(cls, document: Document) -> Self:
        return cls(**_summary(document), text=document.text)


class NewDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    purpose: Purpose
    title: Title
    text: Text
    valid_from: date


class ConsentIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A yes to one document; `sha256` is of the text that was shown."""

    document_id: DocumentId
    sha256: Sha256


class ConsentOut(msgspec.Struct, frozen=True, kw_only=True):
    id: ConsentId
    document_id: DocumentId
    purpose: Purpose
    sha256: Sha256
    given_at: datetime
    channel: Channel
    withdrawn_at: datetime | None

    @classmethod
    def of(cls, consent: Consent) -> Self:
        return cls(
            id=consent.id,
            document_id=consent.document_id,
            purpose=consent.purpose,
            sha256=consent.sha256.hex(),
            given_at=consent.given_at,
            channel=consent.channel,
            withdrawn_at=consent.withdrawn_at,
        )


class ConsentsOut(msgspec.Struct, frozen=True, kw_only=True):
    """`consents`: what you said yes to, withdrawn ones too, the newest first. `unanswered`: documents in
    force without your yes; `may_use_cabinet` is false while a needed one is among them."""

    consents: list[ConsentOut]
    unanswered: list[DocumentSummary]
    may_use_cabinet: bool

    @classmethod
    def of(cls, answers: Answers) -> Self:
        return cls(
            consents=[ConsentOut.of(consent) for consent in answers.consents],
            unanswered=[DocumentSummary.of(document) for document in answers.unanswered],
            may_use_cabinet=not answers.needed,
        )


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """`follows` says what comes of it."""

    consent: ConsentOut
    follows: str


@get("/documents", opt={"access": Entry.OPEN}, responses=responses())
async def list_documents(consent_service: NamedDependency[ConsentService]) -> list[DocumentSummary]:
    """The documents in force, one per purpose."""
    return [DocumentSummary.of(document) for document in await consent_service.documents()]


@get("/documents/{document_id:uuid}", opt={"access": Entry.OPEN}, responses=responses(404))
async def get_document(
    document_id: FromPath[DocumentId], consent_service: NamedDependency[ConsentService]
) -> DocumentOut:
    """A document with its text, also a former version."""
    return DocumentOut.of(await consent_service.document(document_id))


@put(
    "/documents/{document_id:uuid}",
    status_code=201,
    opt={"access": Scope.ADMINISTER},
    responses=responses(401, 403, 409, 422)
    | {200: ResponseSpec(DocumentOut, description="Published before by the same request")},
)
async def publish_document(
    document_id: FromPath[DocumentId],
    data: JSONBody[NewDocument],
    consent_service: NamedDependency[ConsentService],
) -> Response[DocumentOut]:
    """Publish a new version of a document. From its day on everybody is asked again."""
    document, is_new = await repeated(
        lambda: consent_service.publish(
            document_id, data.purpose, title=data.title, text=data.text, valid_from=data.valid_from
        )
    )
    return Response(DocumentOut.of(document), status_code=201 if is_new else 200)


@get("/me/consents", opt={"access": Entry.CUSTOMER_PRESENT}, responses=responses(401, 403))
async def list_consents(
    actor: NamedDependency[Actor], consent_service: NamedDependency[ConsentService]
) -> ConsentsOut:
    """What I agreed to, and what is still to be answered."""
    return ConsentsOut.of(await consent_service.answers(UserId(actor.id)))


@post(
    "/me/consents",
    opt={"access": Entry.CUSTOMER_PRESENT},
    responses=responses(401, 403, 404, 409, 422)
    | {200: ResponseSpec(ConsentOut, description="Given before", generate_examples=False)},
)
async def give_consent(
    request: Request[Any, Any, Any],
    data: JSONBody[ConsentIn],
    actor: NamedDependency[Actor],
    consent_service: NamedDependency[ConsentService],
) -> Response[ConsentOut]:
    """Agree to one document. Repeated: 200 and the first consent."""
    consent, is_new = await repeated(
        lambda: consent_service.give(
            UserId(actor.id),
            data.document_id,
            shown=bytes.fromhex(data.sha256),
            channel=Channel.CABINET,
            ip=client_ip(request),
            device=device(request),
        )
    )
    return Response(ConsentOut.of(consent), status_code=201 if is_new else 200)


@delete(
    "/me/consents/{consent_id:uuid}",
    status_code=200,
    opt={"access": Entry.CUSTOMER_PRESENT},
    responses=responses(401, 403, 404),
)
async def withdraw_consent(
    consent_id: FromPath[ConsentId],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    consent_service: NamedDependency[ConsentService],
) -> Withdrawn:
    """Take a consent back, as easily as it was given. Repeated, it stays withdrawn as it was."""
    consent = await repeated(lambda: consent_service.withdraw(UserId(actor.id), consent_id))
    language = language_of(request.headers.get("accept-language"))
    return Withdrawn(consent=ConsentOut.of(consent), follows=translated(language, FOLLOWS[consent.purpose]))


def _summary(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "purpose": document.purpose,
        "version": document.version,
        "valid_from": document.valid_from,
        "title": document.title,
        "sha256": document.sha256.hex(),
        "is_needed": document.purpose in NEEDED,
    }


consents = Router(
    "/",
    tags=["consents"],
    route_handlers=[
        list_documents,
        get_document,
        publish_document,
        list_consents,
        give_consent,
        withdraw_consent,
    ],
)
