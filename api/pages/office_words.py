"""Roles, rights and acts of staff in words for pages."""

from api.texts import translated
from domain.kernel.access import SCOPE_NAMES
from domain.people.staff import SCOPES, Role
from domain.people.staff_changes import StaffAct

ROLES = {
    Role.OPERATOR: "Operator",
    Role.SENIOR_OPERATOR: "Senior operator",
    Role.QUALITY: "Quality control",
    Role.ADMINISTRATOR: "Administrator",
}
ACTS = {
    StaffAct.ADDED: "A member of staff was added",
    StaffAct.ROLE_CHANGED: "A role was changed",
    StaffAct.DISABLED: "Somebody was shut out",
    StaffAct.ENABLED: "Somebody was let in again",
    StaffAct.PASSWORD_RESET: "A reset of a password was given out",
    StaffAct.PASSWORD_SET: "A new password was chosen",
    StaffAct.FACTOR_SET: "A second factor was set up",
    StaffAct.FACTOR_REMOVED: "A second factor was removed",
    StaffAct.FACTOR_RESET: "A second factor was reset",
    StaffAct.PENALTIES_SET: "Settings of penalties were changed",
    StaffAct.RECEIPTS_SET: "Settings of receipts were changed",
    StaffAct.APPROVAL_ASKED: "A second person was asked for approval",
    StaffAct.APPROVAL_GIVEN: "A request was approved",
    StaffAct.APPROVAL_REFUSED: "A request was refused",
}


def role(one: Role, language: str) -> str:
    return translated(language, ROLES[one])


def rights(one: Role, language: str) -> list[str]:
    """What the role may do, in words."""
    return sorted(translated(language, SCOPE_NAMES[scope]) for scope in SCOPES[one])


def act(one: StaffAct, language: str) -> str:
    return translated(language, ACTS[one])
