"""Who may come in where: every route and every sort of caller.

A new route needs one line in MATRIX; `python -m tests.architecture.scope_matrix` then writes
docs/access.md anew. test_scope_matrix.py tries every line with every caller on the real application.
"""

from pathlib import Path
from typing import NamedTuple

from domain.people.systems import SYSTEM_SCOPES

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"

NOBODY = "nobody"
STAFF_ROLES = ("operator", "senior_operator", "quality", "administrator")
UNENROLLED = "unenrolled"
"""An administrator who has yet to set up the second factor."""

SYSTEMS = tuple(f"system:{scope}" for scope in sorted(SYSTEM_SCOPES))
UNAGREED = "unagreed"
"""Another owner, who has yet to say yes to the rules and to the processing of data."""

CALLERS = (NOBODY, "stranger", "payer", UNAGREED, *STAFF_ROLES, UNENROLLED, *SYSTEMS, "owner")
"""The owner comes last: what owners do to an account may end it. `stranger` is a customer with no right to
the account, `payer` a delegate who may pay for it and nothing else."""


class Rule(NamedTuple):
    """`allowed` come in; for `hidden` there is no such thing (404). The rest are refused: nobody by 401,
    everybody else by 403."""

    allowed: frozenset[str]
    hidden: frozenset[str] = frozenset()

    def expected(self, caller: str) -> str:
        if caller in self.allowed:
            return "allowed"
        if caller in self.hidden:
            return "404"
        return "401" if caller == NOBODY else "403"


def rule(allowed: str, *, hidden: str = "") -> Rule:
    return Rule(frozenset(allowed.split()), frozenset(hidden.split()))


ALL_STAFF = " ".join(STAFF_ROLES)
ALL_SYSTEMS = " ".join(SYSTEMS)

OPEN = Rule(frozenset(CALLERS))
PRESENT = rule(f"owner payer stranger unagreed {ALL_STAFF} unenrolled {ALL_SYSTEMS}")
SIGNED_IN = rule(f"owner payer stranger {ALL_STAFF} {ALL_SYSTEMS}")
PEOPLE_PRESENT = rule(f"owner payer stranger {ALL_STAFF} unenrolled")
OWN_SESSION = rule("owner", hidden=f"payer stranger {ALL_STAFF} {ALL_SYSTEMS}")
CUSTOMER = rule("owner payer stranger")
CUSTOMER_PRESENT = rule("owner payer stranger unagreed")
OWN_CONSENT = rule("owner", hidden="payer stranger unagreed")
OWN = rule("owner", hidden="payer stranger")
MEMBER = rule("owner payer", hidden="stranger")
SEE = rule(f"owner {ALL_STAFF} system:see", hidden="payer stranger")
SEE_PAYMENTS = rule(f"owner payer {ALL_STAFF} system:see", hidden="stranger")
PAY = rule("owner payer system:pay", hidden="stranger")
READINGS = rule("owner operator senior_operator administrator system:readings", hidden="payer stranger")
DECIDE_READINGS = rule("operator senior_operator administrator")
APPLY = rule("owner operator senior_operator administrator system:applications", hidden="payer stranger")
MANAGE = rule("owner", hidden="payer stranger")
OWN_POWERS = rule(f"owner payer stranger {ALL_STAFF} system:see")
SENIOR = rule("senior_operator administrator")
END_POWER = rule("owner senior_operator administrator", hidden="payer stranger")
STAFF = rule(ALL_STAFF)
IMPORT = rule("senior_operator administrator system:import")
ADMINISTER = rule("administrator")
ADMINISTER_ACCOUNT = rule("administrator", hidden="owner payer stranger")
PERSONAL_DATA = rule("administrator system:personal-data")

DESK = rule("operator senior_operator administrator", hidden="owner payer stranger")
TERMINAL = rule("system:pay")
OFFICE = rule("operator senior_operator administrator")

