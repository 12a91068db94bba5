"""What billing says of an account that was closed while its file was on the way."""

from uuid import UUID

from msgspec.structs import replace

from domain.accounts.charges import Charge
from domain.accounts.charging import AccountCharges, BilledStanding
from domain.kernel.money import ZERO, Money


def held_back(asked: AccountCharges, standing: BilledStanding) -> tuple[AccountCharges, frozenset[UUID]]:
    """What may be posted of it, and the ids of the rest: charges that would raise what is owed, and opening
    overpayments, which nobody could use up any more. The same or less may always be said again."""
    if not standing.is_closed:
        return asked, frozenset()
    raised = {charge.id for charge in asked.charges if _said(charge) > _kept(charge, standing)}
    late = {one.cause_id for one in asked.overpayments if one.cause_id not in standing.opened}
    if not raised | late:
        return asked, frozenset()
    left = replace(
        asked,
        charges=[charge for charge in asked.charges if charge.id not in raised],
        overpayments=[one for one in asked.overpayments if one.cause_id not in late],
    )
    return left, frozenset(raised | late)


def _kept(charge: Charge, standing: BilledStanding) -> Money:
    kept = standing.kept.get(charge.id)
    return _said(kept.charge) if kept else ZERO


def _said(charge: Charge) -> Money:
    return charge.principal + charge.penalty
