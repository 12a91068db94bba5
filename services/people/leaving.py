"""Giving up one's own right to an account."""

from collections.abc import Callable
from uuid import UUID

from domain.kernel.access import Access
from domain.kernel.ids import UserId
from domain.people.delegation import Circle
from domain.people.grants import GrantEvent, GrantRecord
from domain.store import Store


async def leave(store: Store, circle: Circle, theirs: Access, new_id: Callable[[], UUID]) -> None:
    """End the right of whoever acts, who is in the locked `circle`; with the last owner every right ends.
    A promised change of owner that names them is dropped."""
    user_id = UserId(theirs.actor.id)
    for one in circle.left(user_id, theirs.at):
        await store.delegations.end(circle.account_id, one.user_id)
        event = GrantEvent.LEFT if one.user_id == user_id else GrantEvent.ENDED
        await store.delegations.record(GrantRecord.of(event, one, theirs, id=new_id()))
    if circle.promised and user_id in (circle.promised.from_user_id, circle.promised.to_user_id):
        await store.delegations.promise(circle.account_id, None)
