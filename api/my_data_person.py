"""What the copy of one's data says of the person, beside accounts: ways in, consents, powers."""

from datetime import datetime

import msgspec

from domain.kernel.ids import ConsentId, UserId
from domain.people.consents import Channel, Purpose
from services.people.export import Person


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """`second_factor_since`: when a second factor was set up, if it was."""

    id: UserId
    name: str
    phone: str
    email: str | None
    locale: str
    created_at: datetime
    has_password: bool
    second_factor_since: datetime | None

    @classmethod
    def of(cls, person: Person) -> "Profile":
        customer, factor = person.customer, person.factor
        return cls(
            id=customer.id,
            name=customer.name,
            phone=customer.phone,
            email=customer.email,
            locale=customer.locale,
            created_at=customer.created_at,
            has_password=customer.password_hash is not None,
            second_factor_since=factor.confirmed_at if factor else None,
        )


class PasskeyItem(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    transports: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None


class IdentityItem(msgspec.Struct, frozen=True, kw_only=True):
    """Who one is at an identity provider: its `issuer`, and its `subject` for the person."""

    provider: str
    issuer: str
    subject: str
    name: str
    linked_at: datetime
    last_used_at: datetime | None


class ConsentItem(msgspec.Struct, frozen=True, kw_only=True):
    id: ConsentId
    purpose: Purpose
    title: str
    version: int
    sha256: str
    given_at: datetime
    channel: Channel
    ip: str
    device: str
    withdrawn_at: datetime | None


def passkeys(person: Person) -> list[PasskeyItem]:
    return [
        PasskeyItem(
            name=one.name,
            transports=one.transports,
            created_at=one.created_at,
            last_used_at=one.last_used_at,
        )
        for one in person.passkeys
    ]


def identities(person: Person) -> list[IdentityItem]:
    return [
        IdentityItem(
            provider=one.provider,
            issuer=one.issuer,
            subject=one.subject,
            name=one.name,
            linked_at=one.linked_at,
            last_used_at=one.last_used_at,
        )
        for one in person.identities
    ]


def consents(person: Person) -> list[ConsentItem]:
    return [
        ConsentItem(
            id=consent.id,
            purpose=consent.purpose,
            title=person.documents[consent.document_id].title,
            version=person.documents[consent.document_id].version,
            sha256=consent.sha256.hex(),
            given_at=consent.given_at,
            channel=consent.channel,
            ip=consent.ip,
            device=consent.device,
            withdrawn_at=consent.withdrawn_at,
        )
        for consent in person.consents
    ]
