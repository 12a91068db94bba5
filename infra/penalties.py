"""Penalties, put together."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.accounts.penalties.settings import SetDebtor, SetReckonedBy
from domain.people.four_eyes import Action
from services.penalties.posting import PenaltyPosting
from services.penalties.setting import PenaltySetting
from services.penalties.showing import PenaltyReading
from services.people.approvals import Doer
from services.people.rights import asking
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class Penalising:
    """What handlers ask for by the names of these fields, and what jobs need."""

    penalty_posting: PenaltyPosting
    penalty_reading: PenaltyReading
    penalty_setting: PenaltySetting

    @property
    def doers(self) -> Mapping[type[Action], Doer]:
        return {SetReckonedBy: self.penalty_setting.do, SetDebtor: self.penalty_setting.do}


def wired(sessions: SessionService) -> Penalising:
    """On the transaction and the clock of `sessions`."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone

    return Penalising(
        penalty_posting=PenaltyPosting(transaction, now, zone),
        penalty_reading=PenaltyReading(transaction, now, zone),
        penalty_setting=PenaltySetting(
            transaction, now, sessions.new_id, zone, asking(now, sessions.new_id, zone)
        ),
    )
