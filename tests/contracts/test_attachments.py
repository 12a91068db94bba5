"""The port of attachments: the same tests on the fake and on PostgreSQL."""

from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial
from uuid import UUID

import pytest
import pytest_asyncio
from msgspec.structs import replace

from adapters.postgres.cases.attachments import PostgresAttachments
from adapters.postgres.store import Transactions
from domain.cases import moves
from domain.cases.attachment_kinds import FileKind
from domain.cases.attachments import (
    Announced,
    Attachment,
    AttachmentNotFound,
    AttachmentState,
    Filled,
    MalwareCheck,
    Reason,
)
from domain.cases.cases import Case, Channel
from domain.cases.drafts import Draft
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.enquiries.consultation import Consultation
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kinds import FAMILIES
from infra.clock import new_id
from services.cases.keeping import keep_new
from tests.cases import operator_access
from tests.fakes_cases import FakeAttachments
from tests.households import NOON, Household, lay_household

DAY = timedelta(days=1)
BY = StepBy(kind=ActorKind.CUSTOMER, id=UUID(int=5), name="Иванов И. И.")


@dataclass
class Place:
    port: object
    home: Household
    pool: object = None

    def access(self, user_id=None) -> Access:
        actor = Actor(kind=ActorKind.CUSTOMER, id=user_id or self.home.user_id, name="И")
        return Access(actor=actor, account_id=self.home.account_id, scope=Scope.APPLICATIONS, at=NOON)

    async def laid(self, case_id, **more) -> Attachment:
        announced = Announced(name="a.pdf", size_bytes=100, sha256=more.pop("sha256", "a" * 64), paper="act")
        made = Attachment(
            account_id=self.home.account_id,
            id=new_id(),
            case_id=case_id,
            announced=replace(announced, name=more.pop("name", "a.pdf")),
            by=replace(BY, id=more.pop("by_id", self.home.user_id)),
            announced_at=NOON,
            changed_at=NOON,
        )
        made = replace(made, **more)
        await self.port.add(made)
        return made

    async def file(self, case_id, *, is_open=True) -> None:
        if self.pool is None:
            self.port.filed.add((self.home.account_id, case_id))
            if is_open:
                self.port.open.add((self.home.account_id, case_id))
            return
        form = Consultation(topic="charges", question="?")
        case = Case(
            id=case_id,
            account_id=self.home.account_id,
            number=f"К-{case_id}",
            family=FAMILIES["consultation"],
            kind="consultation",
            form=form,
            channel=Channel.CABINET,
            by=BY,
            received_at=NOON,
            state=CaseState.SUBMITTED,
            due_on=NOON.date(),
        )
        async with Transactions(self.pool, lambda: NOON, new_id)() as store:
            verbs = [partial(moves.registered, by=BY, at=NOON)]
            if not is_open:
                verbs.append(partial(moves.withdrawn, by=BY, at=NOON))
            await keep_new(store, case, verbs, NOON, UTC)

    async def draft(self, case_id) -> None:
        if self.pool is None:
            self.port.drafts.add((self.home.account_id, case_id))
            return
        draft = Draft(
            case_id=case_id, account_id=self.home.account_id, by_id=BY.id, content={}, changed_at=NOON
        )
        async with Transactions(self.pool, lambda: NOON, new_id)() as store:
            assert await store.case_drafts.keep(draft)


@pytest_asyncio.fixture(params=["fake", "postgres"])
async def place(request, pool):
    home = await lay_household(pool)
    if request.param == "postgres":
        return Place(PostgresAttachments(pool), home, pool)
    return Place(FakeAttachments({(home.account_id, home.user_id)}), home)


async def test_it_is_kept_as_it_was(place):
    one = await place.laid(case_id := new_id())
    account_id = place.home.account_id
    assert await place.port.found(account_id, one.id) == await place.port.locked(account_id, one.id) == one
    checked = one.arrived(100, NOON + DAY)
    await place.port.save(checked)
    kept = checked.kept(FileKind.PDF, MalwareCheck.CLEAN, NOON + DAY, is_told=True)
    await place.port.save(kept)
    assert await place.port.of(place.access(), case_id, one.id) == kept
    refused = await place.laid(case_id, state=AttachmentState.REFUSED, reason=Reason.MALWARE)
    assert await place.port.listed(place.access(), case_id) == [kept, refused]
    await place.port.remove(account_id, one.id)
    await place.port.remove(account_id, one.id)
    assert await place.port.found(account_id, one.id) is None