MATRIX: dict[str, Rule] = {
    # frame
    "GET /health/live": OPEN,
    "GET /health/ready": OPEN,
    "GET /metrics": OPEN,
    "GET /api/v1/proofs": OPEN,
    "GET /api/v1/proofs/keys": OPEN,
    "GET /api/v1/proofs/{day}": OPEN,
    "GET /schema": OPEN,
    "GET /schema/oauth2-redirect.html": OPEN,
    "GET /schema/openapi.json": OPEN,
    "GET /schema/{path}": OPEN,
    "GET /static/{file_path}": OPEN,
    "HEAD /static/{file_path}": OPEN,
    # coming in
    "POST /api/v1/sessions": OPEN,
    "POST /api/v1/sessions/by-code": OPEN,
    "POST /api/v1/sessions/by-identity": OPEN,
    "POST /api/v1/sessions/by-passkey": OPEN,
    "POST /api/v1/sessions/refresh": OPEN,
    "POST /api/v1/sessions/second-factor": OPEN,
    "POST /api/v1/staff-sessions": OPEN,
    "POST /api/v1/sign-in-codes": OPEN,
    "POST /api/v1/sign-ups": OPEN,
    "POST /api/v1/sign-ups/{sign_up_id}/confirm": OPEN,
    "POST /api/v1/password-resets": OPEN,
    "POST /api/v1/password-resets/confirm": OPEN,
    "POST /api/v1/passkeys/sign-in-options": OPEN,
    "POST /api/v1/staff-password-resets/confirm": OPEN,
    "GET /api/v1/identity-providers": OPEN,
    "GET /api/v1/identity-providers/{name}/return": OPEN,
    "POST /api/v1/identity-providers/{name}/sign-ins": OPEN,
    # oneself
    "GET /api/v1/me": PRESENT,
    "DELETE /api/v1/me": CUSTOMER_PRESENT,
    "PUT /api/v1/me/email": CUSTOMER,
    "POST /api/v1/me/email/confirm": CUSTOMER,
    "PUT /api/v1/me/phone": CUSTOMER,
    "POST /api/v1/me/phone/confirm": CUSTOMER,
    "PUT /api/v1/me/password": CUSTOMER,
    "GET /api/v1/me/consents": CUSTOMER_PRESENT,
    "POST /api/v1/me/consents": CUSTOMER_PRESENT,
    "DELETE /api/v1/me/consents/{consent_id}": OWN_CONSENT,
    "GET /api/v1/me/export.json": CUSTOMER_PRESENT,
    "GET /api/v1/me/export.xlsx": CUSTOMER_PRESENT,
    "GET /api/v1/me/identities": CUSTOMER,
    "POST /api/v1/me/identities": CUSTOMER,
    "DELETE /api/v1/me/identities/{identity_id}": OWN,
    "GET /api/v1/me/second-factor": PEOPLE_PRESENT,
    "POST /api/v1/me/second-factor": PEOPLE_PRESENT,
    "PUT /api/v1/me/second-factor": PEOPLE_PRESENT,
    "DELETE /api/v1/me/second-factor": PEOPLE_PRESENT,
    "POST /api/v1/me/second-factor/fallback-codes": PEOPLE_PRESENT,
    "GET /api/v1/passkeys": CUSTOMER,
    "POST /api/v1/passkeys": CUSTOMER,
    "POST /api/v1/passkeys/registration-options": CUSTOMER,
    "DELETE /api/v1/passkeys/{passkey_id}": OWN,
    "GET /api/v1/sessions": SIGNED_IN,
    "DELETE /api/v1/sessions": SIGNED_IN,
    "DELETE /api/v1/sessions/current": PRESENT,
    "DELETE /api/v1/sessions/{session_id}": OWN_SESSION,
    # notices
    "GET /api/v1/notices": CUSTOMER,
    "GET /api/v1/notices/{notice_id}": OWN,
    "GET /api/v1/me/notice-preferences": CUSTOMER,
    "PUT /api/v1/me/notice-preferences": CUSTOMER,
    "GET /api/v1/accounts/{account_id}/notices": SEE,
    "GET /api/v1/notice-kinds": STAFF,
    "GET /api/v1/notice-kinds/{kind}/preview": STAFF,
    "GET /api/v1/notice-stops/{token}": OPEN,
    "POST /api/v1/notice-stops/{token}": OPEN,
    # documents
    "GET /api/v1/documents": OPEN,
    "GET /api/v1/documents/{document_id}": OPEN,
    "PUT /api/v1/documents/{document_id}": ADMINISTER,
    # accounts
    "GET /api/v1/accounts": CUSTOMER,
    "POST /api/v1/accounts": CUSTOMER,
    "POST /api/v1/accounts/by-code": CUSTOMER,
    "GET /api/v1/accounts/{account_id}": SEE,
    "GET /api/v1/accounts/{account_id}/charges": SEE,
    "GET /api/v1/accounts/{account_id}/penalties": SEE,
    "GET /api/v1/accounts/{account_id}/payments/{payment_id}/receipts": SEE,
    "GET /api/v1/payment-methods/saved": CUSTOMER,
    "DELETE /api/v1/payment-methods/saved/{saved_method_id}": OWN,
    "GET /api/v1/accounts/{account_id}/autopay": SEE_PAYMENTS,
    "GET /api/v1/accounts/{account_id}/autopay/{autopay_id}": SEE,
    "PUT /api/v1/accounts/{account_id}/autopay/{autopay_id}": MEMBER,
    "DELETE /api/v1/accounts/{account_id}/autopay/{autopay_id}": PAY,
    "GET /api/v1/autopay-stops/{token}": OPEN,
    "POST /api/v1/autopay-stops/{token}": OPEN,
    "GET /api/v1/office/receipts": OFFICE,
    "POST /api/v1/office/accounts/{account_id}/receipts/{receipt_id}/retry": DESK,
    "POST /api/v1/office/accounts/{account_id}/payments/{payment_id}/receipts/correction": DESK,
    "GET /api/v1/office/penalty-settings": ADMINISTER,
    "PUT /api/v1/office/penalty-settings/{supplier_id}": ADMINISTER,
    "GET /api/v1/office/accounts/{account_id}/debtors": ADMINISTER_ACCOUNT,
    "PUT /api/v1/office/accounts/{account_id}/debtors": ADMINISTER_ACCOUNT,
    "GET /api/v1/accounts/{account_id}/statement": SEE,
    "GET /api/v1/accounts/{account_id}/bills": SEE,
    "GET /api/v1/accounts/{account_id}/bills/{period}": SEE,
    "GET /api/v1/accounts/{account_id}/bills/{period}/document": SEE,
    "GET /api/v1/accounts/{account_id}/bills/{period}/lines/{line_id}": SEE,
    "POST /api/v1/accounts/{account_id}/bills/{period}/lines/{line_id}/what-if": SEE,
    "POST /api/v1/bills/check": OPEN,
    "GET /api/v1/accounts/{account_id}/qr.png": SEE,
    "GET /api/v1/accounts/{account_id}/qr.svg": SEE,
    "GET /api/v1/accounts/{account_id}/supplier-accounts/{supplier_account_id}/qr.png": SEE,
    "GET /api/v1/accounts/{account_id}/supplier-accounts/{supplier_account_id}/qr.svg": SEE,
    # meters
    "GET /api/v1/accounts/{account_id}/meters": SEE,
    "GET /api/v1/accounts/{account_id}/meters/{meter_id}": SEE,
    "GET /api/v1/accounts/{account_id}/meters/{meter_id}/consumption": SEE,
    "GET /api/v1/accounts/{account_id}/meters/{meter_id}/readings": SEE,
    "GET /api/v1/accounts/{account_id}/meters/{meter_id}/readings/{reading_id}": SEE,
    "PUT /api/v1/accounts/{account_id}/meters/{meter_id}/readings/{reading_id}": READINGS,
    "PUT /api/v1/accounts/{account_id}/meters/{meter_id}/readings/{reading_id}/decision": DECIDE_READINGS,
    "PUT /api/v1/accounts/{account_id}/meters/{meter_id}/readings/{reading_id}/insistence": READINGS,
    "GET /api/v1/accounts/{account_id}/meters/{meter_id}/readings/{reading_id}/insistence/photo": SEE,
    "GET /api/v1/readings/awaiting": DECIDE_READINGS,
    # workbooks with readings
    "GET /api/v1/accounts/{account_id}/readings/template.xlsx": READINGS,
    "GET /api/v1/accounts/{account_id}/readings/files": READINGS,
    "PUT /api/v1/accounts/{account_id}/readings/files/{file_id}": READINGS,
    "GET /api/v1/accounts/{account_id}/readings/files/{file_id}": READINGS,
    "GET /api/v1/accounts/{account_id}/readings/files/{file_id}/reply.xlsx": READINGS,
    "GET /api/v1/accounts/{account_id}/delivery-points": SEE,
    # paying
    "GET /api/v1/payment-methods": OPEN,
    "POST /api/v1/provider-events/yookassa": OPEN,
    "GET /api/v1/accounts/{account_id}/payment-card": PAY,
    "POST /api/v1/accounts/{account_id}/payment-previews": PAY,
    "GET /api/v1/accounts/{account_id}/payments": SEE_PAYMENTS,
    "GET /api/v1/accounts/{account_id}/payments/{payment_id}": SEE,
    "GET /api/v1/accounts/{account_id}/payments/{payment_id}/proof": SEE,
    "PUT /api/v1/accounts/{account_id}/payments/{payment_id}": PAY,
    # who acts on an account
    "POST /api/v1/invitations/accept": CUSTOMER,
    "GET /api/v1/accounts/{account_id}/webhooks": MANAGE,
    "PUT /api/v1/accounts/{account_id}/webhooks/{endpoint_id}": MANAGE,
    "DELETE /api/v1/accounts/{account_id}/webhooks/{endpoint_id}": MANAGE,
    "POST /api/v1/accounts/{account_id}/webhooks/{endpoint_id}/secret": MANAGE,
    "GET /api/v1/accounts/{account_id}/webhooks/{endpoint_id}/deliveries": MANAGE,
    "POST /api/v1/accounts/{account_id}/webhooks/{endpoint_id}/replays": MANAGE,
    "GET /api/v1/accounts/{account_id}/invitations": MANAGE,
    "POST /api/v1/accounts/{account_id}/invitations": MANAGE,
    "GET /api/v1/accounts/{account_id}/invitations/{invitation_id}": MANAGE,
    "DELETE /api/v1/accounts/{account_id}/invitations/{invitation_id}": MANAGE,
    "GET /api/v1/accounts/{account_id}/members": MANAGE,
    "GET /api/v1/accounts/{account_id}/members/log": MANAGE,
    "PUT /api/v1/accounts/{account_id}/members/{user_id}": MANAGE,
    "DELETE /api/v1/accounts/{account_id}/members/{user_id}": MANAGE,
    "GET /api/v1/accounts/{account_id}/membership": MEMBER,
    "DELETE /api/v1/accounts/{account_id}/membership": MEMBER,
    "POST /api/v1/accounts/{account_id}/transfer": MANAGE,
    "DELETE /api/v1/accounts/{account_id}/transfer": MANAGE,
    "POST /api/v1/accounts/{account_id}/closure": MANAGE,
    "POST /api/v1/accounts/{account_id}/staff-closure": ADMINISTER_ACCOUNT,
    "GET /api/v1/accounts/{account_id}/views": MANAGE,
    "GET /api/v1/powers": SENIOR,
    "POST /api/v1/powers": CUSTOMER,
    "GET /api/v1/accounts/{account_id}/powers": OWN_POWERS,
    "POST /api/v1/accounts/{account_id}/powers/{power_id}/confirmation": SENIOR,
    "POST /api/v1/accounts/{account_id}/powers/{power_id}/refusal": SENIOR,
    "DELETE /api/v1/accounts/{account_id}/powers/{power_id}": END_POWER,
    # applications, claims, enquiries
    "GET /api/v1/case-kinds": SIGNED_IN,
    "GET /api/v1/accounts/{account_id}/cases": SEE,
    "GET /api/v1/accounts/{account_id}/cases.csv": SEE,
    "GET /api/v1/accounts/{account_id}/cases.xlsx": SEE,
    "GET /api/v1/accounts/{account_id}/cases/{case_id}/answer.pdf": SEE,
    "GET /api/v1/accounts/{account_id}/cases/{case_id}/events": SEE,
    "POST /api/v1/office/accounts/search": OFFICE,
    "GET /terminal/osmp": OPEN,
    "PUT /api/v1/guest/payments/{payment_id}": OPEN,
    "GET /api/v1/guest/payments/{payment_id}": OPEN,
    "PUT /api/v1/guest/readings/{reading_id}": OPEN,
    "POST /api/v1/terminal/checks": TERMINAL,
    "PUT /api/v1/terminal/payments/{operation_id}": TERMINAL,
    "GET /api/v1/office/plates": OFFICE,
    "GET /api/v1/office/plates/{plate_id}": OFFICE,
    "PUT /api/v1/office/plates/{plate_id}": ADMINISTER,
    "PUT /api/v1/office/plates/{plate_id}/payments/{payment_id}": OFFICE,
    "DELETE /api/v1/office/plates/{plate_id}/payment": OFFICE,
    "GET /api/v1/office/cases": OFFICE,
    "GET /api/v1/office/cases/summary": OFFICE,
    "GET /api/v1/accounts/{account_id}/cases/{case_id}/proposal": DESK,
    "GET /api/v1/accounts/{account_id}/cases/{case_id}/traces": DESK,
    "GET /api/v1/accounts/{account_id}/contacts": DESK,
    "GET /api/v1/accounts/{account_id}/refundable": SEE,
    "GET /api/v1/accounts/{account_id}/refunds": SEE,
    "GET /api/v1/office/refunds": OFFICE,
    "GET /api/v1/office/reconciliation": OFFICE,
    "GET /api/v1/office/reconciliation/{day}": OFFICE,
    "GET /api/v1/office/reconciliation/{day}/operations": OFFICE,
    "PUT /api/v1/office/reconciliation/{day}": OFFICE,
    "GET /api/v1/office/reconciliation/{day}/report": OFFICE,
    "PUT /api/v1/office/reconciliation/{day}/{agent}/{discrepancy_id}/resolution": OFFICE,
    "GET /api/v1/accounts/{account_id}/papers/{paper}": SEE,
    "GET /api/v1/collected": IMPORT,
    "GET /api/v1/suppliers/{inn}/registries": IMPORT,
    "PUT /api/v1/suppliers/{inn}/registries/{day}": IMPORT,
    "GET /api/v1/suppliers/{inn}/registries/{day}/file": IMPORT,
    "GET /api/v1/suppliers/{inn}/registries/{day}/workbook": IMPORT,
    "GET /api/v1/office/suspense": OFFICE,
    "GET /api/v1/office/suspense/ageing": OFFICE,
    "GET /api/v1/office/suspense/{registry_id}/{row_no}": OFFICE,
    "GET /api/v1/office/suspense/{registry_id}/{row_no}/suggestions": OFFICE,
    "PUT /api/v1/office/suspense/{registry_id}/{row_no}/resolution": OFFICE,
    "PUT /api/v1/office/suspense/{registry_id}/{row_no}/return": OFFICE,
    "PUT /api/v1/accounts/{account_id}/refunds/{refund_id}/order": DESK,
    "PUT /api/v1/accounts/{account_id}/refunds/{refund_id}/confirmation": DESK,
    "PUT /api/v1/accounts/{account_id}/refunds/{refund_id}/failure": DESK,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/take": DESK,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/hand-over": DESK,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/question": DESK,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/promise": DESK,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/sending-on": DESK,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/notes": DESK,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/phone-answers": DESK,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/decision": DESK,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/decision-previews": DESK,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/execution": DESK,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/closing": DESK,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/reopening": DESK,
    "GET /api/v1/accounts/{account_id}/applications": SEE,
    "POST /api/v1/accounts/{account_id}/applications/proposals": APPLY,
    "GET /api/v1/accounts/{account_id}/applications/{case_id}": SEE,
    "PUT /api/v1/accounts/{account_id}/applications/{case_id}": APPLY,
    "POST /api/v1/accounts/{account_id}/applications/{case_id}/replies": APPLY,
    "POST /api/v1/accounts/{account_id}/applications/{case_id}/withdrawal": APPLY,
    "POST /api/v1/accounts/{account_id}/applications/{case_id}/appeal": APPLY,
    "GET /api/v1/accounts/{account_id}/claims": SEE,
    "POST /api/v1/accounts/{account_id}/claims/proposals": APPLY,
    "PUT /api/v1/accounts/{account_id}/claims/files/{file_id}": APPLY,
    "GET /api/v1/accounts/{account_id}/claims/{case_id}": SEE,
    "PUT /api/v1/accounts/{account_id}/claims/{case_id}": APPLY,
    "POST /api/v1/accounts/{account_id}/claims/{case_id}/replies": APPLY,
    "POST /api/v1/accounts/{account_id}/claims/{case_id}/withdrawal": APPLY,
    "POST /api/v1/accounts/{account_id}/claims/{case_id}/appeal": APPLY,
    "GET /api/v1/accounts/{account_id}/enquiries": SEE,
    "GET /api/v1/accounts/{account_id}/enquiries/{case_id}": SEE,
    "PUT /api/v1/accounts/{account_id}/enquiries/{case_id}": APPLY,
    "POST /api/v1/accounts/{account_id}/enquiries/{case_id}/replies": APPLY,
    "POST /api/v1/accounts/{account_id}/enquiries/{case_id}/withdrawal": APPLY,
    "POST /api/v1/accounts/{account_id}/enquiries/{case_id}/appeal": APPLY,
    "GET /api/v1/accounts/{account_id}/drafts": APPLY,
    "GET /api/v1/accounts/{account_id}/drafts/{case_id}": APPLY,
    "PUT /api/v1/accounts/{account_id}/drafts/{case_id}": APPLY,
    "DELETE /api/v1/accounts/{account_id}/drafts/{case_id}": APPLY,
    "GET /api/v1/accounts/{account_id}/cases/{case_id}/visit-slots": SEE,
    "GET /api/v1/accounts/{account_id}/cases/{case_id}/visits": SEE,
    "PUT /api/v1/accounts/{account_id}/cases/{case_id}/visits/{visit_id}": APPLY,
    "POST /api/v1/accounts/{account_id}/cases/{case_id}/visits/{visit_id}/cancellation": APPLY,
    "PUT /api/v1/accounts/{account_id}/cases/{case_id}/visits/{visit_id}/act": DESK,
    "GET /api/v1/accounts/{account_id}/meters/{meter_id}/timeline": SEE,
    "GET /api/v1/office/visits": OFFICE,
    "GET /api/v1/office/visit-slots": OFFICE,
    "PUT /api/v1/office/visit-slots": OFFICE,
    "GET /api/v1/accounts/{account_id}/cases/{case_id}/attachments": SEE,
    "GET /api/v1/accounts/{account_id}/cases/{case_id}/attachments/{attachment_id}": SEE,
    "PUT /api/v1/accounts/{account_id}/cases/{case_id}/attachments/{attachment_id}": APPLY,
    "DELETE /api/v1/accounts/{account_id}/cases/{case_id}/attachments/{attachment_id}": APPLY,
    "GET /api/v1/accounts/{account_id}/cases/{case_id}/attachments/{attachment_id}/content": SEE,
    "PUT /api/v1/accounts/{account_id}/cases/{case_id}/attachments/{attachment_id}/content": APPLY,
    # letters
    "GET /api/v1/accounts/{account_id}/mail-senders": READINGS,
    "PUT /api/v1/accounts/{account_id}/mail-senders/{email}": MANAGE,
    "DELETE /api/v1/accounts/{account_id}/mail-senders/{email}": MANAGE,
    "GET /api/v1/letters": DECIDE_READINGS,
    "GET /api/v1/letters/{letter_id}": DECIDE_READINGS,
    "POST /api/v1/letters/{letter_id}/release": DECIDE_READINGS,
    "POST /api/v1/letters/{letter_id}/rejection": DECIDE_READINGS,
    "POST /api/v1/letters/{letter_id}/reading": DECIDE_READINGS,
    # staff
    "GET /api/v1/account-views": PERSONAL_DATA,
    "GET /api/v1/approvals": STAFF,
    "POST /api/v1/approvals/{approval_id}/approve": ADMINISTER,
    "POST /api/v1/approvals/{approval_id}/refuse": ADMINISTER,
    "GET /api/v1/staff": ADMINISTER,
    "POST /api/v1/staff": ADMINISTER,
    "GET /api/v1/staff-log": ADMINISTER,
    "POST /api/v1/staff/{staff_id}/disable": ADMINISTER,
    "POST /api/v1/staff/{staff_id}/enable": ADMINISTER,
    "POST /api/v1/staff/{staff_id}/reset-password": ADMINISTER,
    "POST /api/v1/staff/{staff_id}/reset-second-factor": ADMINISTER,
    "PUT /api/v1/staff/{staff_id}/role": ADMINISTER,
    # systems
    "POST /api/v1/imports/{kind}": IMPORT,
    "GET /api/v1/imports/{kind}/{import_id}": IMPORT,
    "PUT /api/v1/registries/{registry_id}": IMPORT,
    "GET /api/v1/registries": IMPORT,
    "GET /api/v1/registries/{registry_id}": IMPORT,
    "GET /api/v1/registries/{registry_id}/rows": IMPORT,
    "GET /api/v1/registries/{registry_id}/faults": IMPORT,
    "GET /api/v1/registries/{registry_id}/report.xlsx": IMPORT,
    "GET /api/v1/payment-agents": IMPORT,
    "GET /api/v1/systems": ADMINISTER,
    "POST /api/v1/systems": ADMINISTER,
    "POST /api/v1/systems/{system_id}/keys": ADMINISTER,
    "DELETE /api/v1/systems/{system_id}/keys/{api_key_id}": ADMINISTER,
}

