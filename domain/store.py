"""Everything one transaction can reach."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.accounts.accounts import Accounts
from domain.accounts.ledger import Ledger
from domain.accounts.suppliers import Suppliers
from domain.kernel.jobs import Jobs
from domain.kernel.terms import Terms


class Store(Protocol):
    @property
    def accounts(self) -> Accounts: ...
    @property
    def suppliers(self) -> Suppliers: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def terms(self) -> Terms: ...
    @property
    def jobs(self) -> Jobs: ...


Transaction = Callable[[], AbstractAsyncContextManager[Store]]
"""`async with transaction() as store:` is kept if the block ends, undone if it raises.

Raises OutcomeUnknown when the connection is lost while committing.
"""
