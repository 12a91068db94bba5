"""Roles and rights as people read them."""

from collections.abc import Mapping

from api.texts import translated
from domain.accounts.accounts import AccountKind
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
_IN_COMPANY: Mapping[MemberRole, str] = {
    MemberRole.OWNER: "Main user",
    MemberRole.FAMILY: "Employee",
}
"""What a role is called where nobody has a family: whoever comes second to a contract by its bill."""
POWER_STATES: Mapping[PowerStatus, str] = {
    PowerStatus.WAITING: "Waits for our staff",
    PowerStatus.ACTIVE: "In force",
    PowerStatus.REFUSED: "Refused",
    PowerStatus.REVOKED: "Revoked",
    PowerStatus.EXPIRED: "Its time is over",
}


def roles(kind: AccountKind, language: str) -> dict[MemberRole, str]:
    """Every role as it is called on an account of that kind."""
    named = {**ROLES, **_IN_COMPANY} if kind is AccountKind.CONTRACT else ROLES
    return {role: translated(language, text) for role, text in named.items()}


def rights(language: str) -> dict[Scope, str]:
    """What may be given, in words and in that order."""
    return {scope: translated(language, SCOPE_NAMES[scope]) for scope in GIVEN}
