"""Functions whose SQL looks at many accounts on purpose, each with the reason why it may.

They aggregate, or list what a timer or a person must look at; none of them locks a row. The check
reports a name that no longer needs to stand here.
"""

_WORKER = "workers look for jobs of all accounts; each is then taken by an update of its own"
_OPERATOR = "a person looks for a job without knowing its account"
_AUDIT = "the audit reads a batch of chosen accounts at a time, and locks nothing"
_RETENTION = "looks for what is past its term over all; each owner's rows are deleted by their key"
_REMINDERS = "a page of the pass that reminds of readings: accounts in turn, then their people; locks nothing"
_RESEALING = "pages through all sealed secrets; each is then replaced by its key"
_SEARCH = "a missed payment may stand on any account; locks nothing"
_FOLLOWED = "one look for all whose timelines are open in this process; locks nothing"
_PENALTIES = "a page of the pass that posts penalties; each account is then locked by itself"
_BACKUP = "a backup names and counts what is kept of all accounts; locks nothing"
_SEALING = "a business day is closed on all accounts; each head is then locked by its key"
_MONITORING = "a figure over all accounts for monitoring, kept for some seconds"
_ISSUING = "a month's bills are issued for all accounts in turn; each is then locked by itself"
_SUSPENSE = "staff look at the unidentified money of all registries"
_LOOKING_FOR = "staff look for a customer among all accounts; locks nothing"
_WHOSE = "a bank's registry names payments and accounts by what the bank knows of them"
_OFFICER = "the data officer asks who looked at what"
_RECONCILING = "a day of an agent is compared over all accounts; locks nothing"
_TOLD = "what was collected for a supplier, over all accounts of a closed day; locks nothing"

