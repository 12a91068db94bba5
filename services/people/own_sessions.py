"""One's own sessions on all devices: seeing them and ending them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.kernel.access import Actor, ActorKind
from domain.kernel.ids import SessionId
from domain.people.sessions import Ending, Presences, Session, SessionNotFound, Sessions
from domain.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class OwnSessions:
    transaction: Transaction
    presences: Presences
    now: Callable[[], datetime]

    async def of(self, actor: Actor) -> list[Session]:
        """The open ones, the last seen first. Systems have none."""
        if actor.session_id is None:
            return []
        async with self.transaction() as store:
            return await _sessions(store, actor).open_of(actor.id, self.now())

    async def end(self, actor: Actor, session_id: SessionId) -> None:
        """Its tokens are dead at once here, within 5 s in other processes. Repeated: nothing more to do.
        SessionNotFound when it is not the actor's."""
        async with self.transaction() as store:
            sessions = _sessions(store, actor)
            session = await sessions.locked(actor.id, session_id)
            if session is None:
                raise SessionNotFound
            await sessions.save(session.ended(Ending.REVOKED, self.now()))
        self.presences.forget(actor.id, session_id)

    async def end_others(self, actor: Actor) -> None:
        """All but the one the actor came with."""
        async with self.transaction() as store:
            ended = await _sessions(store, actor).end_all(
                actor.id, Ending.REVOKED, self.now(), but=actor.session_id
            )
        for session_id in ended:
            self.presences.forget(actor.id, session_id)


def _sessions(store: Store, actor: Actor) -> Sessions:
    return store.staff_sessions if actor.kind is ActorKind.STAFF else store.sessions
