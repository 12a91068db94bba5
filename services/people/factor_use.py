"""Looking at a code of a second factor, the same wherever one is asked for."""

from datetime import datetime
from uuid import UUID

from domain.people.second_factor import CodeMaker, Factors, fallback_hash, is_fallback, plain
from domain.people.tokens import Holder
from domain.store import Store


def factors_of(store: Store, holder: Holder) -> Factors:
    return store.staff_factors if holder is Holder.STAFF else store.factors


async def use_code(
    store: Store, maker: CodeMaker, holder: Holder, owner_id: UUID, written: str, at: datetime
) -> bool:
    """Whether the person's second factor has this code now, or it is one of their fallback codes.

    A right one is used up. The try must have been counted, and that kept, before.
    """
    factors = factors_of(store, holder)
    factor = await factors.locked(owner_id)
    if factor is None or not factor.is_confirmed:
        return False
    code = plain(written)
    if is_fallback(code):
        return await factors.use_fallback(owner_id, fallback_hash(code), at)
    used = factor.after(code, lambda step: maker.code(factor.sealed, owner_id, step), at)
    if used is None:
        return False
    await factors.save(used)
    return True
