"""The ports of second factors and of changes of staff's rights, in memory."""

from uuid import UUID

from domain.people.challenges import Challenge
from domain.people.four_eyes import Approval
from domain.people.second_factor import Factor
from domain.people.staff_changes import StaffEntry


class FakeFactors:
    def __init__(self):
        self.rows: dict[UUID, Factor] = {}
        self.unused: dict[UUID, set[bytes]] = {}

    async def of(self, owner_id):
        return self.rows.get(owner_id)

    async def locked(self, owner_id):
        return self.rows.get(owner_id)

    async def save(self, factor):
        self.rows[factor.owner_id] = factor

    async def forget(self, owner_id):
        self.rows.pop(owner_id, None)
        self.unused.pop(owner_id, None)

    async def set_fallbacks(self, owner_id, hashes, at):
        self.unused[owner_id] = set(hashes)

    async def use_fallback(self, owner_id, code_hash, at):
        unused = self.unused.get(owner_id, set())
        there = code_hash in unused
        unused.discard(code_hash)
        return there

    async def fallbacks_left(self, owner_id):
        return len(self.unused.get(owner_id, ()))


class FakeChallenges:
    def __init__(self):
        self.rows: dict[UUID, Challenge] = {}

    async def add(self, challenge):
        self.rows[challenge.id] = challenge

    async def locked(self, id):
        return self.rows.get(id)

    async def save(self, challenge):
        self.rows[challenge.id] = challenge

    async def drop(self, owner_id):
        self.rows = {row.id: row for row in self.rows.values() if row.owner_id != owner_id}

    async def prune(self, before):
        old = [row.id for row in self.rows.values() if row.expires_at < before]
        for challenge_id in old:
            del self.rows[challenge_id]
        return len(old)


class FakeApprovals:
    def __init__(self):
        self.rows: dict[UUID, Approval] = {}

    async def add(self, approval):
        self.rows[approval.id] = approval

    async def locked(self, id):
        return self.rows.get(id)

    async def save(self, approval):
        self.rows[approval.id] = approval

    async def waiting(self, action, asked_by, at):
        rows = sorted(self.rows.values(), key=lambda row: row.asked_at)
        same = (row for row in rows if (row.action, row.asked_by) == (action, asked_by))
        return next((row for row in same if row.decided_at is None and row.expires_at > at), None)

    async def newest(self, kinds, limit):
        rows = [row for row in self.rows.values() if type(row.action) in kinds]
        return sorted(rows, key=lambda row: (row.asked_at, row.id), reverse=True)[:limit]


class FakeStaffLog:
    def __init__(self):
        self.rows: list[StaffEntry] = []

    async def add(self, entry):
        self.rows.append(entry)

    async def page(self, *, before, limit):
        rows = [row for row in self.rows if before is None or row.id < before]
        return sorted(rows, key=lambda row: row.id, reverse=True)[:limit]


class FakeCodeMaker:
    """Secrets are their owners, codes are the numbers of their steps."""

    def new_secret(self, owner_id):
        return owner_id.bytes

    def text(self, sealed, owner_id):
        assert sealed == owner_id.bytes
        return str(owner_id)

    def uri(self, sealed, owner_id, login):
        return f"otpauth://totp/{login}?secret={owner_id}"

    def code(self, sealed, owner_id, step):
        return f"{step % 1_000_000:06d}"
