"""What stands in the paths of routes about cases: they, their papers, visits, refunds, webhooks."""

from datetime import UTC, timedelta
from functools import partial
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec.structs import replace

from api.examples import REQUESTS
from domain.applications.payment_search import PaymentSearch
from domain.cases import moves
from domain.cases.attachments import Announced, CheckAttachment, Piece
from domain.cases.cases import Case, Decision, Family
from domain.cases.cases import Channel as CaseChannel
from domain.cases.forms import Form
from domain.cases.on_site import VisitPurpose
from domain.cases.slots import REGION, Slot
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.cases.visits import Visit, VisitState
from domain.kernel.access import ActorKind, Scope
from domain.kernel.ids import AttachmentId, CaseId, RefundId, VisitId
from domain.kernel.money import Money
from domain.kinds import AnyApplication, AnyClaim, AnyEnquiry, tag_of
from domain.payments.refunds import BANK, Payee, Refund
from domain.webhooks.endpoints import Endpoint, EndpointId
from infra.clock import new_id
from services.cases.keeping import keep_new
from tests.architecture.scope_world import World
from tests.readings import may_send


async def case_id(world: World) -> UUID:
    """A new one to file; to do something with, one that the owner has filed."""
    made = CaseId(new_id())
    world.case_id = made
    family = next((word for word in FORMS if f"/{word}/" in world.route), None)
    if "/cases/{case_id}" in world.route:
        family = Family.ENQUIRY
    if family is None or (world.route.startswith("PUT") and world.route.endswith("{case_id}")):
        return made
    form = FORMS[family]
    if world.route.endswith("/traces"):
        family, form = Family.APPLICATION, PaymentSearch(paid_on=world.at.date(), amount=Money(100))
    case = Case(
        id=made,
        account_id=world.home.account_id,
        number=f"К-2026-{made.int % 10**9}",
        family=family,
        kind=tag_of(type(form)),
        form=form,
        channel=CaseChannel.CABINET,
        by=StepBy(kind=ActorKind.CUSTOMER, id=world.owner, name="Иванов И. И."),
        received_at=world.at,
        state=CaseState.SUBMITTED,
        due_on=world.at.date(),
    )
    verbs = [partial(moves.registered, by=case.by, at=world.at)]
    if world.route.endswith("/events"):  # nothing can follow any more: the stream ends by itself
        verbs.append(partial(moves.withdrawn, by=case.by, at=world.at))
    if world.route.endswith(("/execution", "/closing", "/reopening", "/answer.pdf")):
        answer = Decision(no=1, outcome=CaseState.SATISFIED, answer="Да", at=world.at, by=case.by)
        verbs.append(partial(moves.decided, decision=answer))
    async with world.kabinet.container.transaction() as store:
        await keep_new(store, case, verbs, world.at, UTC)
    return made


async def endpoint_id(world: World) -> UUID:
    endpoint = Endpoint(
        id=EndpointId(new_id()),
        account_id=world.home.account_id,
        url="http://127.0.0.1:1/kabinet",
        sealed=b"",
        made_at=world.at,
        made_by="Иванов И. И.",
    )
    if not world.route.startswith("PUT"):
        async with world.kabinet.container.transaction() as store:
            await store.webhooks.add(endpoint)
    return endpoint.id


async def attachment_id(world: World) -> UUID:
    """A new one to announce; to do something with, one that was announced by the owner, or kept already."""
    made = AttachmentId(new_id())
    if world.route.startswith("PUT") and world.route.endswith("{attachment_id}"):
        return made
    assert world.case_id is not None
    attaching, content = world.kabinet.container.attaching, b"%PDF-1.7" + made.bytes
    access = replace(may_send(world.home, world.at, world.owner), scope=Scope.APPLICATIONS)
    told = Announced(name="x.pdf", size_bytes=len(content), sha256=sha256(content).hexdigest())
    service = attaching.attachment_service
    await service.announce(access, world.case_id, made, told)
    if world.route.startswith("GET"):
        await service.send(access, world.case_id, made, Piece(first=0, total=len(content), content=content))
        await service.check(CheckAttachment(account_id=access.account_id, attachment_id=made))
    return made


async def visit_id(world: World) -> UUID:
    """A new one to book; to do something with, one that is booked."""
    made = VisitId(new_id())
    if world.route.startswith("PUT") and world.route.endswith("{visit_id}"):
        return made
    assert world.case_id is not None
    starts_at = world.at + timedelta(days=1)
    slot = Slot.offered(REGION, starts_at, starts_at + timedelta(hours=2), 100)
    visit = Visit(
        id=made,
        account_id=world.home.account_id,
        case_id=world.case_id,
        decision_no=1,
        purpose=VisitPurpose.SEALING,
        slot_id=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        state=VisitState.BOOKED,
        by=StepBy(kind=ActorKind.CUSTOMER, id=world.owner, name="Иванов И. И."),
        booked_at=world.at,
    )
    async with world.kabinet.container.transaction() as store:
        known = await store.visits.slots_locked([slot.id])
        await store.visits.save_slots([known.get(slot.id, slot).taken(world.at)])
        await store.visits.add(visit)
    return made


async def refund_id(world: World) -> UUID:
    """One that somebody has prepared, to be paid out by the bank."""
    refund = Refund(
        id=RefundId(new_id()),
        account_id=world.home.account_id,
        case_id=CaseId(new_id()),
        supplier_account_id=world.home.supplier_accounts["electricity"],
        amount=Money(100),
        rail=BANK,
        payee=Payee(name="Иванов И. И.", bic="047102999", account="0" * 20),
        prepared_by=new_id(),
        prepared_at=world.at,
    )
    async with world.kabinet.container.transaction() as store:
        await store.refunds.add(refund)
    return refund.id


FORMS: dict[Family, Form] = {
    Family.APPLICATION: msgspec.convert(REQUESTS["file_application"]["form"], AnyApplication),
    Family.CLAIM: msgspec.convert(REQUESTS["file_claim"]["form"], AnyClaim),
    Family.ENQUIRY: msgspec.convert(REQUESTS["file_enquiry"]["form"], AnyEnquiry),
}
