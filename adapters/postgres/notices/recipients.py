"""To whom of many accounts a letter may go: a question to each group of tables in turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

import asyncpg

from adapters.postgres.notices.bounces import PostgresBounceReports
from adapters.postgres.notices.preferences import PostgresPreferences
from domain.kernel.ids import AccountId, UserId
from domain.notices.allowing import ConsentStanding
from domain.notices.preferences import Preferences
from domain.notices.reminders import Recipient, Window


class _Person(NamedTuple):
    address: str | None
    locale: str


class _Reminded(NamedTuple):
    times: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class PostgresRecipients:
    connection: asyncpg.Connection

    async def of_accounts(
        self, windows: Mapping[AccountId, Window], at: datetime, bounced_since: datetime
    ) -> dict[AccountId, list[Recipient]]:
        # A pass fills `notices` while it reads it: a plan made when the table was empty is kept too long.
        await self.connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        members = await self._members(list(windows), at)
        user_ids = sorted({user_id for _, user_id in members})
        people = await self._people(user_ids)
        consenting = await self._consenting(user_ids)
        preferences = await PostgresPreferences(self.connection).of_many(user_ids)
        reminded = await self._reminded(user_ids, sorted({one.period for one in windows.values()}))
        bouncing = await PostgresBounceReports(self.connection).among(
            [one.address.lower() for one in people.values() if one.address is not None], bounced_since
        )
        found: dict[AccountId, list[Recipient]] = {}
        for account_id, user_id in members:
            if user_id not in people:
                continue  # erased a moment ago
            person = people[user_id]
            past = reminded.get((user_id, account_id, windows[account_id].period), _Reminded(0, None))
            found.setdefault(account_id, []).append(
                Recipient(
                    account_id=account_id,
                    user_id=user_id,
                    address=person.address,
                    locale=person.locale,
                    preferences=preferences.get(user_id) or Preferences(user_id=user_id),
                    consent=ConsentStanding.GIVEN if user_id in consenting else ConsentStanding.NONE,
                    bounces=(person.address or "").lower() in bouncing,
                    reminded=past.times,
                    reminded_at=past.last_at,
                )
            )
        return found

    async def _members(
        self, account_ids: Sequence[AccountId], at: datetime
    ) -> list[tuple[AccountId, UserId]]:
        """Report over the accounts of one page: who may send their readings."""
        rows = await self.connection.fetch(
            """
            SELECT account_id, user_id FROM account_members
            WHERE account_id = ANY ($1) AND 'readings' = ANY (scopes)
              AND (valid_until IS NULL OR valid_until > $2)
            """,
            account_ids,
            at,
        )
        return sorted((row["account_id"], row["user_id"]) for row in rows)

    async def _people(self, user_ids: Sequence[UserId]) -> dict[UserId, _Person]:
        """Report over the people of one page."""
        rows = await self.connection.fetch(
            "SELECT user_id, email, locale FROM users WHERE user_id = ANY ($1) AND phone <> ''", user_ids
        )
        return {row["user_id"]: _Person(row["email"], row["locale"]) for row in rows}

    async def _consenting(self, user_ids: Sequence[UserId]) -> set[UserId]:
        """Report over the people of one page: whose consent to notices by e-mail stands."""
        rows = await self.connection.fetch(
            """
            SELECT DISTINCT c.user_id FROM user_consents c JOIN documents d ON d.document_id = c.document_id
            WHERE c.user_id = ANY ($1) AND c.withdrawn_at IS NULL AND d.purpose = 'e-mail-notices'
            """,
            user_ids,
        )
        return set(map(itemgetter("user_id"), rows))

    async def _reminded(
        self, user_ids: Sequence[UserId], periods: Sequence[str]
    ) -> dict[tuple[UserId, AccountId, str], _Reminded]:
        """Report over the people of one page: how often each was reminded already."""
        rows = await self.connection.fetch(
            """
            SELECT user_id, account_id, series, count(*) AS count, max(made_at) AS last_at FROM notices
            WHERE user_id = ANY ($1) AND kind = 'reading-reminder' AND series = ANY ($2)
            GROUP BY user_id, account_id, series
            """,
            user_ids,
            periods,
        )
        return {
            (row["user_id"], row["account_id"], row["series"]): _Reminded(row["count"], row["last_at"])
            for row in rows
        }
