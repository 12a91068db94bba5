"""Saying yes to one document at a time, and taking it back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from uuid import UUID

import msgspec

from domain.kernel.access import Actor
from domain.kernel.calendar import business_day
from domain.kernel.ids import ConsentId, DocumentId, UserId
from domain.people.consents import (
    MOST_CONSENTS,
    Channel,
    Consent,
    ConsentNeeded,
    ConsentNotFound,
    Document,
    DocumentIdTaken,
    DocumentNotFound,
    DocumentNotInForce,
    DocumentTooEarly,
    NeededDocuments,
    Purpose,
    TooManyConsents,
    needed,
    unanswered,
)
from domain.people.sessions import Presences
from domain.store import Transaction


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """How a person stands: what they said yes to (withdrawn ones too), what was never answered, and
    what of that the cabinet cannot be used without."""

    consents: list[Consent]
    unanswered: list[Document]
    needed: list[Document]


@dataclass(frozen=True, slots=True)
class ConsentService:
    transaction: Transaction
    needed: NeededDocuments
    presences: Presences
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo

    async def documents(self) -> list[Document]:
        """The version of each purpose that holds today."""
        async with self.transaction() as store:
            return await store.consents.in_force(self._today())

    async def document(self, document_id: DocumentId) -> Document:
        """Any version. DocumentNotFound."""
        async with self.transaction() as store:
            found = await store.consents.document(document_id)
        if found is None:
            raise DocumentNotFound
        return found

    async def publish(
        self, document_id: DocumentId, purpose: Purpose, *, title: str, text: str, valid_from: date
    ) -> tuple[Document, bool]:
        """A new version that holds from a day on; everybody is asked again then. The same once more
        changes nothing. DocumentIdTaken; DocumentTooEarly before today or before the last version."""
        async with self.transaction() as store:
            if kept := await store.consents.document(document_id):
                if (kept.purpose, kept.title, kept.text, kept.valid_from) != (
                    *(purpose, title, text),
                    valid_from,
                ):
                    raise DocumentIdTaken
                return kept, False
            last = await store.consents.latest(purpose)
            earliest = max(self._today(), last.valid_from) if last else self._today()
            if valid_from < earliest:
                raise DocumentTooEarly(field="valid_from", earliest=earliest)
            version = last.version + 1 if last else 1
            document = Document.written(
                document_id, purpose, version=version, valid_from=valid_from, title=title, text=text
            )
            if not await store.consents.publish(document):
                raise DocumentIdTaken  # somebody published at the same moment
        self.needed.forget()
        return document, True

    async def check(self, actor: Actor) -> None:
        """Whether this customer may use the cabinet. ConsentNeeded.

        Whoever agreed is let in from memory; before anybody is refused, what they said is read anew.
        """
        if await self.needed.on(self._today()) <= actor.agreed:
            return
        answers = await self.answers(UserId(actor.id))
        if answers.needed:
            raise ConsentNeeded(answers.needed)

    async def answers(self, user_id: UserId) -> Answers:
        async with self.transaction() as store:
            documents = await store.consents.in_force(self._today())
            consents = await store.consents.of_user(user_id)
        return Answers(
            consents=consents,
            unanswered=unanswered(documents, consents),
            needed=needed(documents, consents),
        )

    async def give(
        self,
        user_id: UserId,
        document_id: DocumentId,
        *,
        shown: bytes,
        channel: Channel,
        ip: str,
        device: str,
    ) -> tuple[Consent, bool]:
        """A yes to the text `shown` (its SHA-256), and whether it is new.

        DocumentNotFound, DocumentNotInForce, DocumentTextDiffers, TooManyConsents.
        """
        async with self.transaction() as store:
            document = await store.consents.document(document_id)
            if document is None:
                raise DocumentNotFound
            if document not in await store.consents.in_force(self._today()):
                raise DocumentNotInForce
            consent = Consent.given(
                ConsentId(self.new_id()),
                user_id,
                document,
                shown=shown,
                at=self.now(),
                channel=channel,
                ip=ip,
                device=device,
            )
            is_new = await store.consents.give(consent)
            mine = await store.consents.of_user(user_id)
            if is_new and len(mine) > MOST_CONSENTS:
                raise TooManyConsents
        await self._forget_presences(user_id)
        return next(one for one in mine if one.document_id == document_id and one.stands), is_new

    async def withdraw(self, user_id: UserId, consent_id: ConsentId) -> Consent:
        """Taken back for its purpose: consents to other versions of it go too. ConsentNotFound."""
        async with self.transaction() as store:
            mine = await store.consents.of_user(user_id)
            chosen = next((one for one in mine if one.id == consent_id), None)
            if chosen is None:
                raise ConsentNotFound
            if not chosen.stands:
                return chosen
            for consent in mine:
                if consent.purpose is chosen.purpose and consent.stands:
                    await store.consents.withdraw(consent.withdrawn(self.now()))
        await self._forget_presences(user_id)
        return chosen.withdrawn(self.now())

    async def _forget_presences(self, user_id: UserId) -> None:
        async with self.transaction() as store:
            sessions = await store.sessions.open_of(user_id, self.now())
        for session in sessions:
            self.presences.forget(user_id, session.id)

    def _today(self) -> date:
        return business_day(self.now(), self.zone)
