"""What stands in the paths of routes: for each name a maker, called before each request, so that a caller
who ends something leaves the next one a fresh thing. All of it is the owner's, in the household's account.
"""

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec.structs import replace

from api.examples import REQUESTS
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import Wish
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
from domain.kernel.access import OURSELVES, ActorKind, Scope
from domain.kernel.ids import (
    AttachmentId,
    CaseId,
    MeterId,
    PowerId,
    RefundId,
    SessionId,
    StaffId,
    UserId,
    VisitId,
)
from domain.kernel.money import Money
from domain.kinds import AnyApplication, AnyClaim, AnyEnquiry, tag_of
from domain.mail.letters_in import LetterSource, LetterState, Reason
from domain.notices.kinds.reading_reminder import ReadingReminder
from domain.notices.notices import Notice, NoticeId
from domain.notices.stopping import Stop
from domain.notices.words import Channel
from domain.payments.refunds import BANK, Payee, Refund
from domain.people.four_eyes import Approval
from domain.people.passkeys import Passkey
from domain.people.powers import Power, PowerKind, PowerStatus
from domain.people.staff import Role
from domain.people.staff_changes import ResetSecondFactor
from domain.people.tokens import parsed
from domain.readings.readings import ReadingSource
from domain.webhooks.endpoints import Endpoint, EndpointId
from infra.clock import new_id
from services.cases.keeping import keep_new
from services.mail.receiving import Delivery
from tests.actors import add_customer, add_staff, customer_token
from tests.households import Household
from tests.kabinets import Kabinet
from tests.letters import letter
from tests.readings import lay_meter, may_send, sent
from tests.systems import system_key


@dataclass
class World:
    kabinet: Kabinet
    home: Household
    owner: UserId
    route: str
    payment_id: UUID | None = None
    meter_id: UUID | None = None
    case_id: CaseId | None = None

    @property
    def at(self):
        return self.kabinet.clock()


async def account_id(world: World) -> UUID:
    return world.home.account_id


async def email(world: World) -> str:
    """Registered to the account."""
    address = f"{new_id().hex}@firma.example"
    await world.kabinet.container.mail_in.sender_service.add_by_staff(
        OURSELVES, world.home.account_id, address
    )
    return address


async def letter_id(world: World) -> UUID:
    """One that waits for an operator."""
    reception = world.kabinet.container.mail_in.letter_reception
    raw = letter(message_id=f"<{new_id()}@firma.example>", sender="stranger@firma.example")
    kept = reception.letter(
        Delivery(
            source=LetterSource.SMTP, remote_ip="", mail_from="", recipients=(), raw=raw, size_bytes=len(raw)
        )
    )
    waiting = kept.moved(LetterState.QUARANTINED, Reason.SENDER_UNKNOWN, world.at)
    async with world.kabinet.container.transaction() as store:
        await store.letters_in.keep(waiting, raw)
    return kept.id


async def supplier_account_id(world: World) -> UUID:
    return next(iter(world.home.supplier_accounts.values()))


