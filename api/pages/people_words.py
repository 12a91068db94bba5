"""Roles and rights as people read them."""

from collections.abc import Mapping

from api.texts import translated
from domain.kernel.access import SCOPE_NAMES, Scope
from domain.people.memberships import MemberRole
from domain.people.powers import PowerStatus

GIVEN = (Scope.SEE, Scope.PAY, Scope.READINGS, Scope.APPLICATIONS, Scope.MANAGE)
ROLES: Mapping[MemberRole, str] = {
    MemberRole.OWNER: "Owner",
    MemberRole.FAMILY: "Family member",
    MemberRole.TENANT: "Tenant",
    MemberRole.GUARDIAN: "Guardian",
    MemberRole.ACCOUNTANT: "Accountant",
    MemberRole.COMPANY_ADMIN: "Administrator of the company",
    MemberRole.REPRESENTATIVE: "Representative by a power of attorney",
}
POWER_STATES: Mapping[PowerStatus, str] = {
    PowerStatus.WAITING: "Waits for our staff",
    PowerStatus.ACTIVE: "In force",
    PowerStatus.REFUSED: "Refused",
    PowerStatus.REVOKED: "Revoked",
    PowerStatus.EXPIRED: "Its time is over",
}


def rights(language: str) -> dict[Scope, str]:
    """What may be given, in words and in that order."""
    return {scope: translated(language, SCOPE_NAMES[scope]) for scope in GIVEN}
