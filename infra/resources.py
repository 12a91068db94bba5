"""Every JSON resource of the API, in the order of its description."""

from api.account_changes import account_changes
from api.account_papers import account_papers
from api.account_search import account_search
from api.accounts import accounts
from api.approvals import approvals
from api.attachments import attachments
from api.autopay import autopay
from api.bill_checks import bill_checks
from api.bill_lines import bill_lines
from api.bills import bills
from api.case_drafts import case_drafts
from api.case_events import case_events
from api.case_export import case_export
from api.case_kinds import case_kinds
from api.case_moves import case_moves
from api.cases import cases
from api.claim_files import claim_files
from api.codes import codes
from api.consents import consents
from api.contacts import contacts
from api.delegation import delegation
from api.guests import guests
from api.identity_providers import identity_providers
from api.imports import imports
from api.mail import mail
from api.mail_senders import mail_senders
from api.meters import meters
from api.my_data import my_data
from api.notice_preferences import notice_preferences
from api.notice_stops import notice_stops
from api.notices import notices
from api.office_cases import office_cases
from api.office_contacts import office_contacts
from api.office_decisions import office_decisions
from api.office_plates import office_plates
from api.office_visits import office_visits
from api.own_sessions import sessions
from api.passkeys import passkeys
from api.payment_methods import payment_methods
from api.payment_searches import payment_searches
from api.payments import payments
from api.penalties import penalties
from api.penalty_settings import penalty_settings
from api.people import people
from api.powers import powers
from api.proofs import proofs
from api.provider_events import provider_events
from api.reading_decisions import reading_decisions
from api.reading_files import reading_files
from api.readings import readings
from api.receipts import receipts
from api.reconciliation import reconciliation
from api.refunds import refunds
from api.registries import registries
from api.second_factor import second_factor
from api.sign_ups import sign_ups
from api.staff import staff
from api.staff_passwords import staff_passwords
from api.supplier_registries import supplier_registries
from api.suspense import suspense
from api.systems import systems
from api.terminals import terminals
from api.views import views
from api.visits import visits
from api.webhooks import webhooks

RESOURCES = [
    people,
    sign_ups,
    sessions,
    passkeys,
    identity_providers,
    second_factor,
    contacts,
    notices,
    notice_preferences,
    notice_stops,
    consents,
    my_data,
    views,
    systems,
    staff,
    staff_passwords,
    approvals,
    accounts,
    penalties,
    penalty_settings,
    account_changes,
    meters,
    delegation,
    powers,
    codes,
    bills,
    bill_lines,
    bill_checks,
    account_papers,
    payment_methods,
    payments,
    provider_events,
    receipts,
    autopay,
    refunds,
    registries,
    suspense,
    terminals,
    guests,
    reconciliation,
    supplier_registries,
    proofs,
    payment_searches,
    imports,
    reading_files,
    readings,
    reading_decisions,
    mail,
    mail_senders,
    case_kinds,
    cases,
    case_moves,
    case_events,
    case_drafts,
    attachments,
    account_search,
    office_cases,
    office_decisions,
    office_plates,
    office_contacts,
    webhooks,
    case_export,
    claim_files,
    visits,
    office_visits,
]
