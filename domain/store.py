"""Everything one transaction can reach."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.accounts.accounts import Accounts
from domain.accounts.ledger import Ledger
from domain.accounts.suppliers import Suppliers
from domain.kernel.jobs import Jobs
from domain.kernel.terms import Terms
from domain.payments.methods import Health
from domain.payments.payments import Payments, ProviderEvents
from domain.people.attempts import Attempts
from domain.people.challenges import Challenges
from domain.people.codes import Codes
from domain.people.consents import Consents
from domain.people.customers import Customers
from domain.people.erasure import Erasures
from domain.people.four_eyes import Approvals
from domain.people.grants import Delegations
from domain.people.identities import Identities
from domain.people.invitations import Invitations
from domain.people.memberships import Memberships
from domain.people.passkeys import Passkeys
from domain.people.powers import Powers
from domain.people.retention import Retention
from domain.people.second_factor import Factors
from domain.people.sessions import Sessions
from domain.people.staff import StaffMembers, Views
from domain.people.staff_changes import StaffLog
from domain.people.systems import Systems
from domain.readings.files import ReadingFiles
from domain.readings.keeping import Readings
from domain.readings.meters import Meters


class Store(Protocol):
    @property
    def customers(self) -> Customers: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def passkeys(self) -> Passkeys: ...
    @property
    def identities(self) -> Identities: ...
    @property
    def staff(self) -> StaffMembers: ...
    @property
    def staff_sessions(self) -> Sessions: ...
    @property
    def systems(self) -> Systems: ...
    @property
    def factors(self) -> Factors: ...
    @property
    def staff_factors(self) -> Factors: ...
    @property
    def sign_in_challenges(self) -> Challenges: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def staff_log(self) -> StaffLog: ...
    @property
    def attempts(self) -> Attempts: ...
    @property
    def codes(self) -> Codes: ...
    @property
    def memberships(self) -> Memberships: ...
    @property
    def delegations(self) -> Delegations: ...
    @property
    def invitations(self) -> Invitations: ...
    @property
    def powers(self) -> Powers: ...
    @property
    def views(self) -> Views: ...
    @property
    def consents(self) -> Consents: ...
    @property
    def erasures(self) -> Erasures: ...
    @property
    def retention(self) -> Retention: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def suppliers(self) -> Suppliers: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def payments(self) -> Payments: ...
    @property
    def provider_events(self) -> ProviderEvents: ...
    @property
    def health(self) -> Health: ...
    @property
    def terms(self) -> Terms: ...
    @property
    def meters(self) -> Meters: ...
    @property
    def readings(self) -> Readings: ...
    @property
    def reading_files(self) -> ReadingFiles: ...
    @property
    def jobs(self) -> Jobs: ...


Transaction = Callable[[], AbstractAsyncContextManager[Store]]
"""`async with transaction() as store:` is kept if the block ends, undone if it raises.

Raises OutcomeUnknown when the connection is lost while committing.
"""
