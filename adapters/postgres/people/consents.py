from dataclasses import dataclass
from datetime import date

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import DocumentId, UserId
from domain.people.consents import Consent, Document, Purpose


@dataclass(frozen=True, slots=True)
class PostgresConsents:
    connection: asyncpg.Connection

    async def in_force(self, day: date) -> list[Document]:
        rows = await self.connection.fetch(
            """
            SELECT DISTINCT ON (purpose) document_id AS id, purpose, version, valid_from, title, text, sha256
            FROM documents WHERE valid_from <= $1 ORDER BY purpose, version DESC
            """,
            day,
        )
        return [struct(Document, row) for row in rows]

    async def document(self, document_id: DocumentId) -> Document | None:
        row = await self.connection.fetchrow(
            """
            SELECT document_id AS id, purpose, version, valid_from, title, text, sha256
            FROM documents WHERE document_id = $1
            """,
            document_id,
        )
        return None if row is None else struct(Document, row)

    async def latest(self, purpose: Purpose) -> Document | None:
        row = await self.connection.fetchrow(
            """
            SELECT document_id AS id, purpose, version, valid_from, title, text, sha256
            FROM documents WHERE purpose = $1 ORDER BY version DESC LIMIT 1
            """,
            purpose,
        )
        return None if row is None else struct(Document, row)

    async def publish(self, document: Document) -> bool:
        kept = await self.connection.fetchval(
            """
            INSERT INTO documents (document_id, purpose, version, valid_from, title, text, sha256)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING true
            """,
            document.id,
            document.purpose,
            document.version,
            document.valid_from,
            document.title,
            document.text,
            document.sha256,
        )
        return kept is not None

    async def of_user(self, user_id: UserId) -> list[Consent]:
        rows = await self.connection.fetch(
            """
            SELECT c.consent_id AS id, c.user_id, c.document_id, d.purpose, c.sha256, c.given_at, c.channel,
              c.ip, c.device, c.withdrawn_at
            FROM user_consents c JOIN documents d ON d.document_id = c.document_id
            WHERE c.user_id = $1 ORDER BY c.given_at DESC, c.consent_id DESC
            """,
            user_id,
        )
        return [struct(Consent, row) for row in rows]

    async def give(self, consent: Consent) -> bool:
        kept = await self.connection.fetchval(
            """
            INSERT INTO user_consents (user_id, consent_id, document_id, sha256, given_at, channel, ip,
              device)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (user_id, document_id) WHERE withdrawn_at IS NULL DO NOTHING RETURNING true
            """,
            consent.user_id,
            consent.id,
            consent.document_id,
            consent.sha256,
            consent.given_at,
            consent.channel,
            consent.ip,
            consent.device,
        )
        return kept is not None

    async def withdraw(self, consent: Consent) -> None:
        await self.connection.execute(
            """
            UPDATE user_consents SET withdrawn_at = $3
            WHERE user_id = $1 AND consent_id = $2 AND withdrawn_at IS NULL
            """,
            consent.user_id,
            consent.id,
            consent.withdrawn_at,
        )
