"""What hangs at the demo's desks: an SBP plate, and a bank's terminals that ask from this machine."""

from uuid import UUID

from domain.payments.pos_links import Plate
from domain.payments.terminals import TerminalAgreement, TerminalTerms
from infra import clock
from infra.container import Container
from infra.demo.agents import SBER, VALID_FROM

PLATE = UUID("0058de41-7b49-4daa-80f8-12ba73c918e9")
LINK = "https://qr.nspk.ru/AS1R000000000000000000000000TEST?type=01&bank=100000000999&crc=FDBB"
"""The sandbox of payments takes it when the first sum is put on it."""
AGREEMENT = TerminalAgreement(
    agent=SBER.code,
    valid_from=VALID_FROM,
    terms=TerminalTerms(networks=("127.0.0.0/8", "::1/128"), tells_sum=True, tells_name=True),
)


async def add_desks(container: Container) -> None:
    """After the agents. Safe to repeat."""
    plate = Plate(
        id=PLATE,
        centre="Центр на Мира, 1",
        place="Окно 3",
        link=LINK,
        provider=container.of_plates.plate_desk.start.provider.name,
        registered_at=clock.now(),
    )
    async with container.transaction() as store:
        await store.plates.add_once(plate)
        await store.terminals.save(AGREEMENT.checked())
