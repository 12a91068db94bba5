"""The books of one account. A book's balance is its debits minus its credits.

    clearing:<provider>                     money on its way to us       (debit: received)
    payment:<id>                            one payment, zero when posted
    receivable:<supplier account>:principal what is owed                 (debit: charged)
    receivable:<supplier account>:penalty   penalties owed
    advance:<supplier account>              money ahead of its charges   (credit)
    billed:<supplier account>               what the supplier charged    (credit)
    corrections                             what stood before this ledger began
    refund_reserve                          money set aside to be returned (credit)
    compensations                           damages credited to the customer (debit)
    written_off                             debts that a court or the law has discharged (debit)
    suspense                                money of a registry whose account is not known (credit); only
                                            on the synthetic account of its file
    transit                                 money found to be another account's, on its way there; zero
                                            over all accounts

Money of one supplier never pays another: no posting debits the advance of one supplier account and
credits the receivable of another.
"""

from enum import StrEnum
from typing import NewType

from domain.kernel.ids import PaymentId, SupplierAccountId

Book = NewType("Book", str)

CORRECTIONS = Book("corrections")
REFUND_RESERVE = Book("refund_reserve")
WRITTEN_OFF = Book("written_off")
TRANSIT = Book("transit")
SUSPENSE = Book("suspense")
COMPENSATIONS = Book("compensations")


class Kind(StrEnum):
    """What is owed: the charge itself or a penalty for paying it late."""

    PRINCIPAL = "principal"
    PENALTY = "penalty"


def clearing(provider: str) -> Book:
    return Book(f"clearing:{provider}")


def payment(payment_id: PaymentId) -> Book:
    return Book(f"payment:{payment_id}")


def receivable(supplier_account_id: SupplierAccountId, kind: Kind) -> Book:
    return Book(f"receivable:{supplier_account_id}:{kind}")


def advance(supplier_account_id: SupplierAccountId) -> Book:
    return Book(f"advance:{supplier_account_id}")


def billed(supplier_account_id: SupplierAccountId) -> Book:
    return Book(f"billed:{supplier_account_id}")


def advance_of(book: Book) -> Book:
    """The advance of the supplier account whose receivable or advance `book` is."""
    return Book(f"advance:{book.split(':')[1]}")
