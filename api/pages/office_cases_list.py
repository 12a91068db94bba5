"""Cases of many accounts in lists of the office: each with whose it is, and each account's look on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from zoneinfo import ZoneInfo

import msgspec
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from api.case_shapes import CaseSummary
from api.pages.looks import Looks
from domain.accounts.accounts import Account, Accounts
from domain.accounts.searching import masked
from domain.cases.cases import Case
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """As much of an account as it takes to know whose the case is."""

    number: str
    holder: str
    address: str

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls(
            number=account.number,
            holder=masked(account.holder_name, account.kind),
            address=account.address,
        )


class ListedCase(msgspec.Struct, frozen=True, kw_only=True):
    case: CaseSummary
    whose: Whose


@dataclass(frozen=True, slots=True)
class CasesList:
    accounts: Accounts
    looks: Looks
    zone: ZoneInfo

    async def of(self, cases: Sequence[Case], what: str, language: str) -> list[ListedCase]:
        """`what` is the list, for the record of looks: nothing is shown before it is kept."""
        await self.looks.recorded((one.account_id for one in cases), what)
        whose = {one: await self._whose(one) for one in {case.account_id for case in cases}}
        today = business_day(self.looks.at, self.zone)
        return [
            ListedCase(case=CaseSummary.of(one, today, language, is_staff=True), whose=whose[one.account_id])
            for one in cases
        ]

    async def _whose(self, account_id: AccountId) -> Whose:
        return Whose.of((await self.accounts.card(self.looks.of(account_id))).account)


def cases_list(
    accounts: NamedDependency[SkipValidation[Accounts]],
    looks: NamedDependency[Looks],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> CasesList:
    return CasesList(accounts, looks, zone)


DEPENDENCIES = {"cases_list": Provide(cases_list, sync_to_thread=False)}
