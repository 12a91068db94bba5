"""In whose account the matrix of scopes is tried, and what stands in it."""

from dataclasses import dataclass
from uuid import UUID

from domain.kernel.ids import CaseId, UserId
from tests.households import Household
from tests.kabinets import Kabinet


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
