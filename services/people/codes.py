"""Asking for a one-time code, showing it, and carrying it to its reader.

A code is sent by the process that made it, from memory, after the commit and after the answer. A job
would have to keep the code, or what it can be computed from, until some worker takes it. If the process
dies in between or the gateway refuses, nothing is broken: whoever waits asks for another code, as they
would for a lost message. Asking does the same work for every phone, and always sends a message.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

import msgspec

from domain.kernel.calendar import business_day
from domain.kernel.ids import UserId
from domain.kernel.letters import Letter, Mail, Sms
from domain.people.attempts import Door, code_ask_doors, code_try_doors, known_door, network_of
from domain.people.code_messages import CHANGED, IF_NOT_YOU, Channel, CodeMessage, SecurityNotice
from domain.people.codes import (
    CodeTerms,
    CodeTooSoon,
    OneTimeCode,
    PruneCodes,
    Purpose,
    code_key,
    drawn,
)
from domain.store import Store, Transaction
from services.people.tries import count_try, remember_network, return_try


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who asks for a code or shows one. `place` parts their code from those of others."""

    address: str
    ip: str
    place: str
    doors: list[Door]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sent now, and how long the code lives."""

    message: CodeMessage
    terms: CodeTerms


@dataclass(frozen=True, slots=True)
class CodeService:
    """`below` draws numbers nobody foresees; `pepper` is the installation's secret key."""

    transaction: Transaction
    now: Callable[[], datetime]
    below: Callable[[int], int]
    pepper: bytes
    zone: tzinfo

    async def came_to_ask(self, address: str, ip: str, asker: UserId | None = None) -> Visit:
        """Count one wish for a code. TooManyAttempts."""
        async with self.transaction() as store:
            known = await store.attempts.exists(known_door(address, ip))
            doors = code_ask_doors(address, ip, known=known)
            await count_try(store, doors, self.now(), self.zone)
        return _visit(address, ip, asker, doors, known=known)

    async def came_to_try(self, address: str, ip: str, asker: UserId | None = None) -> Visit:
        """Count one try of a code, before it is looked at. TooManyAttempts."""
        async with self.transaction() as store:
            known = await store.attempts.exists(known_door(address, ip))
            doors = code_try_doors(address, ip, known=known)
            await count_try(store, doors, self.now(), self.zone)
        return _visit(address, ip, asker, doors, known=known)

    async def issue(self, store: Store, purpose: Purpose, visit: Visit) -> tuple[str, CodeTerms]:
        """A new code in place of the one before. CodeTooSoon."""
        at, code = self.now(), drawn(self.below)
        terms = await self.terms(store)
        key = code_key(self.pepper, purpose, visit.address, visit.place)
        fresh = OneTimeCode.issued(key, purpose, code, pepper=self.pepper, terms=terms, at=at)
        if not await store.codes.add(fresh):
            kept = await store.codes.locked(key)
            if kept is not None and (wait := kept.wait_seconds(terms, at)):
                raise CodeTooSoon(retry_after_seconds=wait)
            await store.codes.save(fresh)
        return code, terms

    async def is_right(self, store: Store, purpose: Purpose, visit: Visit, code: str) -> bool:
        """Whether it is the code sent there: then it is used and its try does not count. The caller lets
        a wrong one be committed, and only then says no."""
        at = self.now()
        kept = await store.codes.locked(code_key(self.pepper, purpose, visit.address, visit.place))
        if kept is None:
            return False
        after, right = kept.tried(code, pepper=self.pepper, at=at)
        await store.codes.save(after)
        if right:
            await return_try(store, visit.doors, at)
        return right

    async def remember(self, store: Store, visit: Visit) -> None:
        """The phone's owner comes from there."""
        await remember_network(store, visit.address, visit.ip, self.now())

    async def terms(self, store: Store) -> CodeTerms:
        return await store.terms.at(CodeTerms, business_day(self.now(), self.zone))


@dataclass(frozen=True, slots=True)
class CodeDelivery:
    """Messages with codes, at once; notices of changes, as jobs. Raises what the carrier raises."""

    mail: Mail
    sms: Sms

    async def send(self, message: CodeMessage) -> None:
        await self._carry(message.channel, message.to, "Код подтверждения", message.text)

    async def notify(self, notice: SecurityNotice) -> None:
        text = f"{CHANGED[notice.change]} {IF_NOT_YOU}"
        await self._carry(notice.channel, notice.to, "Изменение в личном кабинете", text)

    async def _carry(self, channel: Channel, to: str, subject: str, text: str) -> None:
        if channel is Channel.SMS:
            await self.sms.send(to, text)
        else:
            await self.mail.send(Letter(key="security", to=to, subject=subject, text=text))


@dataclass(frozen=True, slots=True)
class CodePruning:
    transaction: Transaction
    now: Callable[[], datetime]

    async def prune(self, job: PruneCodes) -> None:
        async with self.transaction() as store:
            await store.codes.prune(self.now())


def _visit(address: str, ip: str, asker: UserId | None, doors: list[Door], *, known: bool) -> Visit:
    place = str(asker) if asker else network_of(ip) if known else ""
    return Visit(address=address, ip=ip, place=place, doors=doors)
