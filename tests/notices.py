"""People who owe readings, and letters that are kept instead of sent."""

from dataclasses import replace
from datetime import date
from typing import Any

from adapters.postgres.store import Transactions
from domain.kernel.letters import Letter
from domain.readings.readings import ReadingSource
from infra.clock import new_id
from services.readings.submitting import ReadingService
from tests.actors import add_customer
from tests.households import Household, lay_household
from tests.kabinets import Kabinet
from tests.readings import lay_meter, may_send, sent


class Letters:
    """A port `Mail` that keeps what was sent; `trouble` is raised instead."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []
        self.trouble: Exception | None = None

    async def send(self, letter: Letter) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.sent.append(letter)

    def to(self, address: str) -> list[Letter]:
        return [letter for letter in self.sent if letter.to == address]


def caught(kabinet: Kabinet, **more: Any) -> Letters:
    """From now on the notices of this kabinet go there. `more` are other parts of the sending."""
    letters = Letters()
    own = kabinet.container.notices
    sending = replace(own.notice_sending, mail=letters, **more)
    kabinet.container = replace(kabinet.container, notices=replace(own, notice_sending=sending))
    return letters


async def agree_to_letters(kabinet: Kabinet, user_id: Any) -> None:
    await kabinet.container.pool.execute(
        "INSERT INTO user_consents (user_id, consent_id, document_id, sha256, given_at, channel, ip, device)"
        " SELECT $1, $3, document_id, sha256, $2, 'cabinet', '', '' FROM documents"
        " WHERE purpose = 'e-mail-notices'",
        user_id,
        kabinet.clock(),
        new_id(),
    )


async def owing(
    kabinet: Kabinet, number: str, *, address: str | None = None, agrees: bool = True, **meter: Any
) -> Household:
    """A household with one meter and no reading; its owner has an address (made of the number) and agreed
    to letters."""
    pool = kabinet.container.pool
    user_id = await add_customer(kabinet.container)
    email = f"{number}@example.test" if address is None else address
    await pool.execute("UPDATE users SET email = $2 WHERE user_id = $1", user_id, email or None)
    if agrees:
        await agree_to_letters(kabinet, user_id)
    home = await lay_household(pool, number=number, services=["electricity"], user_id=user_id)
    await lay_meter(pool, home, **({"serial": f"{int(number):010}"} | meter))
    return home


async def send_reading(
    kabinet: Kabinet, home: Household, value: Any = 4100, *, taken_on: date | None = None
) -> Any:
    """The owner sends a reading of the household's meter."""
    meter_id = await kabinet.container.pool.fetchval(
        "SELECT meter_id FROM meters WHERE account_id = $1", home.account_id
    )
    service = ReadingService(
        Transactions(kabinet.container.pool, kabinet.clock, new_id), kabinet.container.zone
    )
    day = taken_on or kabinet.clock().date()
    return await service.submit(
        may_send(home, kabinet.clock()), sent(meter_id, value, taken_on=day), ReadingSource.CABINET
    )
