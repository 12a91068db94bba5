"""What stands in the paths of routes: for each name a maker, called before each request, so that a caller
who ends something leaves the next one a fresh thing. All of it is the owner's, in the household's account.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from hashlib import sha256
from uuid import UUID

from api.examples import REQUESTS
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import Wish
from domain.accounts.proofs.seals import SealDays
from infra.clock import new_id
from infra.demo.agents import SBER
from tests.actors import customer_token
from tests.architecture.scope_cases import attachment_id, case_id, endpoint_id, refund_id, visit_id
from tests.architecture.scope_money import (
    autopay_id,
    autopay_token,
    receipt_id,
    saved_method_id,
    supplier_id,
)
from tests.architecture.scope_people import (
    api_key_id,
    approval_id,
    consent_id,
    document_id,
    identity_id,
    invitation_id,
    notice_id,
    passkey_id,
    power_id,
    session_id,
    staff_id,
    system_id,
    token,
    user_id,
)
from tests.architecture.scope_readings import email, file_id, letter_id, meter_id, reading_id
from tests.architecture.scope_world import World
from tests.registries import PAID_AT, loaded, paid


async def account_id(world: World) -> UUID:
    return world.home.account_id


async def supplier_account_id(world: World) -> UUID:
    return next(iter(world.home.supplier_accounts.values()))


async def payment_id(world: World) -> UUID:
    """A new one to pay by; to look at, one that the owner made."""
    if world.payment_id is None or world.route.startswith("PUT"):
        world.payment_id = new_id()
    if world.route.startswith("GET") or "/receipts/" in world.route:
        token = await customer_token(world.kabinet.container, world.owner)
        answer = await world.kabinet.http.put(
            f"/api/v1/accounts/{world.home.account_id}/payments/{world.payment_id}",
            json={"amount": {"kopecks": 10000}},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code < 300, answer.text
    return world.payment_id


async def plate_id(world: World) -> UUID:
    """One that hangs somewhere and bears nothing."""
    made = new_id()
    await world.kabinet.container.pool.execute(
        "INSERT INTO service_plates"
        " (plate_id, centre, place, link, provider, provider_link_id, registered_at)"
        " VALUES ($1, 'Мира, 1', 'Окно 3', $2, 'yookassa', $2, $3)",
        made,
        str(made),
        world.at,
    )
    return made


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


async def registry_id(world: World) -> UUID:
    """With one row, in suspense."""
    number = new_id().int % 10**12
    return (await loaded(world.kabinet, [paid(number, "нет такого", 100)])).id


async def row_no(world: World) -> int:
    return 1


async def kind(world: World) -> str:
    return "reading-reminder" if "notice-kinds" in world.route else "charges"


async def anything(world: World) -> str:
    return str(new_id())


async def period(world: World) -> str:
    """Of a bill that is issued."""
    issuing = world.kabinet.container.of_bills.bill_issuing
    await issuing.issue([world.home.account_id], await issuing.common("2026-10"))
    return "2026-10"


async def line_id(world: World) -> UUID:
    return await world.kabinet.container.pool.fetchval(
        "SELECT charge_id FROM charges WHERE account_id = $1 LIMIT 1", world.home.account_id
    )


async def inn(world: World) -> str:
    """Of a supplier who was told of the latest closed day."""
    telling = world.kabinet.container.of_telling_suppliers.supplier_telling
    closed = await day(world)
    supplier = (await telling.suppliers())[0]
    await telling.made(supplier, closed)
    return supplier.inn


async def paper(world: World) -> str:
    return "act"


async def agent(world: World) -> str:
    return SBER.code


async def discrepancy_id(world: World) -> UUID:
    """A registry that no bank has credited."""
    number = new_id().int % 10**12
    await loaded(world.kabinet, [paid(number, world.home.number, 1_000)])
    [found] = await world.kabinet.container.of_reconciliation.reconciling.reconcile(PAID_AT.date(), SBER.code)
    return found.open[0].id


async def day(world: World) -> date:
    """The latest closed day; for a discrepancy, that of its registry."""
    if "reconciliation" in world.route:
        return PAID_AT.date()
    sealing = world.kabinet.container.of_proofs.day_sealing
    await sealing.seal_days(SealDays())
    latest = await world.kabinet.container.of_proofs.roots.latest()
    assert latest is not None
    return latest.day


async def stop_token(world: World) -> str:
    return await (autopay_token if "autopay" in world.route else token)(world)


PLACES: dict[str, Callable[[World], Awaitable[object]]] = {
    "account_id": account_id,
    "refund_id": refund_id,
    "api_key_id": api_key_id,
    "approval_id": approval_id,
    "attachment_id": attachment_id,
    "case_id": case_id,
    "consent_id": consent_id,
    "agent": agent,
    "inn": inn,
    "paper": paper,
    "discrepancy_id": discrepancy_id,
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
    "plate_id": plate_id,
    "operation_id": anything,
    "day": day,
    "period": period,
    "power_id": power_id,
    "receipt_id": receipt_id,
    "registry_id": registry_id,
    "row_no": row_no,
    "reading_id": reading_id,
    "file_id": file_id,
    "session_id": session_id,
    "sign_up_id": anything,
    "staff_id": staff_id,
    "supplier_account_id": supplier_account_id,
    "supplier_id": supplier_id,
    "system_id": system_id,
    "token": stop_token,
    "user_id": user_id,
    "visit_id": visit_id,
    "saved_method_id": saved_method_id,
    "autopay_id": autopay_id,
}


async def put_autopay(world: World) -> object:
    return REQUESTS["put_autopay"] | {"saved_method_id": str(await saved_method_id(world))}


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


async def put_on_plate(world: World) -> object:
    return REQUESTS["put_on_plate"] | {"account_id": str(world.home.account_id)}


async def resolve_suspense(world: World) -> object:
    return REQUESTS["resolve_suspense"] | {"account_id": str(world.home.account_id)}


BODIES: dict[str, Callable[[World], Awaitable[object]]] = {
    "release_letter": release_letter,
    "transfer_account": transfer_account,
    "put_autopay": put_autopay,
    "present_power": present_power,
    "hand_case_over": hand_case_over,
    "wonder": wonder,
    "resolve_suspense": resolve_suspense,
    "put_on_plate": put_on_plate,
}
"""Where the example of the API description names something that must be there."""

HEADERS: dict[str, dict[str, str]] = {"remove_second_factor": {"Second-Factor-Code": "123456"}}

OWN_WORDS: dict[str, str] = {
    "check_at_terminal": "terminal-stranger",
    "pay_at_terminal": "terminal-stranger",
    "register_webhook": "webhook-for-legal-entities",
    "accept_invitation": "invitation-not-found",
    "get_draft": "draft-not-found",
}
"""Refusals by 404 or 403 that speak of the caller's own things or of the body, not of what is in the path:
whoever is told them has come in."""
