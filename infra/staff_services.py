"""Second factors and the administration of staff, put together."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.people.four_eyes import Action
from domain.people.staff_changes import ChangeRole, ResetSecondFactor
from domain.people.staff_passwords import ResetPassword
from services.people.approvals import ApprovalService, Doer
from services.people.second_factor import SecondFactorService
from services.people.sessions import SessionService
from services.people.staff import StaffAdministration
from services.people.staff_passwords import StaffPasswords


@dataclass(frozen=True, slots=True)
class StaffServices:
    """What handlers ask for by the names of these fields."""

    second_factor_service: SecondFactorService
    staff_administration: StaffAdministration
    approval_service: ApprovalService
    staff_passwords: StaffPasswords


def wired(sessions: SessionService, doers: Mapping[type[Action], Doer]) -> StaffServices:
    """On the transaction, the clock and the passwords of `sessions`. `doers` are those of other features."""
    transaction, now, new_id = sessions.transaction, sessions.now, sessions.new_id
    administration = StaffAdministration(
        transaction=transaction,
        passwords=sessions.passwords,
        presences=sessions.presences,
        now=now,
        new_id=new_id,
        new_secret=sessions.new_secret,
        zone=sessions.zone,
    )
    passwords = StaffPasswords(
        transaction=transaction,
        passwords=sessions.passwords,
        presences=sessions.presences,
        now=now,
        new_id=new_id,
        new_secret=sessions.new_secret,
        zone=sessions.zone,
    )
    return StaffServices(
        second_factor_service=SecondFactorService(
            transaction=transaction,
            passwords=sessions.passwords,
            presences=sessions.presences,
            code_maker=sessions.code_maker,
            now=now,
            new_id=new_id,
            new_secret=sessions.new_secret,
            zone=sessions.zone,
        ),
        staff_administration=administration,
        approval_service=ApprovalService(
            transaction=transaction,
            # Every action that needs two people, and who does it: a kind without a line here cannot be asked.
            doers={
                ChangeRole: administration.do_change_role,
                ResetSecondFactor: administration.do_reset,
                ResetPassword: passwords.do_open_reset,
                **doers,
            },
            now=now,
            new_id=new_id,
        ),
        staff_passwords=passwords,
    )
