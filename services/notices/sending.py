"""Sending one notice: whether it is still due and allowed is asked when its turn has come."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec.structs import replace

from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.kernel.jobs import NotYet
from domain.kernel.letters import Attachment, Letter, LetterRefused, Mail, message_id
from domain.notices.allowing import ConsentStanding, barred, standing
from domain.notices.bounces import BounceTerms, letter_key
from domain.notices.kinds import AnyWords
from domain.notices.notices import Notice, NoticeState, SendNotice
from domain.notices.preferences import HourTerms, Preferences
from domain.notices.stopping import Stop
from domain.notices.words import Words
from domain.notices.writing import Language, Links, Templates, language_named
from domain.people.customers import Customer
from domain.store import Store, Transaction
from services.notices.queueing import NoticeQueue

StillDue = Callable[[Store, Notice, datetime], Awaitable[AnyWords | str]]
"""What a kind has to say when its turn comes: its words as they stand now, or why it is due no longer."""
Enclosed = Callable[[Notice], Awaitable[tuple[Attachment, ...]]]
"""What goes along with a kind of notice, such as the answer on paper."""
GONE = "person-erased"


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A notice whose turn it is, and how it is written."""

    notice: Notice
    address: str
    words: AnyWords
    language: Language
    preferences: Preferences


class _Reader(msgspec.Struct, frozen=True, kw_only=True):
    address: str | None
    preferences: Preferences
    consent: ConsentStanding
    bounces: bool


@dataclass(frozen=True, slots=True)
class NoticeSending:
    """`still_due` and `enclosed` by kind; one without a line is due as it was, and brings nothing along.
    `links` makes the addresses of a letter about that account."""

    transaction: Transaction
    mail: Mail
    templates: Templates
    queue: NoticeQueue
    still_due: Mapping[type[Words], StillDue]
    links: Callable[[Stop, AccountId | None], Links]
    mail_domain: str
    enclosed: Mapping[type[Words], Enclosed]

    async def send(self, job: SendNotice) -> None:
        """At most once noted as sent; after a crash in between the same letter goes again under the same
        Message-ID. NotYet at night and when too many leave at once."""
        at = self.queue.now()
        async with self.transaction() as store:
            notice = await store.notices.locked(job.user_id, job.notice_id)
            if notice is None or notice.state is not NoticeState.WAITING:
                return
            customer = await store.customers.by_id(notice.user_id)
            turn = await self._turn(store, notice, customer, at)
            if isinstance(turn, str):
                await store.notices.save(notice.cancelled(turn, at))
                return
            later = await self._later(store, turn, at)
        if later:
            raise NotYet(later)
        try:
            await self.mail.send(replace(self.letter(turn), attachments=await self._enclosed(turn.notice)))
        except LetterRefused as refusal:
            await self._note(turn, refusal.status)
        else:
            await self._note(turn)

    def letter(self, turn: Turn) -> Letter:
        notice = turn.notice
        stop = Stop(user_id=notice.user_id, kind=notice.kind, channel=notice.channel)
        links = self.links(stop, notice.account_id)
        written = self.templates.written(turn.words, turn.language, links)
        key = letter_key(notice.user_id, notice.id)
        return Letter(
            key=key,
            to=turn.address,
            subject=written.subject,
            text=written.text,
            html=written.html,
            headers={
                "Message-ID": message_id(key, self.mail_domain),
                "List-Unsubscribe": f"<{links.stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )

    async def _enclosed(self, notice: Notice) -> tuple[Attachment, ...]:
        enclosed = self.enclosed.get(type(notice.words))
        return await enclosed(notice) if enclosed else ()

    async def _turn(
        self, store: Store, notice: Notice, customer: Customer | None, at: datetime
    ) -> Turn | str:
        """How it goes out, or why not."""
        if customer is None:
            return GONE
        reader = _Reader(
            address=customer.email,
            preferences=await store.notice_preferences.of(customer.id),
            consent=standing(notice.channel, await store.consents.of_user(customer.id)),
            bounces=await self._bounces(store, customer.email, at),
        )
        if why := barred(type(notice.words), notice.channel, reader):
            return why.value
        words: AnyWords | str = notice.words
        if still_due := self.still_due.get(type(notice.words)):
            words = await still_due(store, notice, at)
        if isinstance(words, str):
            return words
        assert customer.email is not None
        return Turn(
            notice=notice,
            address=customer.email,
            words=words,
            language=language_named(customer.locale),
            preferences=reader.preferences,
        )

    async def _bounces(self, store: Store, address: str | None, at: datetime) -> bool:
        if not address:
            return False
        terms = await store.terms.at(BounceTerms, business_day(at, self.queue.zone))
        return bool(await store.bounce_reports.among([address.lower()], terms.since(at)))

    async def _later(self, store: Store, turn: Turn, at: datetime) -> datetime | None:
        """The moment it must wait for, or None: then its place among those that leave is taken."""
        if turn.words.is_prompt:
            return None
        hours = await store.terms.at(HourTerms, business_day(at, self.queue.zone))
        morning = turn.preferences.not_before(at, self.queue.zone, hours)
        if morning > at:
            return morning
        pace = await store.notice_paces.locked(turn.notice.channel)
        if taken := pace.taken(at, self.queue.gap):
            await store.notice_paces.save(taken)
            return None
        queued, place = pace.queued(1, at, at, self.queue.gap)
        await store.notice_paces.save(queued)
        return place

    async def _note(self, turn: Turn, refused: str | None = None) -> None:
        async with self.transaction() as store:
            notice = await store.notices.locked(turn.notice.user_id, turn.notice.id)
            if notice is None or notice.state is not NoticeState.WAITING:
                return
            at = self.queue.now()
            sent = notice.sent(turn.address, turn.words, at)
            await store.notices.save(notice.refused(turn.address, refused, at) if refused else sent)
