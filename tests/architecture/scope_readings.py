"""What stands in the paths of routes about meters, readings, their files and letters."""

from uuid import UUID

from domain.kernel.access import OURSELVES
from domain.kernel.ids import MeterId
from domain.mail.letters_in import LetterSource, LetterState, Reason
from domain.readings.readings import ReadingSource
from infra.clock import new_id
from services.mail.receiving import Delivery
from tests.architecture.scope_world import World
from tests.letters import letter
from tests.readings import lay_meter, may_send, sent


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
