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
from domain.people.customers import Customers
from domain.people.memberships import Memberships
from domain.people.sessions import Sessions
from domain.people.staff import StaffMembers, Views
from domain.people.systems import Systems


class Store(Protocol):
    @property
    def customers(self) -> Customers: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def staff(self) -> StaffMembers: ...
    @property
    def staff_sessions(self) -> Sessions: ...
    @property
    def systems(self) -> Systems: ...
    @property
    def attempts(self) -> Attempts: ...
    @property
    def memberships(self) -> Memberships: ...
    @property
    def views(self) -> Views: ...
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
    def jobs(self) -> Jobs: ...


Transaction = Callable[[], AbstractAsyncContextManager[Store]]
"""`async with transaction() as store:` is kept if the block ends, undone if it raises.

Raises OutcomeUnknown when the connection is lost while committing.
"""