REPORTS: dict[str, str] = {
    "adapters.postgres.account_job_table:_suspect": _WORKER,
    "adapters.postgres.account_job_table:_unbegun": _WORKER,
    "adapters.postgres.account_job_table:_waiting": _WORKER,
    "adapters.postgres.job_list:JobList.list": _OPERATOR,
    "adapters.postgres.job_list:JobList.show": _OPERATOR,
    "adapters.postgres.job_list:JobList.requeue_dead": _OPERATOR,
    "adapters.postgres.reconciliation.facts:PostgresReconciliationFacts.operations": _RECONCILING,
    "adapters.postgres.reconciliation.facts:PostgresReconciliationFacts.booked": _RECONCILING,
    "adapters.postgres.reconciliation.facts:PostgresReconciliationFacts.suspended": _RECONCILING,
    "adapters.postgres.reconciliation.facts:PostgresReconciliationFacts.refunds": _RECONCILING,
    "adapters.postgres.reconciliation.facts:PostgresReconciliationFacts.files": _RECONCILING,
    "adapters.postgres.reconciliation.facts:PostgresReconciliationFacts.credits": _RECONCILING,
    "adapters.postgres.supplier_registries.collected:PostgresCollected.moved": _TOLD,
    "adapters.postgres.supplier_registries.collected:PostgresCollected._of": _TOLD,
    "adapters.postgres.vitals:_cases": _MONITORING,
    "adapters.postgres.vitals:_escalated": _MONITORING,
    "adapters.postgres.vitals:_jobs": _MONITORING,
    "adapters.postgres.vitals:_oldest_job_seconds": _MONITORING,
    "adapters.postgres.vitals:_payments": _MONITORING,
    "adapters.postgres.vitals:_unsettled_since": _MONITORING,
    "adapters.postgres.vitals:_receipts": _MONITORING,
    "adapters.postgres.vitals:_receipt_wanted_since": _MONITORING,
    "adapters.postgres.audit:PostgresAudit.count": _AUDIT,
    "adapters.postgres.receipts.audit:PostgresReceiptAudit.of": _AUDIT,
    "adapters.postgres.receipts.audit:PostgresReceiptAudit._receipts": _AUDIT,
    "adapters.postgres.audit:PostgresAudit.account_ids": _AUDIT,
    "adapters.postgres.audit:PostgresAudit.sample": _AUDIT,
    "adapters.postgres.audit:PostgresAudit._named": _AUDIT,
    "adapters.postgres.audit:PostgresAudit._heads": _AUDIT,
    "adapters.postgres.audit:PostgresAudit._held": _AUDIT,
    "adapters.postgres.registries.audit:PostgresRegistryAudit._payments": _AUDIT,
    "adapters.postgres.audit:PostgresAudit._books": _AUDIT,
    "adapters.postgres.audit:PostgresAudit._transfers": _AUDIT,
    "adapters.postgres.audit:PostgresAudit._charges": _AUDIT,
    "adapters.postgres.audit:PostgresAudit._supplier_accounts": _AUDIT,
    "adapters.postgres.audit:PostgresAudit._payments": _AUDIT,
    "adapters.postgres.audit:PostgresAudit._steps": _AUDIT,
    "adapters.postgres.audit:PostgresAudit._refunds": _AUDIT,
    "adapters.postgres.penalty_audit:PostgresPenaltyAudit._marks": _AUDIT,
    "adapters.postgres.penalty_audit:PostgresPenaltyAudit._lines": _AUDIT,
    "adapters.postgres.penalty_audit:PostgresPenaltyAudit._posted": _AUDIT,
    "adapters.postgres.penalties:PostgresPenalties.to_reckon": _PENALTIES,
    "adapters.postgres.penalties:PostgresPenalties.page": _PENALTIES,
    "adapters.postgres.penalties:PostgresPenalties.count": _PENALTIES,
    "adapters.postgres.backed_up:PostgresBackedUp.counts": _BACKUP,
    "adapters.postgres.backed_up:PostgresBackedUp.photos": _BACKUP,
    "adapters.postgres.backed_up:PostgresBackedUp.attachments": _BACKUP,
    "adapters.postgres.proofs.audit:PostgresSealAudit._heads": _AUDIT,
    "adapters.postgres.proofs.audit:PostgresSealAudit._seals": _AUDIT,
    "adapters.postgres.proofs.seals:PostgresSeals.changed": _SEALING,
    "adapters.postgres.proofs.seals:PostgresSeals.leaves": _SEALING,
    "adapters.postgres.proofs.seals:PostgresSeals.of_day": _SEALING,
    "adapters.postgres.cases.audit:PostgresCaseAudit._cases": _AUDIT,
    "adapters.postgres.cases.audit:audited_slots": _AUDIT,
    "adapters.postgres.cases.audit:PostgresCaseAudit._effects": _AUDIT,
    "adapters.postgres.cases.audit:PostgresCaseAudit._stray_charges": _AUDIT,
    "adapters.postgres.cases.audit:PostgresCaseAudit._stray_postings": _AUDIT,
    "adapters.postgres.cases.attachments:PostgresAttachments.abandoned": (
        "what of all accounts never came to a case; each is then removed by its key"
    ),
    "adapters.postgres.cases.attachments:PostgresAttachments.outdated": _RETENTION,
    "adapters.postgres.cases.cases:PostgresCases.queue": "staff work on the cases of all accounts",
    "adapters.postgres.people.sealed:PostgresSealedSecrets._account_of_webhook": _RESEALING,
    "adapters.postgres.cases.watching:PostgresCaseWatch._customers": _FOLLOWED,
    "adapters.postgres.cases.watching:PostgresCaseWatch.last_steps": _FOLLOWED,
    "adapters.postgres.cases.watching:PostgresCaseWatch.steps_after": _FOLLOWED,
    "adapters.postgres.readings.audit:PostgresReadingAudit._readings": _AUDIT,
    "adapters.postgres.readings.audit:PostgresReadingAudit._values": _AUDIT,
    "adapters.postgres.readings.audit:PostgresReadingAudit._steps": _AUDIT,
    "adapters.postgres.cases.overview:PostgresCaseOverview.overview": "how many of all are open, and late",
    "adapters.postgres.cases.overview:PostgresCaseOverview.to_escalate": "what of all is due soon",
    "adapters.postgres.cases.visits:PostgresVisits.on_day": "the crew's day, over all accounts",
    "adapters.postgres.bills.issuing:PostgresIssuing.charged": _ISSUING,
    "adapters.postgres.bills.issuing:PostgresIssuing.count": _ISSUING,
    "adapters.postgres.readings.readings:PostgresReadings.awaiting": "operators decide on readings of all",
    "adapters.postgres.people.retention:PostgresRetention.sessions": _RETENTION,
    "adapters.postgres.payments:PostgresPayments.step_counts": "payments that are watched, all at once",
    "adapters.postgres.people.retention:PostgresRetention.views": _RETENTION,
    "adapters.postgres.people.retention:PostgresRetention.consents": _RETENTION,
    "adapters.postgres.people.retention:PostgresRetention.erasures": _RETENTION,
    "adapters.postgres.people.retention:PostgresRetention.invitations": _RETENTION,
    "adapters.postgres.people.retention_of_dealings:DealingsRetention.reading_files": _RETENTION,
    "adapters.postgres.people.retention_of_dealings:DealingsRetention.reading_photos": _RETENTION,
    "adapters.postgres.people.retention_of_dealings:DealingsRetention.case_drafts": _RETENTION,
    "adapters.postgres.people.retention_of_dealings:DealingsRetention.visits": _RETENTION,
    "adapters.postgres.people.retention_of_dealings:DealingsRetention.webhook_deliveries": _RETENTION,
    "adapters.postgres.people.sealed:PostgresSealedSecrets.count": _RESEALING,
    "adapters.postgres.people.sealed:PostgresSealedSecrets.page": _RESEALING,
    "adapters.postgres.people.powers:PostgresPowers.waiting": "staff look at what waits on all accounts",
    "adapters.postgres.people.powers:PostgresPowers.of_user": (
        "a person's powers of attorney stand with the accounts, some of which they may not see yet"
    ),
    "adapters.postgres.people.view_log:PostgresViewLog._of_all": _OFFICER,
    "adapters.postgres.people.view_log:PostgresViewLog.numbers": _OFFICER,
    "adapters.postgres.notices.readings_to_send:PostgresReadingsToSend.page": _REMINDERS,
    "adapters.postgres.notices.readings_to_send:PostgresReadingsToSend._meters": _REMINDERS,
    "adapters.postgres.notices.recipients:PostgresRecipients._members": _REMINDERS,
    "adapters.postgres.notices.recipients:PostgresRecipients._people": _REMINDERS,
    "adapters.postgres.notices.recipients:PostgresRecipients._consenting": _REMINDERS,
    "adapters.postgres.notices.recipients:PostgresRecipients._reminded": _REMINDERS,
    "adapters.postgres.notices.preferences:PostgresPreferences.of_many": _REMINDERS,
    "adapters.postgres.notices.bounces:PostgresBounceReports._refused": "an address may be several people's",
    "adapters.postgres.notices.log:PostgresNoticeLog._of_all": "staff ask what was said about one account",
    "adapters.postgres.people.retention:PostgresRetention.notices": _RETENTION,
    "adapters.postgres.account_search:PostgresAccountSearch._accounts": _LOOKING_FOR,
    "adapters.postgres.account_search:PostgresAccountSearch._of_phone": _LOOKING_FOR,
    "adapters.postgres.account_search:PostgresAccountSearch._of_words": _LOOKING_FOR,
    "adapters.postgres.traces:PostgresMoneyTraces._by_operation": _SEARCH,
    "adapters.postgres.traces:PostgresMoneyTraces._of_accounts": _SEARCH,
    "adapters.postgres.traces:PostgresMoneyTraces._of_sum": _SEARCH,
    "adapters.postgres.registries.targets:PostgresTargets._by_gis": _WHOSE,
    "adapters.postgres.registries.targets:PostgresTargets._by_own_ids": _WHOSE,
    "adapters.postgres.registries.suspense:PostgresSuspense.page": _SUSPENSE,
    "adapters.postgres.registries.suspense:PostgresSuspense.ageing": _SUSPENSE,
    "adapters.postgres.registries.suspense:PostgresSuspense.numbers": _SUSPENSE,
    "adapters.postgres.registries.suspense:PostgresSuspense._paid_before": _WHOSE,
    "adapters.postgres.registries.suspense:PostgresSuspense._corrected": _WHOSE,
    "adapters.postgres.registries.suspense:PostgresSuspense._accounts": _WHOSE,
    "adapters.postgres.registries.traces:_of_sum": _SEARCH,
    "adapters.postgres.refunds:PostgresRefunds.waiting": "the timer's list of refunds due for a check",
    "adapters.postgres.refunds:PostgresRefunds.by_bank": "staff pay refunds of all accounts by the bank",
    "adapters.postgres.receipts.receipts:PostgresReceipts.waiting": "the timer's list of receipts to ask for",
    "adapters.postgres.receipts.receipts:PostgresReceipts.page": "staff see to failed receipts of all",
    "adapters.postgres.receipts.receipts:PostgresReceipts.counts": "how many receipts wait or have failed",
    "adapters.postgres.receipts.receipts:PostgresReceipts.without": "receipts for payments without any",
    "adapters.postgres.receipts.offsets:PostgresMetAdvances.between": "a month's summary receipt is of all",
    "adapters.postgres.vitals:_payments_without_receipt": _MONITORING,
    "adapters.postgres.autopay.autopays:PostgresAutopays.waiting": "the timer's list of autopays",
    "adapters.postgres.autopay.autopays:PostgresAutopays.is_in_registries": (
        "money on its way, in registries of all"
    ),
    "adapters.postgres.payments:PostgresPayments.waiting": "the timer's list of payments due for a check",
}
