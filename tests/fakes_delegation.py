"""The ports of delegation in memory. Rights are kept by FakeMemberships."""

from uuid import UUID

from domain.accounts.accounts import AccountNotFound
from domain.kernel.ids import AccountId
from domain.people.delegation import Circle, HandOver
from domain.people.grants import GrantRecord
from domain.people.invitations import Invitation


class FakeDelegations:
    def __init__(self, memberships):
        self.memberships = memberships
        self.accounts: set[AccountId] = set()
        self.closed: dict[AccountId, object] = {}
        self.held_since: dict[AccountId, object] = {}
        self.promised: dict[AccountId, HandOver] = {}
        self.records: list[GrantRecord] = []

    def _may(self, access):
        user_id = access.actor.user_id
        row = self.memberships.rows.get((access.account_id, user_id))
        return user_id is None or (
            row is not None and access.scope in row.scopes and row.is_in_force(access.at)
        )

    async def circle(self, access):
        rows = self.memberships.rows
        known = access.account_id in self.accounts or any(key[0] == access.account_id for key in rows)
        if not known or not self._may(access):
            raise AccountNotFound
        members = [row for key, row in rows.items() if key[0] == access.account_id]
        return Circle(
            account_id=access.account_id,
            members=tuple(sorted(members, key=lambda row: (row.added_at, row.user_id))),
            closed_at=self.closed.get(access.account_id),
            promised=self.promised.get(access.account_id),
        )

    async def circle_locked(self, access):
        return await self.circle(access)

    async def keep(self, membership):
        self.memberships.rows[membership.account_id, membership.user_id] = membership

    async def end(self, account_id, user_id):
        self.memberships.rows.pop((account_id, user_id), None)

    async def record(self, record):
        self.records.append(record)

    async def log(self, access, *, before, limit):
        if not self._may(access):
            return []
        rows = sorted(self.records, key=lambda row: row.id, reverse=True)
        mine = [row for row in rows if row.account_id == access.account_id]
        return [row for row in mine if before is None or row.id < before][:limit]

    async def last_moment(self, account_id, user_id):
        rows = sorted((row for row in self.records if row.account_id == account_id), key=lambda row: row.id)
        last = next((row.at for row in reversed(rows) if row.user_id == user_id), None)
        return [row for row in rows if row.at == last]

    async def promise(self, account_id, change):
        self.promised.pop(account_id, None)
        if change:
            self.promised[account_id] = change

    async def hand_over(self, account_id, at):
        self.promised.pop(account_id, None)
        self.held_since[account_id] = at

    async def close(self, account_id, at):
        self.promised.pop(account_id, None)
        self.closed[account_id] = at


class FakeInvitations:
    def __init__(self, delegations):
        self.delegations = delegations
        self.rows: dict[UUID, Invitation] = {}

    async def add(self, invitation):
        self.rows[invitation.id] = invitation

    async def found(self, account_id, id):
        row = self.rows.get(id)
        return row if row and row.account_id == account_id else None

    async def save(self, invitation):
        self.rows[invitation.id] = invitation

    async def by_code(self, code_hash):
        rows = (row for row in self.rows.values() if row.code_hash == code_hash)
        return next(((row.account_id, row.id) for row in rows), None)

    async def open_on(self, account_id, at):
        return [row for row in self.rows.values() if row.account_id == account_id and row.is_open(at)]

    async def listed(self, access):
        if not self.delegations._may(access):
            return []
        rows = [row for row in self.rows.values() if row.account_id == access.account_id]
        return sorted(rows, key=lambda row: row.made_at, reverse=True)
