"""The ports of cases, drafts and attachments in memory."""

from collections import defaultdict

from msgspec.structs import replace

from domain.cases.attachments import AttachmentNotFound, AttachmentState, Filled
from domain.cases.cases import CaseNotFound, CaseView
from domain.cases.moves import is_open
from domain.kernel.access import ActorKind
from domain.kernel.errors import TryAgain


class FakeCases:
    """`members` are (account, user) who may do everything there."""

    def __init__(self, members=()):
        self.members = set(members)
        self.rows = {}
        self.kept_steps = defaultdict(list)
        self.decisions = defaultdict(list)
        self.done = []
        self.counters = defaultdict(int)

    async def next_number(self, on):
        self.counters[on.year] += 1
        return f"К-{on.year}-{self.counters[on.year]:06d}"

    async def add(self, case, steps):
        if (case.account_id, case.id) in self.rows:
            raise TryAgain
        self._keep(case, steps)

    def _keep(self, case, steps):
        self.rows[case.account_id, case.id] = case
        self.kept_steps[case.account_id, case.id] += steps

    async def found(self, account_id, case_id):
        return self.rows.get((account_id, case_id))

    async def locked(self, account_id, case_id):
        if (account_id, case_id) not in self.rows:
            raise CaseNotFound
        return self.rows[account_id, case_id]

    async def locked_for(self, access, case_id):
        if not self._may(access):
            raise CaseNotFound
        return await self.locked(access.account_id, case_id)

    def _may(self, access):
        user_id = access.actor.user_id
        return user_id is None or (access.account_id, user_id) in self.members

    async def save(self, before, after, steps):
        self._keep(after, steps)

    async def decided(self, case, effects):
        self.decisions[case.account_id, case.id].append(case.decision)
        await self.performed(case.account_id, effects)

    async def performed(self, account_id, effects):
        self.done += [(account_id, one) for one in effects]

    async def effects(self, account_id, case_id):
        found = [one for kept, one in self.done if (kept, one.case_id) == (account_id, case_id)]
        return sorted(found, key=lambda one: (one.decision, one.no))

    async def steps(self, account_id, case_id):
        return list(self.kept_steps[account_id, case_id])

    async def view(self, access, case_id):
        case, key = await self.locked_for(access, case_id), (access.account_id, case_id)
        steps = self.kept_steps[key]
        if access.actor.kind is not ActorKind.STAFF:
            steps = [replace(step, inner_note="") for step in steps if step.is_public]
        return CaseView(
            case=case,
            steps=tuple(steps),
            decisions=tuple(self.decisions[key]),
            effects=tuple(await self.effects(*key)),
        )

    async def of_account(self, access, question, *, after, limit):
        def asked(case):
            return (
                case.account_id == access.account_id
                and question.family in (None, case.family)
                and question.kind in (None, case.kind)
                and question.state in (None, case.state)
                and question.is_open in (None, is_open(case))
                and (after is None or (case.received_at, case.id) < (after.received_at, after.case_id))
            )

        rows = [case for case in self.rows.values() if self._may(access) and asked(case)]
        return sorted(rows, key=lambda case: (case.received_at, case.id), reverse=True)[:limit]

    async def of_number(self, number):
        return next(((one.account_id, one.id) for one in self.rows.values() if one.number == number), None)

    async def queue(self, question, *, after, limit):
        def asked(case):
            return (
                (is_open(case) if question.state is None else case.state == question.state)
                and question.kind in (None, case.kind)
                and question.family in (None, case.family)
                and question.holder_id in (None, case.holder_id)
                and question.is_free in (None, case.holder_id is None)
                and (question.due_before is None or case.due_on < question.due_before)
            )

        def place(case):
            if question.newest_first:
                return -case.received_at.timestamp(), -case.id.int
            return case.is_paused, case.due_on, case.received_at, case.id

        def ended(end):
            if question.newest_first:
                return -end.received_at.timestamp(), -end.case_id.int
            return end.is_paused, end.due_on, end.received_at, end.case_id

        rows = sorted(filter(asked, self.rows.values()), key=place)
        return [case for case in rows if after is None or place(case) > ended(after)][:limit]