async def test_only_its_author_sees_it_until_the_case_is_filed(place):
    one = await place.laid(case_id := new_id())
    staff = operator_access(place.home.account_id, NOON)
    with pytest.raises(AttachmentNotFound):
        await place.port.of(staff, case_id, one.id)
    await place.file(case_id)
    assert await place.port.of(staff, case_id, one.id) == one
    assert await place.port.listed(place.access(new_id()), case_id) == []
    with pytest.raises(AttachmentNotFound):
        await place.port.of(place.access(), new_id(), one.id)


async def test_what_is_filled(place):
    account_id, filed, unsent = place.home.account_id, new_id(), new_id()
    await place.file(filed)
    await place.laid(filed)
    await place.laid(filed, state=AttachmentState.REFUSED)
    await place.laid(unsent, announced_at=NOON - 2 * DAY, by_id=new_id())
    filled = await place.port.filled(account_id, filed, NOON - DAY)
    assert filled == Filled(files=1, bytes=100, unsent_bytes=100, files_today=2)
    filled = await place.port.filled(new_id(), filed, NOON - DAY)
    assert filled == Filled(files=0, bytes=0, unsent_bytes=0, files_today=0)
    mine = replace(BY, id=place.home.user_id)
    assert await place.port.is_of_another(account_id, unsent, mine)
    assert not await place.port.is_of_another(account_id, filed, mine)


async def test_content_is_needed_while_another_has_it(place):
    account_id, case_id = place.home.account_id, new_id()
    one = await place.laid(case_id)
    await place.laid(case_id, state=AttachmentState.REFUSED)
    await place.laid(case_id, sha256="b" * 64)
    assert not await place.port.is_needed(account_id, "a" * 64, one.id)
    await place.laid(new_id())
    assert await place.port.is_needed(account_id, "a" * 64, one.id)


async def test_what_is_kept_is_told_once(place):
    account_id, case_id = place.home.account_id, new_id()
    await place.laid(case_id, name="2.pdf", state=AttachmentState.KEPT)
    await place.laid(case_id, name="1.pdf", state=AttachmentState.KEPT, announced_at=NOON - DAY)
    await place.laid(case_id, state=AttachmentState.CHECKING)
    await place.laid(new_id(), state=AttachmentState.KEPT)
    assert await place.port.tell(account_id, case_id) == ["1.pdf", "2.pdf"]
    assert await place.port.tell(account_id, case_id) == []


async def test_which_papers_are_there(place):
    account_id, case_id = place.home.account_id, new_id()
    for state in (AttachmentState.UPLOADING, AttachmentState.REFUSED):
        await place.laid(case_id, state=state)
    assert await place.port.papers(account_id, case_id) == set()
    await place.laid(case_id, state=AttachmentState.CHECKING)
    await place.laid(case_id, state=AttachmentState.KEPT)
    assert await place.port.papers(account_id, case_id) == {"act"}
    assert await place.port.papers(account_id, new_id()) == set()


async def test_what_is_past_its_term(place):
    over, under_way, old = new_id(), new_id(), NOON - DAY
    await place.file(over, is_open=False)
    await place.file(under_way)
    kept = {"state": AttachmentState.KEPT, "is_told": True}
    gone = await place.laid(over, changed_at=old, **kept)
    await place.laid(over, **kept)
    await place.laid(under_way, changed_at=old, **kept)
    await place.laid(new_id(), changed_at=old)
    assert await place.port.outdated(NOON, limit=9) == [gone]
    assert await place.port.outdated(old, limit=9) == []


async def test_what_is_nobodys_after_a_time(place):
    filed, draft, old = new_id(), new_id(), NOON - DAY
    await place.file(filed)
    await place.draft(draft)
    forgotten = await place.laid(new_id(), state=AttachmentState.KEPT, changed_at=old - DAY)
    half = await place.laid(filed, changed_at=old)
    for case_id, state in (
        (filed, AttachmentState.KEPT),
        (draft, AttachmentState.KEPT),
        (new_id(), AttachmentState.CHECKING),
    ):
        await place.laid(case_id, state=state, changed_at=old)
    await place.laid(new_id(), state=AttachmentState.KEPT, changed_at=old, is_told=True)
    await place.laid(new_id())
    assert await place.port.abandoned(NOON, limit=9) == [forgotten, half]
    assert await place.port.abandoned(NOON, limit=1) == [forgotten]
