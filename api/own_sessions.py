"""Where I am signed in."""

from datetime import datetime
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Self

import msgspec
from litestar import Router, delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.identity import Entry
from api.problems import responses
from domain.kernel.access import Actor
from domain.kernel.ids import SessionId
from domain.people.sessions import Session
from services.people.own_sessions import OwnSessions


class OwnSession(msgspec.Struct, frozen=True, kw_only=True):
    """`device` is how the client called itself, `ip` its address without the end."""

    id: SessionId
    device: str
    ip: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool

    @classmethod
    def of(cls, session: Session, actor: Actor) -> Self:
        return cls(
            id=session.id,
            device=session.device,
            ip=ip_partly(session.ip),
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            is_current=session.id == actor.session_id,
        )


class OwnSessionList(msgspec.Struct, frozen=True):
    items: list[OwnSession]


def ip_partly(ip: str) -> str:
    """Enough to know a place by, not enough to find somebody: 203.0.113.x, 2001:db8:1::/48."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, IPv4Address):
        return f"{ip.rpartition('.')[0]}.x"
    return str(ip_network((address, 48), strict=False))


@get("/sessions", opt={"access": Entry.SIGNED_IN}, responses=responses(401))
async def list_sessions(
    actor: NamedDependency[Actor], own_sessions: NamedDependency[OwnSessions]
) -> OwnSessionList:
    """My open sessions on all devices, the last seen first."""
    return OwnSessionList([OwnSession.of(session, actor) for session in await own_sessions.of(actor)])


@delete("/sessions/{session_id:uuid}", opt={"access": Entry.SIGNED_IN}, responses=responses(401, 404))
async def end_session(
    session_id: FromPath[SessionId],
    actor: NamedDependency[Actor],
    own_sessions: NamedDependency[OwnSessions],
) -> None:
    """End one of my sessions; its tokens are dead within 5 s."""
    await own_sessions.end(actor, session_id)


@delete("/sessions", opt={"access": Entry.SIGNED_IN}, responses=responses(401))
async def end_other_sessions(
    actor: NamedDependency[Actor], own_sessions: NamedDependency[OwnSessions]
) -> None:
    """End all my sessions but this one."""
    await own_sessions.end_others(actor)


sessions = Router("/", tags=["people"], route_handlers=[list_sessions, end_session, end_other_sessions])
