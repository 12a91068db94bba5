"""All ports of one transaction on one connection, and the transaction itself."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg

from adapters.postgres.accounts import PostgresAccounts
from adapters.postgres.autopay.autopays import PostgresAutopays
from adapters.postgres.autopay.saved import PostgresSavedMethods
from adapters.postgres.bills.bills import PostgresBills
from adapters.postgres.bills.issuing import PostgresIssuing
from adapters.postgres.bulk_posting import PostgresBulkLedger
from adapters.postgres.calendar_days import PostgresCalendar
from adapters.postgres.cases.attachments import PostgresAttachments
from adapters.postgres.cases.cases import PostgresCases
from adapters.postgres.cases.drafts import PostgresDrafts
from adapters.postgres.cases.overview import PostgresCaseOverview
from adapters.postgres.cases.visits import PostgresVisits
from adapters.postgres.job_hint import JobHint
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.mail.answers import PostgresAnswers
from adapters.postgres.mail.bounces import PostgresBounces
from adapters.postgres.mail.letters_in import PostgresLettersIn
from adapters.postgres.mail.senders import PostgresSenders
from adapters.postgres.notices.bounces import PostgresBounceReports
from adapters.postgres.notices.notices import PostgresNotices
from adapters.postgres.notices.paces import PostgresPaces
from adapters.postgres.notices.passes import PostgresPasses
from adapters.postgres.notices.preferences import PostgresPreferences
from adapters.postgres.notices.readings_to_send import PostgresReadingsToSend
from adapters.postgres.notices.recipients import PostgresRecipients
from adapters.postgres.payments import PostgresPayments
from adapters.postgres.penalties import PostgresPenalties
from adapters.postgres.penalty_rules import PostgresKeyRates
from adapters.postgres.penalty_settings import PostgresPenaltySettings
from adapters.postgres.people.approvals import PostgresApprovals
from adapters.postgres.people.attempts import PostgresAttempts
from adapters.postgres.people.challenges import PostgresChallenges
from adapters.postgres.people.codes import PostgresCodes
from adapters.postgres.people.consents import PostgresConsents
from adapters.postgres.people.customers import PostgresCustomers
from adapters.postgres.people.delegation import PostgresDelegations
from adapters.postgres.people.erasures import PostgresErasures
from adapters.postgres.people.factors import PostgresFactors
from adapters.postgres.people.identities import PostgresIdentities
from adapters.postgres.people.invitations import PostgresInvitations
from adapters.postgres.people.memberships import PostgresMemberships
from adapters.postgres.people.passkeys import PostgresPasskeys
from adapters.postgres.people.powers import PostgresPowers
from adapters.postgres.people.retention import PostgresRetention
from adapters.postgres.people.sessions import PostgresSessions
from adapters.postgres.people.staff import PostgresStaff, PostgresViews
from adapters.postgres.people.staff_factors import PostgresStaffFactors
from adapters.postgres.people.staff_log import PostgresStaffLog
from adapters.postgres.people.staff_resets import PostgresStaffResets
from adapters.postgres.people.staff_sessions import PostgresStaffSessions
from adapters.postgres.people.systems import PostgresSystems
from adapters.postgres.plates import PostgresPlates
from adapters.postgres.posted_payments import PostgresPostedPayments
from adapters.postgres.proofs.entries import PostgresProofEntries
from adapters.postgres.proofs.roots import PostgresRoots
from adapters.postgres.proofs.seals import PostgresSeals
from adapters.postgres.provider_events import PostgresHealth, PostgresProviderEvents
from adapters.postgres.readings.files import PostgresReadingFiles
from adapters.postgres.readings.meters import PostgresMeters
from adapters.postgres.readings.readings import PostgresReadings
from adapters.postgres.receipts.receipts import PostgresReceipts
from adapters.postgres.receipts.suppliers import PostgresSupplierReceipts
from adapters.postgres.reconciliation.days import PostgresReconciliations
from adapters.postgres.refunds import PostgresRefunds
from adapters.postgres.registries.agents import PostgresPaymentAgents
from adapters.postgres.registries.files import PostgresPaymentRegistries
from adapters.postgres.registries.ledger import PostgresRegistryLedger
from adapters.postgres.registries.rows import PostgresRegistryRows
from adapters.postgres.registries.suspense import PostgresSuspense
from adapters.postgres.registries.targets import PostgresTargets
from adapters.postgres.supplier_registries.files import PostgresSupplierRegistries
from adapters.postgres.suppliers import PostgresSuppliers
from adapters.postgres.terminals import PostgresTerminals
from adapters.postgres.terms import PostgresTerms, TermsMemory
from adapters.postgres.traces import PostgresMoneyTraces
from adapters.postgres.webhooks.webhooks import PostgresWebhooks
from domain.kernel.errors import OutcomeUnknown, TryAgain, Unavailable

CONNECTION_LOST = (
    asyncpg.PostgresConnectionError,  # class 08
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asked in the moment between the server's last word and its hanging up
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    OSError,
)
MET_ANOTHER = (
    asyncpg.DeadlockDetectedError,  # 40P01
    asyncpg.SerializationError,  # 40001
    asyncpg.InvalidCachedStatementError,  # a migration passed under a prepared statement
)


class PostgresStore:
    def __init__(
        self,
        connection: asyncpg.Connection,
        terms: TermsMemory,
        now: Callable[[], datetime],
        new_id: Callable[[], UUID],
    ) -> None:
        self.customers = PostgresCustomers(connection)
        self.sessions = PostgresSessions(connection)
        self.passkeys = PostgresPasskeys(connection)
        self.identities = PostgresIdentities(connection)
        self.staff = PostgresStaff(connection)
        self.staff_resets = PostgresStaffResets(connection)
        self.staff_sessions = PostgresStaffSessions(connection)
        self.systems = PostgresSystems(connection)
        self.factors = PostgresFactors(connection)
        self.staff_factors = PostgresStaffFactors(connection)
        self.sign_in_challenges = PostgresChallenges(connection)
        self.approvals = PostgresApprovals(connection)
        self.staff_log = PostgresStaffLog(connection)
        self.attempts = PostgresAttempts(connection)
        self.codes = PostgresCodes(connection)
        self.memberships = PostgresMemberships(connection)
        self.delegations = PostgresDelegations(connection)
        self.invitations = PostgresInvitations(connection)
        self.powers = PostgresPowers(connection)
        self.views = PostgresViews(connection)
        self.consents = PostgresConsents(connection)
        self.erasures = PostgresErasures(connection)
        self.retention = PostgresRetention(connection)
        self.accounts = PostgresAccounts(connection)
        self.suppliers = PostgresSuppliers(connection)
        self.ledger = PostgresLedger(connection)
        self.bulk_ledger = PostgresBulkLedger(connection)
        self.seals = PostgresSeals(connection)
        self.roots = PostgresRoots(connection)
        self.proof_entries = PostgresProofEntries(connection)
        self.bills = PostgresBills(connection)
        self.bill_issuing = PostgresIssuing(connection)
        self.payments = PostgresPayments(connection)
        self.plates = PostgresPlates(connection)
        self.terminals = PostgresTerminals(connection)
        self.refunds = PostgresRefunds(connection)
        self.receipts = PostgresReceipts(connection)
        self.supplier_receipts = PostgresSupplierReceipts(connection)
        self.saved_methods = PostgresSavedMethods(connection)
        self.autopays = PostgresAutopays(connection)
        self.money_traces = PostgresMoneyTraces(connection)
        self.posted_payments = PostgresPostedPayments(connection)
        self.payment_agents = PostgresPaymentAgents(connection)
        self.payment_registries = PostgresPaymentRegistries(connection)
        self.registry_rows = PostgresRegistryRows(connection)
        self.registry_targets = PostgresTargets(connection)
        self.registry_ledger = PostgresRegistryLedger(connection)
        self.suspense = PostgresSuspense(connection)
        self.supplier_registries = PostgresSupplierRegistries(connection)
        self.reconciliations = PostgresReconciliations(connection)
        self.provider_events = PostgresProviderEvents(connection)
        self.health = PostgresHealth(connection)
        self.terms = PostgresTerms(connection, terms, now())
        self.penalties = PostgresPenalties(connection, self.terms)
        self.key_rates = PostgresKeyRates(connection)
        self.penalty_settings = PostgresPenaltySettings(connection)
        self.meters = PostgresMeters(connection)
        self.readings = PostgresReadings(connection)
        self.reading_files = PostgresReadingFiles(connection)
        self.letters_in = PostgresLettersIn(connection)
        self.letter_answers = PostgresAnswers(connection)
        self.mail_bounces = PostgresBounces(connection)
        self.senders = PostgresSenders(connection)
        self.notices = PostgresNotices(connection)
        self.notice_preferences = PostgresPreferences(connection)
        self.notice_paces = PostgresPaces(connection)
        self.bounce_reports = PostgresBounceReports(connection)
        self.readings_to_send = PostgresReadingsToSend(connection)
        self.reminder_recipients = PostgresRecipients(connection)
        self.reminder_passes = PostgresPasses(connection)
        self.calendar = PostgresCalendar(connection)
        self.cases = PostgresCases(connection)
        self.case_overview = PostgresCaseOverview(connection)
        self.case_drafts = PostgresDrafts(connection)
        self.webhooks = PostgresWebhooks(connection)
        self.attachments = PostgresAttachments(connection)
        self.visits = PostgresVisits(connection)
        self.jobs = PostgresJobs(connection, now, new_id)


@dataclass(frozen=True, slots=True)
class Transactions:
    """`async with transactions() as store:`: the port `Transaction` on a pool.

    Met another (deadlock and the like): TryAgain. Connection lost before COMMIT: Unavailable; nothing
    was kept. Any error at COMMIT: OutcomeUnknown.
    """

    pool: asyncpg.Pool
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    hint: JobHint | None = None
    terms: TermsMemory = field(default_factory=TermsMemory)

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresStore]:
        try:
            async with lent(self.pool) as connection:
                store = PostgresStore(connection, self.terms, self.now, self.new_id)
                transaction = connection.transaction()
                await transaction.start()
                try:
                    yield store
                except BaseException:
                    with suppress(*CONNECTION_LOST):
                        await transaction.rollback()
                    raise
                await commit(transaction)
        except MET_ANOTHER as error:
            raise TryAgain from error
        except CONNECTION_LOST as error:
            raise Unavailable from error
        if self.hint and store.jobs.first_at and store.jobs.first_at <= self.now():
            self.hint.give()


@asynccontextmanager
async def lent(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """A connection lost while it is given back changes nothing of what was committed or undone."""
    connection = await pool.acquire()
    try:
        yield cast(asyncpg.Connection, connection)
    finally:
        with suppress(*CONNECTION_LOST):
            await pool.release(connection)


async def commit(transaction: asyncpg.transaction.Transaction) -> None:
    """OutcomeUnknown."""
    try:
        await transaction.commit()
    except (asyncpg.PostgresError, *CONNECTION_LOST) as error:
        # Any error here leaves it open whether the work is kept: the asker repeats with the same id.
        raise OutcomeUnknown from error
