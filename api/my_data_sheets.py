"""The copy of one's data as sheets of a workbook, in the reader's language."""

from collections.abc import Iterable, Sequence
from typing import Any

from api.my_data_columns import Column, columns_of
from api.my_data_person import ConsentItem, IdentityItem, PasskeyItem, Profile
from api.my_data_record_sheets import of_records
from api.my_data_sections import (
    AccountItem,
    ChargeItem,
    Copy,
    Gathered,
    PaymentItem,
    StatementItem,
    ViewItem,
)
from api.notices import NoticeOut
from api.powers import PowerOut
from api.texts import translated
from domain.kernel.sheets import Sheet
from domain.notices.preferences import Switch
from domain.people.my_data import OwnMembership, OwnSession

PROFILE = columns_of(
    Profile,
    ("Name", lambda one: one.name),
    ("Phone", lambda one: one.phone),
    ("E-mail", lambda one: one.email),
    ("Since", lambda one: one.created_at),
    ("Second factor since", lambda one: one.second_factor_since),
    ("Id", lambda one: str(one.id)),
)
ACCOUNT = columns_of(
    AccountItem,
    ("Account", lambda one: one.number),
    ("Address", lambda one: one.address),
    ("Holder", lambda one: one.holder_name),
    ("INN", lambda one: one.holder_inn),
    ("Debt, roubles", lambda one: one.balance.debt),
    ("Penalty, roubles", lambda one: one.balance.penalty),
    ("Overpayment, roubles", lambda one: one.balance.overpayment),
    ("To pay, roubles", lambda one: one.balance.to_pay),
)
CHARGE = columns_of(
    ChargeItem,
    ("Account", lambda one: one.account_number),
    ("Period", lambda one: one.charge.period),
    ("Supplier", lambda one: one.supplier),
    ("Service", lambda one: one.service),
    ("Bill", lambda one: one.charge.bill_number),
    ("Volume", lambda one: one.charge.volume),
    ("Unit", lambda one: one.charge.unit),
    ("Tariff, roubles", lambda one: one.charge.tariff),
    ("Charged, roubles", lambda one: one.charge.amount),
    ("Recalculation, roubles", lambda one: one.charge.recalculation),
    ("Of it a benefit, roubles", lambda one: one.charge.benefit),
    ("Penalty, roubles", lambda one: one.charge.penalty),
    ("Paid, roubles", lambda one: one.charge.paid),
    ("Penalty paid, roubles", lambda one: one.charge.penalty_paid),
)
PAYMENT = columns_of(
    PaymentItem,
    ("Account", lambda one: one.account_number),
    ("Payment", lambda one: str(one.id)),
    ("Created", lambda one: one.created_at),
    ("Paid", lambda one: one.paid_at),
    ("State", lambda one: one.state.value),
    ("Method", lambda one: one.method.value),
    ("Sum, roubles", lambda one: one.amount),
)
WHY = (
    Column("Payment", lambda pair: str(pair[0].id)),
    Column("Paid", lambda pair: pair[0].paid_at),
    Column("Reason", lambda pair: pair[1]),
)
STATEMENT = columns_of(
    StatementItem,
    ("Account", lambda one: one.account_number),
    ("Entry", lambda one: one.line.entry_no),
    ("Value date", lambda one: one.line.value_date),
    ("Posted", lambda one: one.line.posted_at),
    ("Movement", lambda one: one.line.movement.value),
    ("Supplier", lambda one: one.supplier),
    ("Period", lambda one: one.line.period),
    ("Sum, roubles", lambda one: one.line.amount),
    ("Change of what is to pay, roubles", lambda one: one.line.change),
)
MEMBERSHIP = columns_of(
    OwnMembership,
    ("Role", lambda one: one.role),
    ("Rights", lambda one: ", ".join(sorted(one.scopes))),
    ("Since", lambda one: one.added_at),
    ("Until", lambda one: one.valid_until),
)
POWER = columns_of(
    PowerOut,
    ("Kind of power", lambda one: one.kind.value),
    ("Number", lambda one: one.number),
    ("INN of the company", lambda one: one.issuer_inn),
    ("My INN", lambda one: one.representative_inn),
    ("Powers", lambda one: ", ".join(one.powers)),
    ("First day", lambda one: one.valid_from.isoformat()),
    ("Last day", lambda one: one.valid_until.isoformat()),
    ("State", lambda one: one.status.value),
    ("Presented", lambda one: one.entered_at),
    ("Reason", lambda one: one.reason),
)
PASSKEY = columns_of(
    PasskeyItem,
    ("Name", lambda one: one.name),
    ("Since", lambda one: one.created_at),
    ("Last used", lambda one: one.last_used_at),
)
IDENTITY = columns_of(
    IdentityItem,
    ("Provider", lambda one: one.provider),
    ("Name", lambda one: one.name),
    ("My id there", lambda one: one.subject),
    ("Since", lambda one: one.linked_at),
    ("Last used", lambda one: one.last_used_at),
)
CONSENT = columns_of(
    ConsentItem,
    ("Document", lambda one: one.title),
    ("Version", lambda one: one.version),
    ("SHA-256", lambda one: one.sha256),
    ("Given", lambda one: one.given_at),
    ("Channel", lambda one: one.channel.value),
    ("Address of the device", lambda one: one.ip),
    ("Device", lambda one: one.device),
    ("Withdrawn", lambda one: one.withdrawn_at),
)
SESSION = columns_of(
    OwnSession,
    ("Signed in", lambda one: one.created_at),
    ("Last seen", lambda one: one.last_seen_at),
    ("Ended", lambda one: one.ended_at),
    ("Device", lambda one: one.device),
    ("Address of the device", lambda one: one.ip),
)
VIEW = columns_of(
    ViewItem,
    ("Account", lambda one: one.account_number),
    ("When", lambda one: one.at),
    ("Who", lambda one: one.staff_name),
    ("What", lambda one: one.what),
)

