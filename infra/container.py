"""The one place where everything is put together. `async with open_container(settings)` gives it."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from adapters.mail.smtp import SmtpMail
from adapters.passwords.argon2 import Argon2Passwords
from adapters.postgres.accounts import PostgresAccounts
from adapters.postgres.job_hint import JobHint
from adapters.postgres.payments import PostgresPayments
from adapters.postgres.people.presences import PostgresPresences
from adapters.postgres.people.session_cache import RememberedPresences
from adapters.postgres.pool import create_pool
from adapters.postgres.provider_events import PostgresHealth
from adapters.postgres.store import Transactions
from adapters.postgres.suppliers import PostgresSuppliers
from adapters.secrets.box import SecretBox
from adapters.sms.mailed import MailedSms
from adapters.totp.codes import TotpCodes
from adapters.yookassa.notices import from_provider
from domain.cases.two_people import DecideCase
from domain.kernel.letters import Mail, Sms
from domain.payments.provider import Provider
from domain.payments.receipts.register import CashRegister
from domain.people.identities import IdentityProvider
from domain.people.powers import PowerRegister
from domain.people.sessions import Passwords
from infra import (
    attachments,
    autopay,
    bills,
    cases,
    clock,
    code_services,
    guests,
    mail_in,
    meters,
    notices,
    other_sign_ins,
    paying,
    penalties,
    personal_data,
    plates,
    powers,
    proofs,
    reading_files,
    readings,
    receipts,
    reconciliation,
    refunds,
    registries,
    searching,
    sharing,
    staff_services,
    supplier_registries,
    terminals,
    visits,
    webhooks,
)
from infra.answer_papers import AnswerPapers
from infra.attachments import Attaching
from infra.autopay import Autopaying
from infra.bills import BillServices
from infra.cases import CaseServices
from infra.code_services import CodeServices
from infra.guests import Guesting
from infra.imports import service_on
from infra.mail_in import MailIn
from infra.meters import Metering
from infra.notices import Notices
from infra.other_sign_ins import OtherSignIns
from infra.outside import outside
from infra.penalties import Penalising
from infra.personal_data import PersonalData
from infra.plates import Plating
from infra.powers import Powers
from infra.proofs import Proving
from infra.reading_files import FilesOfReadings
from infra.readings import ReadingServices
from infra.receipts import Receipting
from infra.reconciliation import ReconciliationServices
from infra.refunds import Refunding
from infra.registries import Registries
from infra.searching import Searching
from infra.settings import Settings
from infra.sharing import Sharing
from infra.staff_services import StaffServices
from infra.supplier_registries import SupplierTellingServices
from infra.terminals import TerminalServices
from infra.visits import VisitServices
from infra.webhooks import WebhookServices
from services.imports import ImportService
from services.payments.codes import PaymentCodes
from services.payments.following import PaymentFollowing
from services.payments.settling import PaymentSettlement
from services.payments.starting import PaymentStart
from services.people.enrolment import EnrolmentService
from services.people.memberships import MembershipService
from services.people.sessions import SessionService
from services.people.systems import SystemService
from services.people.tries import AttemptPruning


@dataclass(frozen=True, slots=True)
class Container:
    """Services for those who act, read ports for those who only look."""

    settings: Settings
    now: Callable[[], datetime]
    pool: asyncpg.Pool
    transaction: Transactions
    zone: ZoneInfo
    session_service: SessionService
    by_code: CodeServices
    personal_data: PersonalData
    of_staff: StaffServices
    sharing: Sharing
    notices: Notices
    membership_service: MembershipService
    enrolment_service: EnrolmentService
    by_other_sign_ins: OtherSignIns
    system_service: SystemService
    of_powers: Powers
    attempt_pruning: AttemptPruning
    payment_start: PaymentStart
    payment_settlement: PaymentSettlement
    payment_codes: PaymentCodes
    payment_following: PaymentFollowing
    mail: Mail
    sms: Sms
    accounts: PostgresAccounts
    payments: PostgresPayments
    suppliers: PostgresSuppliers
    method_health: PostgresHealth
    import_service: ImportService
    metering: Metering
    files_of_readings: FilesOfReadings
    of_readings: ReadingServices
    of_cases: CaseServices
    of_webhooks: WebhookServices
    attaching: Attaching
    of_visits: VisitServices
    of_refunds: Refunding
    of_receipts: Receipting
    of_autopay: Autopaying
    of_registries: Registries
    of_reconciliation: ReconciliationServices
    of_telling_suppliers: SupplierTellingServices
    of_bills: BillServices
    of_penalties: Penalising
    of_searching: Searching
    of_proofs: Proving
    of_guests: Guesting
    of_terminals: TerminalServices
    of_plates: Plating
    mail_in: MailIn

    def notice_allowed(self, ip: str) -> bool:
        """Whether a notice may come from there; every address may while no networks are set."""
        networks = self.settings.yookassa_notice_networks
        return not networks or from_provider(ip, networks)


def wire(
    settings: Settings,
    pool: asyncpg.Pool,
    provider: Provider,
    now: Callable[[], datetime] = clock.now,
    sms: Sms | None = None,
    identity_from: Mapping[str, IdentityProvider] | None = None,
    power_register: PowerRegister | None = None,
    cash_register: CashRegister | None = None,
    *,
    passwords: Passwords | None = None,
    new_id: Callable[[], UUID] = clock.new_id,
    entropy: Callable[[int], bytes] = os.urandom,
) -> Container:
    """Everything on one pool, one provider and one clock. Without `sms` short messages are mailed.

    `entropy` gives so many random bytes: salts of seals, marks of bills.
    """
    zone = ZoneInfo(settings.zone)
    transaction = Transactions(pool, now, new_id, JobHint(pool))
    passwords = passwords or Argon2Passwords()
    mail = SmtpMail(settings.smtp_host, settings.smtp_port, settings.smtp_from, settings.mail_bounces_to)
    presences = RememberedPresences(PostgresPresences(pool), now)
    box = SecretBox(settings.secret_key, settings.secret_key_previous)
    sessions = SessionService(
        transaction, passwords, presences, TotpCodes(box), now, new_id, token_urlsafe, zone
    )
    files = reading_files.wired(sessions, pool)
    of_payments = paying.wired(sessions, pool, provider, settings)
    start, settlement = of_payments.payment_start, of_payments.payment_settlement
    of_cases = cases.wired(sessions, pool)
    of_registries = registries.wired(sessions, pool)
    of_penalties = penalties.wired(sessions)
    return Container(
        settings=settings,
        now=now,
        pool=pool,
        transaction=transaction,
        zone=zone,
        session_service=sessions,
        by_code=code_services.wired(sessions, mail, sms or MailedSms(mail), settings.secret_key),
        personal_data=personal_data.wired(sessions, pool),
        of_staff=staff_services.wired(
            sessions,
            {
                DecideCase: of_cases.case_decisions.carry_out,
                **of_registries.doers,
                **of_penalties.doers,
            },
        ),
        sharing=sharing.wired(sessions, pool, sms or MailedSms(mail)),
        notices=notices.wired(
            sessions, pool, mail, settings, AnswerPapers(transaction, of_cases.case_answers, now)
        ),
        membership_service=MembershipService(transaction, now, new_id, zone),
        enrolment_service=EnrolmentService(transaction, passwords, now, new_id),
        by_other_sign_ins=other_sign_ins.wired(sessions, settings, identity_from or {}),
        system_service=SystemService(transaction, box, now, new_id, token_urlsafe),
        of_powers=powers.wired(sessions, pool, power_register),
        attempt_pruning=AttemptPruning(transaction, now, zone),
        payment_start=start,
        payment_settlement=settlement,
        of_plates=plates.wired(settlement),
        of_guests=guests.wired(sessions, start),
        of_terminals=terminals.wired(sessions),
        payment_codes=of_payments.payment_codes,
        payment_following=of_payments.payment_following,
        mail=mail,
        sms=sms or MailedSms(mail),
        accounts=PostgresAccounts(pool),
        payments=PostgresPayments(pool),
        suppliers=PostgresSuppliers(pool),
        method_health=PostgresHealth(pool),
        import_service=service_on(pool, now, new_id),
        metering=meters.wired(sessions, pool),
        of_readings=readings.wired(sessions, pool, settings.data),
        of_cases=of_cases,
        of_webhooks=webhooks.wired(sessions, pool, box, settings),
        attaching=attachments.wired(sessions, pool, settings),
        of_visits=visits.wired(sessions, pool),
        of_refunds=refunds.wired(sessions, pool, provider),
        of_autopay=autopay.wired(sessions, provider, start, settings),
        of_receipts=receipts.wired(sessions, pool, cash_register, settings.receipts_contact),
        of_registries=of_registries,
        of_telling_suppliers=supplier_registries.wired(sessions, pool),
        of_reconciliation=reconciliation.wired(sessions, pool, provider),
        of_bills=bills.wired(sessions, pool, entropy),
        of_penalties=of_penalties,
        of_searching=searching.wired(sessions, pool),
        of_proofs=proofs.wired(sessions, pool, mail, settings, entropy),
        files_of_readings=files,
        mail_in=mail_in.wired(sessions, pool, files, mail, settings),
    )


@asynccontextmanager
async def open_container(settings: Settings) -> AsyncIterator[Container]:
    """The container with its connections, closed at the end."""
    pool = await create_pool(
        settings.database_url, min_size=settings.pool_min_size, max_size=settings.pool_max_size
    )
    async with pool, outside(settings) as others:
        yield wire(
            settings,
            pool,
            others.provider,
            sms=others.sms,
            identity_from=others.identity_from,
            power_register=others.power_register,
            cash_register=others.cash_register,
        )