async def payment_id(world: World) -> UUID:
    """A new one to pay by; to look at, one that the owner made."""
    if world.payment_id is None or world.route.startswith("PUT"):
        world.payment_id = new_id()
    if world.route.startswith("GET"):
        token = await customer_token(world.kabinet.container, world.owner)
        answer = await world.kabinet.http.put(
            f"/api/v1/accounts/{world.home.account_id}/payments/{world.payment_id}",
            json={"amount": {"kopecks": 10000}},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code < 300, answer.text
    return world.payment_id


async def user_id(world: World) -> UUID:
    """A member beside the owner and the payer."""
    return await add_member(world, "{see}")


async def invitation_id(world: World) -> UUID:
    made = new_id()
    await world.kabinet.container.pool.execute(
        "INSERT INTO invitations (account_id, invitation_id, phone, role, scopes, invited_by, made_at,"
        " expires_at) VALUES ($1, $2, $3, 'family', '{see}', $4, $5, $6)",
        world.home.account_id,
        made,
        f"+7900{made.int % 10_000_000:07}",
        world.owner,
        world.at,
        world.at + timedelta(days=1),
    )
    return made


async def power_id(world: World) -> UUID:
    """One on paper that waits for staff."""
    power = Power(
        id=PowerId(new_id()),
        account_id=world.home.account_id,
        user_id=await add_customer(world.kabinet.container),
        kind=PowerKind.PAPER,
        number="1",
        issuer_inn="7707083893",
        representative_inn="500100732259",
        codes=frozenset({"KAB-PAY"}),
        valid_from=world.at.date(),
        valid_until=world.at.date(),
        status=PowerStatus.WAITING,
        entered_at=world.at,
        checked_at=world.at,
    )
    async with world.kabinet.container.transaction() as store:
        await store.powers.add(power)
    return power.id


async def session_id(world: World) -> UUID:
    token = parsed(await customer_token(world.kabinet.container, world.owner))
    return SessionId(token.session_id)


async def consent_id(world: World) -> UUID:
    made = new_id()
    await world.kabinet.container.pool.execute(
        "UPDATE user_consents SET withdrawn_at = $1 WHERE withdrawn_at IS NULL", world.at
    )
    await world.kabinet.container.pool.execute(
        "INSERT INTO user_consents (user_id, consent_id, document_id, sha256, given_at, channel, ip, device)"
        " SELECT $1, $2, document_id, sha256, $3, 'cabinet', '', '' FROM documents LIMIT 1",
        world.owner,
        made,
        world.at,
    )
    return made


async def document_id(world: World) -> UUID:
    if world.route.startswith("PUT"):
        return new_id()
    return await world.kabinet.container.pool.fetchval("SELECT document_id FROM documents LIMIT 1")


async def identity_id(world: World) -> UUID:
    made = new_id()
    await world.kabinet.container.pool.execute(
        "INSERT INTO user_identities (user_id, identity_id, provider, issuer, subject, name, linked_at)"
        " VALUES ($1, $2, 'state', 'https://state.example', $3, 'И', $4)",
        world.owner,
        made,
        str(made),
        world.at,
    )
    return made


async def passkey_id(world: World) -> str:
    credential_id = new_id().bytes
    async with world.kabinet.container.transaction() as store:
        await store.passkeys.add(
            Passkey(
                user_id=world.owner,
                credential_id=credential_id,
                public_key=b"k",
                sign_count=0,
                name="Телефон",
                transports=(),
                created_at=world.at,
            )
        )
    return urlsafe_b64encode(credential_id).decode().rstrip("=")


async def staff_id(world: World) -> UUID:
    return (await add_staff(world.kabinet.container, Role.OPERATOR)).id


async def approval_id(world: World) -> UUID:
    """Asked for by an administrator who is none of the callers."""
    container = world.kabinet.container
    asker = await add_staff(container, Role.ADMINISTRATOR, has_factor=True)
    approval = Approval(
        id=new_id(),
        action=ResetSecondFactor(staff_id=StaffId(await staff_id(world))),
        reason="lost",
        asked_by=asker.id,
        asked_by_name=asker.name,
        asked_role=Role.ADMINISTRATOR,
        asked_at=world.at,
        expires_at=world.at + timedelta(days=1),
    )
    async with container.transaction() as store:
        await store.approvals.add(approval)
    return approval.id


async def system_id(world: World) -> UUID:
    return await _of_key(world, "system_id")


async def api_key_id(world: World) -> UUID:
    return await _of_key(world, "api_key_id")


async def import_id(world: World) -> UUID:
    body = b"inn;name\n" + str(new_id()).encode()
    wish = Wish(
        kind=ImportKind.CHARGES,
        file_name="f.csv",
        sha256=sha256(body).digest(),
        who="test",
        value_date=world.at.date(),
    )
    return (await world.kabinet.container.import_service.receive(wish, body)).id


async def kind(world: World) -> str:
    return "reading-reminder" if "notice-kinds" in world.route else "charges"


async def notice_id(world: World) -> UUID:
    notice = Notice(
        id=NoticeId(new_id()),
        user_id=world.owner,
        account_id=world.home.account_id,
        channel=Channel.EMAIL,
        cause=str(new_id()),
        address="owner@example.test",
        words=ReadingReminder.sample(),
        made_at=world.at,
    )
    async with world.kabinet.container.transaction() as store:
        await store.notices.add([notice])
    return notice.id


async def token(world: World) -> str:
    stop = Stop(user_id=world.owner, kind="reading-reminder", channel=Channel.EMAIL)
    return stop.token(world.kabinet.container.notices.preference_service.key)


async def anything(world: World) -> str:
    return str(new_id())


async def meter_id(world: World) -> UUID:
    serial = f"{new_id().int % 10**12:012}"
    world.meter_id = await lay_meter(world.kabinet.container.pool, world.home, serial=serial)
    return world.meter_id


async def file_id(world: World) -> UUID:
    """A new one to send under; to look at, one that the owner sent."""
    made = new_id()
    if world.route.startswith("GET"):
        files, access = world.kabinet.container.files_of_readings, may_send(world.home, world.at, world.owner)
        await files.reading_file_service.receive(
            access, made, name="x.csv", body=made.bytes, source=ReadingSource.FILE
        )
    return made


async def reading_id(world: World) -> UUID:
    """A new one to send; to do something with, one that is refused and insisted on with a photo."""
    made = new_id()
    if world.route.startswith("PUT") and world.route.endswith("{reading_id}"):
        return made
    assert world.meter_id is not None
    services, access = world.kabinet.container.of_readings, may_send(world.home, world.at, world.owner)
    submission = sent(MeterId(world.meter_id), 3999, taken_on=world.at.date(), id=made)
    await services.reading_service.submit(access, submission, ReadingSource.CABINET)
    if not world.route.endswith("/insistence"):
        photo = b"\x89PNG\r\n\x1a\n" + made.bytes
        await services.insistence_service.insist(access, submission.meter_id, submission.id, "так", photo)
    return made


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
async def period(world: World) -> str:
    """Of a bill that is issued."""
    issuing = world.kabinet.container.of_bills.bill_issuing
    await issuing.issue([world.home.account_id], await issuing.common("2026-10"))
    return "2026-10"


async def line_id(world: World) -> UUID:
    return await world.kabinet.container.pool.fetchval(
        "SELECT charge_id FROM charges WHERE account_id = $1 LIMIT 1", world.home.account_id
    )


PLACES: dict[str, Callable[[World], Awaitable[object]]] = {
    "account_id": account_id,
    "refund_id": refund_id,
    "api_key_id": api_key_id,
    "approval_id": approval_id,
    "attachment_id": attachment_id,
    "case_id": case_id,
    "consent_id": consent_id,
    "document_id": document_id,
    "endpoint_id": endpoint_id,
    "email": email,
    "file_path": anything,
    "identity_id": identity_id,
    "import_id": import_id,
    "invitation_id": invitation_id,
    "kind": kind,
    "line_id": line_id,
    "letter_id": letter_id,
    "meter_id": meter_id,
    "name": anything,
    "notice_id": notice_id,
    "passkey_id": passkey_id,
    "path": anything,
    "payment_id": payment_id,
    "period": period,
    "power_id": power_id,
    "reading_id": reading_id,
    "file_id": file_id,
    "session_id": session_id,
    "sign_up_id": anything,
    "staff_id": staff_id,
    "supplier_account_id": supplier_account_id,
    "system_id": system_id,
    "token": token,
    "user_id": user_id,
    "visit_id": visit_id,
}


async def transfer_account(world: World) -> object:
    return REQUESTS["transfer_account"] | {"user_id": str(await user_id(world))}


async def present_power(world: World) -> object:
    """On paper: no register is set up."""
    on_paper = {"kind": "paper", "powers": ["KAB-PAY"], "document_sha256": "0" * 64}
    return REQUESTS["present_power"] | on_paper


async def hand_case_over(world: World) -> object:
    return {"staff_id": str(await staff_id(world))}


async def release_letter(world: World) -> object:
    return REQUESTS["release_letter"] | {"account_number": world.home.number}


async def wonder(world: World) -> object:
    return REQUESTS["wonder"] | {"meter_id": str(await meter_id(world))}


BODIES: dict[str, Callable[[World], Awaitable[object]]] = {
    "release_letter": release_letter,
    "transfer_account": transfer_account,
    "present_power": present_power,
    "hand_case_over": hand_case_over,
    "wonder": wonder,
}
"""Where the example of the API description names something that must be there."""

HEADERS: dict[str, dict[str, str]] = {"remove_second_factor": {"Second-Factor-Code": "123456"}}

OWN_WORDS: dict[str, str] = {
    "register_webhook": "webhook-for-legal-entities",
    "accept_invitation": "invitation-not-found",
    "get_draft": "draft-not-found",
}
"""Refusals by 404 or 403 that speak of the caller's own things or of the body, not of what is in the path:
whoever is told them has come in."""


async def add_member(world: World, scopes: str, *, agrees: bool = True) -> UserId:
    """A customer with these scopes on the household's account."""
    member = await add_customer(world.kabinet.container, agrees=agrees)
    pool = world.kabinet.container.pool
    await pool.execute(
        "INSERT INTO account_members (account_id, user_id, scopes, role, added_at)"
        " VALUES ($1, $2, $3::text::text[], 'family', $4)",
        world.home.account_id,
        member,
        scopes,
        world.at,
    )
    await pool.execute(
        "INSERT INTO user_accounts VALUES ($1, $2, $3)", member, world.home.account_id, world.at
    )
    return member


async def _of_key(world: World, column: str) -> UUID:
    """Of the newest key of the system of that world; system_id, asked first, makes it."""
    pool = world.kabinet.container.pool
    if column == "system_id":
        await system_key(
            world.kabinet.container.system_service, Scope.SEE, name=str(new_id()), now=world.kabinet.clock
        )
        return await pool.fetchval("SELECT system_id FROM api_keys ORDER BY api_key_id DESC LIMIT 1")
    return await pool.fetchval("SELECT api_key_id FROM api_keys ORDER BY api_key_id DESC LIMIT 1")
