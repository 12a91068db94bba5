"""The statement on paper."""

import msgspec

from domain.kernel.documents import Document


class StatementPaperLine(msgspec.Struct, frozen=True, kw_only=True):
    """In words and figures as they are printed."""

    posted_on: str
    value_date: str
    what: str
    supplier: str
    amount: str
    change: str
    balance: str


class StatementPaper(Document, frozen=True, kw_only=True, tag="statement"):
    """`is_cut`: there are earlier movements that do not stand here."""

    account_number: str
    is_contract: bool
    holder: str
    address: str
    made_on: str
    to_pay: str
    debt: str
    penalty: str
    overpayment: str
    is_cut: bool
    lines: list[StatementPaperLine]
