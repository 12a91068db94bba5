"""Forms that are not sent yet."""

from dataclasses import dataclass

from domain.cases.cases import CaseIdTaken
from domain.cases.drafts import MOST_PER_PERSON, Draft, TooManyDrafts, checked
from domain.kernel.access import Access
from domain.kernel.ids import CaseId
from domain.store import Transaction


@dataclass(frozen=True, slots=True)
class DraftService:
    transaction: Transaction

    async def keep(self, access: Access, case_id: CaseId, content: bytes) -> Draft:
        """CaseIdTaken when a case or another's draft has the id; DraftTooLarge, TooManyDrafts."""
        draft = Draft(
            case_id=case_id,
            account_id=access.account_id,
            by_id=access.actor.id,
            content=checked(content),
            changed_at=access.at,
        )
        async with self.transaction() as store:
            await store.accounts.card(access)
            if await store.cases.found(access.account_id, case_id):
                raise CaseIdTaken
            is_new = await store.case_drafts.found(access, case_id) is None
            count = await store.case_drafts.count(access.account_id, access.actor.id)
            if is_new and count >= MOST_PER_PERSON:
                raise TooManyDrafts(most=MOST_PER_PERSON)
            if not await store.case_drafts.keep(draft):
                raise CaseIdTaken
        return draft

    async def drop(self, access: Access, case_id: CaseId) -> None:
        """Also one that is not there."""
        async with self.transaction() as store:
            await store.accounts.card(access)
            await store.case_drafts.drop(access.account_id, case_id, access.actor.id)
