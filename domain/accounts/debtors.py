"""Who owes: the law sets other due dates and other penalties for each."""

from enum import StrEnum

from domain.accounts.accounts import AccountKind


class Debtor(StrEnum):
    """`RESIDENT`: owner or tenant of a home (Housing Code, art. 155). `BUYER`: a legal entity or sole trader
    that buys for itself. `ASSOCIATION`: homeowners' associations and cooperatives. `MANAGING_COMPANY`:
    who manages blocks of flats. `UTILITY`: suppliers of heat, water and sewage (35-FZ, art. 37 p. 2)."""

    RESIDENT = "resident"
    BUYER = "buyer"
    ASSOCIATION = "association"
    MANAGING_COMPANY = "managing-company"
    UTILITY = "utility"


def usual_debtor(kind: AccountKind) -> Debtor:
    """Who owes on an account of which nothing else is said."""
    return Debtor.RESIDENT if kind is AccountKind.UNIFIED else Debtor.BUYER
