"""Every table of schema kabinet, declared once: on which machine its rows live.

reference   a copy on every machine: small, rarely written
account     beside its account: account_id comes first in every key
user        beside its user: user_id comes first in every key
registry    one row per value that is unique over everything; the value is the key
local       on the first machine only
"""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    REFERENCE = "reference"
    ACCOUNT = "account"
    USER = "user"
    REGISTRY = "registry"
    LOCAL = "local"


class Group(NamedTuple):
    """`key` is the column that says where a row lives; None where every machine or one has them all."""

    kind: Kind
    key: str | None = None

    @property
    def is_spread(self) -> bool:
        return self.key is not None


ACCOUNT = Group(Kind.ACCOUNT, "account_id")
USER = Group(Kind.USER, "user_id")
REFERENCE = Group(Kind.REFERENCE)
LOCAL = Group(Kind.LOCAL)


def registry(key: str) -> Group:
    return Group(Kind.REGISTRY, key)


TABLES: dict[str, Group] = {
    # frame, jobs (infra/migrate.py makes `migrations` itself)
    "migrations": LOCAL,
    "terms": REFERENCE,
    "account_jobs": ACCOUNT,
    "local_jobs": LOCAL,
    "schedules": LOCAL,
    "calendar_days": REFERENCE,
    # people
    "users": USER,
    "user_sessions": USER,
    "user_accounts": USER,
    "user_passkeys": USER,
    "passkey_credentials": registry("credential"),
    "passkey_challenges": LOCAL,
    "user_identities": USER,
    "external_identities": registry("identity"),
    "sign_in_requests": LOCAL,
    "user_consents": USER,
    "erasures": USER,
    "documents": REFERENCE,
    "user_logins": registry("login"),
    "staff": LOCAL,
    "staff_sessions": LOCAL,
    "staff_password_resets": LOCAL,
    "user_factors": USER,
    "user_fallback_codes": USER,
    "staff_factors": LOCAL,
    "staff_fallback_codes": LOCAL,
    "sign_in_challenges": LOCAL,
    "approvals": LOCAL,
    "staff_log": LOCAL,
    "systems": LOCAL,
    "api_keys": LOCAL,
    "api_key_nonces": LOCAL,
    "attempts": LOCAL,
    "one_time_codes": LOCAL,
    "sign_ups": LOCAL,
    # accounts
    "suppliers": REFERENCE,
    "supplier_terms": REFERENCE,
    "services": REFERENCE,
    "tariffs": REFERENCE,
    "accounts": ACCOUNT,
    "account_members": ACCOUNT,
    "account_grants": ACCOUNT,
    "invitations": ACCOUNT,
    "invitation_codes": registry("code_hash"),
    "powers_of_attorney": ACCOUNT,
    "power_checks": ACCOUNT,
    "account_views": ACCOUNT,
    "account_numbers": registry("number"),
    "supplier_accounts": ACCOUNT,
    "supplier_account_numbers": registry("number"),
    "charges": ACCOUNT,
    "bills": ACCOUNT,
    # penalties
    "key_rates": REFERENCE,
    "penalty_caps": REFERENCE,
    "supplier_penalties": REFERENCE,
    "penalty_reckonings": ACCOUNT,
    "penalty_marks": ACCOUNT,
    "penalty_reliefs": ACCOUNT,
    "account_debtors": ACCOUNT,
    # ledger
    "account_heads": ACCOUNT,
    "books": ACCOUNT,
    "transfers": ACCOUNT,
    "day_seals": ACCOUNT,
    "day_sealings": LOCAL,
    "day_roots": LOCAL,
    "day_leaves": LOCAL,
    # imports
    "imports": LOCAL,
    "import_errors": LOCAL,
    "import_files": LOCAL,
    # payments
    "payments": ACCOUNT,
    "payment_steps": ACCOUNT,
    "provider_payment_ids": registry("provider_payment_id"),
    "provider_events": LOCAL,
    "method_health": LOCAL,
    "refunds": ACCOUNT,
    "refund_steps": ACCOUNT,
    "fiscal_receipts": ACCOUNT,
    "fiscal_receipt_steps": ACCOUNT,
    "supplier_receipts": REFERENCE,
    "saved_methods": USER,
    "autopays": ACCOUNT,
    "autopay_steps": ACCOUNT,
    "autopay_runs": ACCOUNT,
    "service_plates": LOCAL,
    "plate_activations": ACCOUNT,
    # registries
    "registry_layouts": REFERENCE,
    "payment_agents": REFERENCE,
    "payment_registries": LOCAL,
    "payment_registry_bodies": LOCAL,
    "payment_registry_faults": LOCAL,
    "registry_rows": ACCOUNT,
    "registry_row_steps": ACCOUNT,
    "registry_operations": registry("operation_id"),
    "terminal_agreements": REFERENCE,
    "terminal_requests": LOCAL,
    "supplier_registries": LOCAL,
    "reconciliations": LOCAL,
    "reconciliation_discrepancies": LOCAL,
    "reconciliation_resolutions": LOCAL,
    # readings
    "tariff_zones": REFERENCE,
    "delivery_points": ACCOUNT,
    "meters": ACCOUNT,
    "meter_registers": ACCOUNT,
    "seals": ACCOUNT,
    "meter_serials": registry("serial"),
    "residential_prices": REFERENCE,
    "consumption_norms": REFERENCE,
    "readings": ACCOUNT,
    "register_readings": ACCOUNT,
    "reading_steps": ACCOUNT,
    "reading_files": ACCOUNT,
    "reading_file_rows": ACCOUNT,
    # cases
    "cases": ACCOUNT,
    "case_steps": ACCOUNT,
    "case_decisions": ACCOUNT,
    "case_effects": ACCOUNT,
    "case_drafts": ACCOUNT,
    "attachments": ACCOUNT,
    "attachment_shelves": ACCOUNT,
    "case_counters": LOCAL,
    "case_numbers": registry("number"),
    # webhooks
    "webhook_endpoints": ACCOUNT,
    "webhook_deliveries": ACCOUNT,
    "webhook_attempts": ACCOUNT,
    "visit_slots": LOCAL,
    "visits": ACCOUNT,
    # mail
    "letters_in": LOCAL,
    "letter_files": LOCAL,
    "letter_answers": LOCAL,
    "letter_views": LOCAL,
    "mail_reply_rates": LOCAL,
    "mail_bounces": LOCAL,
    "account_senders": ACCOUNT,
    "sender_addresses": registry("email"),
    # notices
    "notices": USER,
    "notice_preferences": USER,
    "notice_paces": LOCAL,
    "reminder_passes": LOCAL,
}

ANCHORS = {Kind.ACCOUNT: "accounts", Kind.USER: "users"}
"""The table whose shards the others of its group lie beside."""