_COLUMNS = (NOBODY, "owner", "payer", "stranger", UNAGREED, *STAFF_ROLES, UNENROLLED)
_HEAD = """# Who may come in where

Tried by the tests on every route with every caller. ✓ comes in; 401 must sign in; 403 may not; 404 is not
told that there is such a thing.

- **owner**: a customer who holds the account or thing in the path; **payer**: a delegate who may pay for it
  and nothing else; **stranger**: a customer without any right to it
- **unagreed**: another owner, who has yet to say yes to the rules and to the processing of data
- **operator**, **senior operator**, **quality**, **administrator**: staff with a second factor;
  **unenrolled**: an administrator who has yet to set it up
- **systems**: the scopes of API keys that come in, each tried alone; keys with other scopes get 403 (404 for
  sessions, which systems do not have)

A list that everybody may ask for shows each caller their own. `GET /metrics` answers this machine only, and
elsewhere whoever has its token.

"""


def document() -> str:
    """docs/access.md."""
    names = [column.replace("_", " ") for column in _COLUMNS]
    lines = [f"| Route | {' | '.join(names)} | systems |", "|---" + "|:-:" * len(names) + "|---|"]
    for route, told in MATRIX.items():
        cells = ["✓" if told.expected(one) == "allowed" else told.expected(one) for one in _COLUMNS]
        scopes = [system.partition(":")[2] for system in SYSTEMS if system in told.allowed]
        of_systems = "all" if len(scopes) == len(SYSTEMS) else ", ".join(scopes) or "–"
        lines.append(f"| {route} | {' | '.join(cells)} | {of_systems} |")
    return _HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document())
