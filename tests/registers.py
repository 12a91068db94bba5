"""A register of powers of attorney in memory, for stories and rules."""

from datetime import date
from uuid import UUID

from domain.people.powers import RegisterAnswer, Standing

COMPANY_INN, PERSON_INN = "7707083893", "500100732259"


class RegisterInMemory:
    """`powers` by GUID, issuer and representative; `asked` counts the questions."""

    def __init__(self):
        self.powers: dict[tuple[UUID, str, str], RegisterAnswer] = {}
        self.is_silent = False
        self.asked = 0

    def enter(self, guid: UUID, *codes: str, until: date = date(2027, 12, 31)) -> None:
        self.powers[guid, COMPANY_INN, PERSON_INN] = RegisterAnswer(
            standing=Standing.ACTIVE, codes=frozenset(codes), valid_until=until
        )

    def revoke(self, guid: UUID) -> None:
        self.powers[guid, COMPANY_INN, PERSON_INN] = RegisterAnswer(standing=Standing.REVOKED)

    async def check(self, guid: UUID, issuer_inn: str, representative_inn: str) -> RegisterAnswer:
        self.asked += 1
        if self.is_silent:
            return RegisterAnswer(standing=Standing.UNREACHABLE)
        nothing = RegisterAnswer(standing=Standing.NOT_FOUND)
        return self.powers.get((guid, issuer_inn, representative_inn), nothing)