NOTICE = columns_of(
    NoticeOut,
    ("Notice", lambda one: one.title),
    ("E-mail", lambda one: one.address),
    ("When", lambda one: one.made_at),
    ("State", lambda one: one.state.value),
)
SWITCH = columns_of(
    Switch,
    ("Notice", lambda one: one.kind),
    ("Channel", lambda one: one.channel.value),
    ("Is on", lambda one: "+" if one.is_on else "–"),
    ("Since", lambda one: one.at),
)


def sheets(data: Gathered, copy: Copy) -> list[Sheet]:
    """One sheet per section; payments have two, the second says why in words; applications have three."""
    numbers = {account.account_id: account.number for account in data.accounts}

    def sheet(title: str, columns: Sequence[Column], items: Iterable[Any]) -> Sheet:
        return Sheet(
            title=translated(copy.language, title),
            headings=[translated(copy.language, column.heading) for column in columns],
            rows=[[column.cell(item) for column in columns] for item in items],
        )

    number = Column("Account", lambda one: numbers.get(one.account_id, ""))
    return [
        sheet("About me", PROFILE, [data.profile]),
        sheet("Accounts", ACCOUNT, data.accounts),
        sheet("Charges", CHARGE, data.charges),
        sheet("Payments", PAYMENT, data.payments),
        sheet("Why so", WHY, [(one, text) for one in data.payments for text in one.words]),
        sheet("Statement of the account", STATEMENT, data.statement),
        *(sheet(title, columns, items) for title, columns, items in of_records(data)),
        sheet("My rights to accounts", [number, *MEMBERSHIP], data.memberships),
        sheet("My powers of attorney", [number, *POWER], data.powers),
        sheet("Consents", CONSENT, data.consents),
        sheet("Sessions", SESSION, data.sessions),
        sheet("Passkeys", PASSKEY, data.passkeys),
        sheet("Linked identities", IDENTITY, data.identities),
        sheet("Who looked at my data", VIEW, data.views),
        sheet("Notices", [number, *NOTICE], data.notices),
        sheet("My choice of notices", SWITCH, [s for one in data.notice_preferences for s in one.switches]),
        sheet("What is incomplete", [Column("Section", str)], sorted(copy.incomplete)),
    ]
