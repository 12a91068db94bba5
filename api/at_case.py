"""A case as the routes below its address take it: by whom, which one, and how it is told afterwards."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import Meta

from api.case_shapes import CaseOut
from api.texts import language_of
from domain.cases.cases import Family
from domain.kernel.access import Access
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, CaseId
from services.cases.reading import CaseReading
from services.repeating import repeated

ACCOUNT = "/accounts/{account_id:uuid}"
OF_FAMILY = [f"{ACCOUNT}/{family}/{{case_id:uuid}}" for family in Family]
"""Where customers find a case: among its like."""
OF_OFFICE = f"{ACCOUNT}/cases/{{case_id:uuid}}"
"""Where the office does: whatever its family."""
Words = Annotated[str, Meta(min_length=1, max_length=8000)]


def language(request: Request[Any, Any, Any]) -> str:
    return language_of(request.headers.get("accept-language"))


@dataclass(frozen=True, slots=True)
class AtCase:
    """`family` as the address names it; None in the office's."""

    access: Access
    case_id: CaseId
    family: Family | None
    language: str
    reading: CaseReading

    async def told(self) -> CaseOut:
        view, clock = await self.reading.told(self.access, self.case_id, self.family)
        today = business_day(self.access.at, self.reading.zone)
        return CaseOut.told(view, clock, self.access.actor, today, self.language)

    async def after(self, act: Callable[[], Awaitable[object]]) -> CaseOut:
        """How it stands after `act`, which is one whole use case and safe to repeat."""
        await repeated(act)
        return await self.told()


def _at_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    case_reading: NamedDependency[CaseReading],
) -> AtCase:
    path: str = request.scope["path_template"]
    family = next((family for family in Family if f"/{family}/" in path), None)
    return AtCase(access, case_id, family, language(request), case_reading)


AT_CASE = {"at_case": Provide(_at_case, sync_to_thread=False)}
