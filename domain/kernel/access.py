"""Who acts, on which account, with which scope, until when.

Every read port takes an `Access` and checks it in its WHERE: an account the actor may not see is
not found. Owners, delegates, staff and systems go the same way.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

import msgspec

from domain.kernel.errors import Forbidden
from domain.kernel.ids import AccountId, DocumentId, SessionId, UserId


class Scope(StrEnum):
    """What may be done. Customers hold scopes per account, staff by role, systems by API key."""

    SEE = "see"
    PAY = "pay"
    READINGS = "readings"
    APPLICATIONS = "applications"
    DECIDE = "decide"
    """Work on customers' applications and decide them; staff only."""

    MANAGE = "manage"
    """Let others act on the account, close it, hand it over."""

    IMPORT = "import"
    ADMINISTER = "administer"
    PERSONAL_DATA = "personal-data"
    """The data officer's: who looked at whose data."""


class ActorKind(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"


KIND_NAMES: Mapping[ActorKind, str] = MappingProxyType(
    {ActorKind.CUSTOMER: "customer", ActorKind.STAFF: "staff", ActorKind.SYSTEM: "system"}
)
"""Likewise: message ids."""

SCOPE_NAMES: Mapping[Scope, str] = MappingProxyType(
    {
        Scope.SEE: "see charges and payments",
        Scope.PAY: "pay",
        Scope.READINGS: "send readings",
        Scope.APPLICATIONS: "send applications",
        Scope.DECIDE: "decide applications",
        Scope.MANAGE: "manage the account and who may act on it",
        Scope.IMPORT: "import files",
        Scope.ADMINISTER: "administer",
        Scope.PERSONAL_DATA: "see who looked at personal data",
    }
)
"""Scopes in words for people: message ids."""


class ScopeMissing(Forbidden):
    code = "scope-missing"
    text = "The right “{scope}” is needed"
    remedy = "Ask the owner of the account or the administrator for it"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever stands behind a request.

    `scopes` hold for staff (from the role) and systems (from the key) on every account; a
    customer's scopes stand in the membership of each account and are checked there.
    """

    kind: ActorKind
    id: UUID
    name: str
    session_id: SessionId | None = None
    role: str | None = None
    scopes: frozenset[Scope] = frozenset()
    must_enrol: bool = False
    """Staff without a second factor: they may set one up, and nothing else."""
    agreed: frozenset[DocumentId] = frozenset()
    """Documents a customer has said yes to and not taken it back."""

    @property
    def user_id(self) -> UserId | None:
        """The customer, or None for staff and systems, whose right does not depend on membership."""
        return UserId(self.id) if self.kind is ActorKind.CUSTOMER else None


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """One actor's right to one account, asked for at one moment."""

    actor: Actor
    account_id: AccountId
    scope: Scope
    at: datetime

    def __post_init__(self) -> None:
        if self.actor.kind is not ActorKind.CUSTOMER and self.scope not in self.actor.scopes:
            raise ScopeMissing(scope=self.scope)


OURSELVES = Actor(
    kind=ActorKind.SYSTEM, id=UUID(int=0), name="kabinet", scopes=frozenset({Scope.SEE, Scope.PAY})
)
"""The product itself, when it goes on with what a customer began: a job, a timer."""
