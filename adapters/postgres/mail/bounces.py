"""Reports of letters that could not be delivered."""

from dataclasses import dataclass

from adapters.postgres.pool import Queryable
from domain.mail.bounces import Bounce
from domain.notices.bounces import notice_of


@dataclass(frozen=True, slots=True)
class PostgresBounces:
    connection: Queryable

    async def add(self, bounce: Bounce) -> None:
        await self.connection.execute(
            """
            INSERT INTO mail_bounces
              (bounce_id, letter_id, recipient, message_id, action, status, diagnostic, received_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (bounce_id) DO NOTHING
            """,
            *(bounce.id, bounce.letter_id, bounce.recipient, bounce.message_id),
            *(bounce.action, bounce.status, bounce.diagnostic, bounce.received_at),
        )

    async def sent_to(self, message_id: str) -> str | None:
        notice = notice_of(message_id)
        if notice is None:
            found = await self.connection.fetchval(
                "SELECT recipient FROM letter_answers WHERE message_id = $1", message_id
            )
        else:
            found = await self.connection.fetchval(
                "SELECT address FROM notices WHERE user_id = $1 AND notice_id = $2", *notice
            )
        return None if found is None else str(found).lower()