class FakeDrafts:
    def __init__(self, members=()):
        self.members = set(members)
        self.rows = {}

    async def keep(self, draft):
        kept = self.rows.get((draft.account_id, draft.case_id))
        if kept and kept.by_id != draft.by_id:
            return False
        self.rows[draft.account_id, draft.case_id] = draft
        return True

    async def count(self, account_id, by_id):
        return sum((one.account_id, one.by_id) == (account_id, by_id) for one in self.rows.values())

    def _mine(self, access):
        user_id = access.actor.user_id
        if user_id is not None and (access.account_id, user_id) not in self.members:
            return []
        mine = access.account_id, access.actor.id
        return [one for one in self.rows.values() if (one.account_id, one.by_id) == mine]

    async def found(self, access, case_id):
        return next((one for one in self._mine(access) if one.case_id == case_id), None)

    async def listed(self, access, *, before, limit):
        rows = [
            one
            for one in self._mine(access)
            if before is None or (one.changed_at, one.case_id) < (before.changed_at, before.case_id)
        ]
        return sorted(rows, key=lambda one: (one.changed_at, one.case_id), reverse=True)[:limit]

    async def drop(self, account_id, case_id, by_id):
        kept = self.rows.get((account_id, case_id))
        if kept and kept.by_id == by_id:
            del self.rows[account_id, case_id]


class FakeAttachments:
    """`members` are (account, user) who may do everything there; `filed`, `open` and `drafts` are (account,
    case)."""

    def __init__(self, members=()):
        self.members = set(members)
        self.filed, self.open, self.drafts, self.rows = set(), set(), set(), {}

    async def shelf_locked(self, account_id, at):
        pass

    async def filled(self, account_id, case_id, since):
        mine = [one for one in self.rows.values() if one.account_id == account_id]
        held = [one for one in mine if one.state is not AttachmentState.REFUSED]
        of_case = [one for one in held if one.case_id == case_id]
        unsent = [one for one in held if (account_id, one.case_id) not in self.filed]
        return Filled(
            files=len(of_case),
            bytes=sum(one.announced.size_bytes for one in of_case),
            unsent_bytes=sum(one.announced.size_bytes for one in unsent),
            files_today=sum(one.announced_at > since for one in mine),
        )

    async def is_of_another(self, account_id, case_id, by):
        return any(
            (one.account_id, one.case_id) == (account_id, case_id) and one.by.id != by.id
            for one in self.rows.values()
        )

    async def add(self, attachment):
        self.rows[attachment.account_id, attachment.id] = attachment

    save = add

    async def found(self, account_id, attachment_id):
        return self.rows.get((account_id, attachment_id))

    locked = found

    async def remove(self, account_id, attachment_id):
        self.rows.pop((account_id, attachment_id), None)

    async def is_needed(self, account_id, sha256, besides):
        return any(
            (one.account_id, one.announced.sha256) == (account_id, sha256)
            and one.id != besides
            and one.state is not AttachmentState.REFUSED
            for one in self.rows.values()
        )

    async def tell(self, account_id, case_id):
        kept = [
            one
            for one in self._in_order()
            if (one.account_id, one.case_id) == (account_id, case_id)
            and one.state is AttachmentState.KEPT
            and not one.is_told
        ]
        for one in kept:
            await self.save(replace(one, is_told=True))
        return [one.announced.name for one in kept]

    async def papers(self, account_id, case_id):
        return {
            one.announced.paper
            for one in self.rows.values()
            if (one.account_id, one.case_id) == (account_id, case_id)
            and one.state in (AttachmentState.KEPT, AttachmentState.CHECKING)
            and one.announced.paper
        }

    def _in_order(self):
        return sorted(self.rows.values(), key=lambda one: (one.announced_at, one.id))

    async def of(self, access, case_id, attachment_id):
        found = [one for one in await self.listed(access, case_id) if one.id == attachment_id]
        if not found:
            raise AttachmentNotFound
        return found[0]

    async def listed(self, access, case_id):
        user_id, key = access.actor.user_id, (access.account_id, case_id)
        if user_id is not None and (access.account_id, user_id) not in self.members:
            return []
        return [
            one
            for one in self._in_order()
            if (one.account_id, one.case_id) == key and (one.by.id == access.actor.id or key in self.filed)
        ]

    async def outdated(self, before, *, limit):
        rows = [
            one
            for one in self.rows.values()
            if one.is_told and one.changed_at < before and (one.account_id, one.case_id) not in self.open
        ]
        return sorted(rows, key=lambda one: (one.changed_at, one.id))[:limit]

    async def abandoned(self, before, *, limit):
        def is_nobodys(one):
            key = one.account_id, one.case_id
            if one.state is AttachmentState.KEPT:
                return key not in self.filed | self.drafts
            return one.state is not AttachmentState.CHECKING

        rows = [
            one
            for one in self.rows.values()
            if one.changed_at < before and not one.is_told and is_nobodys(one)
        ]
        return sorted(rows, key=lambda one: (one.changed_at, one.id))[:limit]
