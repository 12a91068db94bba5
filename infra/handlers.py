"""Which use case does which job. One line per kind."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from domain.accounts.imports import RunImport
from domain.accounts.penalties.penalties import PostPenalties
from domain.accounts.proofs.roots import TellWitness
from domain.accounts.proofs.seals import SealDays
from domain.bills.bills import TellOfBill
from domain.cases.attachments import CheckAttachment, SweepAttachments
from domain.cases.cases import TellOfStep
from domain.cases.effects import AwaitPapers, EffectDone
from domain.cases.overview import EscalateCases
from domain.cases.visits import CallOffVisit, OfferVisit
from domain.kernel.jobs import Job
from domain.kernel.stored_files import SweepFiles
from domain.mail.answers import AnswerLetter, SettleLetter
from domain.mail.letters_in import PruneLetters, ReadLetter
from domain.notices.bounces import MarkBounced
from domain.notices.notices import SendNotice
from domain.notices.reminders import RemindOfReadings
from domain.payments.autopay.runs import PromiseAutopays, RunAutopay, TellOfAutopay
from domain.payments.autopay.saved import SaveMethod
from domain.payments.moving import MovePayment, TellOfMovedMoney
from domain.payments.payments import CheckPayment, PaymentLetter, PromiseChecks
from domain.payments.provider_events import ReadProviderEvent
from domain.payments.receipts.keeping import (
    MakeReceipts,
    MakeRefundReceipts,
    PromiseReceipts,
    SendReceipt,
)
from domain.payments.reconciliation.days import ReconcileDays
from domain.payments.refund_keeping import CountOffset, FollowRefund, PromiseRefundChecks
from domain.payments.registries.files import JudgeRegistry
from domain.payments.registries.suspense import IdentifySuspense
from domain.payments.supplier_registries.files import MakeSupplierRegistries
from domain.people.attempts import PruneAttempts
from domain.people.code_messages import SecurityNotice
from domain.people.codes import PruneCodes
from domain.people.grants import HandOverAccount, TellOfAccepted, TellOfAdded
from domain.people.identities import PruneSignInRequests
from domain.people.invitations import SendInvitation
from domain.people.passkeys import PrunePasskeyChallenges
from domain.people.powers import RecheckPower
from domain.people.retention import DeleteOutdated
from domain.people.signatures import PruneNonces
from domain.readings.files import AnswerReadingFile, JudgeReadingFile
from domain.webhooks.endpoints import DeliverWebhooks
from infra.container import Container
from infra.schedules import Schedule
from infra.webhooks import StepTelling

Handlers = Mapping[type[Job], Callable[[Any], Awaitable[None]]]


def handlers(container: Container) -> Handlers:
    """Every kind of job and who does it."""
    return {
        ReadProviderEvent: container.payment_settlement.read_event,
        CheckPayment: container.payment_settlement.check,
        PromiseChecks: container.payment_settlement.promise_checks,
        SaveMethod: container.of_autopay.method_saving.save,
        PromiseAutopays: container.of_autopay.autopay_running.promise,
        RunAutopay: container.of_autopay.autopay_running.run,
        TellOfAutopay: container.notices.autopay_notices.tell,
        MakeReceipts: container.of_receipts.receipt_making.make,
        MakeRefundReceipts: container.of_receipts.receipt_making.make_refund,
        SendReceipt: container.of_receipts.receipt_sending.send,
        PromiseReceipts: container.of_receipts.receipt_sending.promise,
        FollowRefund: container.of_refunds.refund_service.follow,
        PromiseRefundChecks: container.of_refunds.refund_service.promise_checks,
        JudgeRegistry: container.of_registries.registry_service.judge,
        IdentifySuspense: container.of_registries.suspense_service.identify,
        MakeSupplierRegistries: container.of_telling_suppliers.supplier_telling.work,
        ReconcileDays: container.of_reconciliation.reconciling.work,
        MovePayment: container.of_refunds.payment_moving.move,
        CountOffset: container.of_refunds.offset_counting.count,
        TellOfMovedMoney: container.notices.moved_money_notices.tell,
        SealDays: container.of_proofs.day_sealing.seal_days,
        TellWitness: container.of_proofs.witness_letters.tell,
        PaymentLetter: container.notices.payment_notices.tell,
        TellOfBill: container.notices.bill_notices.tell,
        SendNotice: container.notices.notice_sending.send,
        RemindOfReadings: container.notices.reminder_service.work,
        MarkBounced: container.notices.bounce_marking.mark,
        PruneAttempts: container.attempt_pruning.prune,
        PruneCodes: container.by_code.code_pruning.prune,
        SecurityNotice: container.by_code.code_delivery.notify,
        PruneNonces: container.system_service.prune_nonces,
        PrunePasskeyChallenges: container.by_other_sign_ins.passkey_service.prune,
        PruneSignInRequests: container.by_other_sign_ins.identity_service.prune,
        DeleteOutdated: container.personal_data.retention_service.delete_outdated,
        SendInvitation: container.sharing.delegation_service.send,
        TellOfAdded: container.notices.added_account_notices.tell,
        TellOfAccepted: container.notices.added_account_notices.tell_accepted,
        HandOverAccount: container.sharing.account_changes.carry_out,
        RecheckPower: container.of_powers.power_service.recheck,
        TellOfStep: StepTelling(container.notices.case_notices, container.of_webhooks.webhook_delivery).tell,
        DeliverWebhooks: container.of_webhooks.webhook_delivery.deliver,
        EffectDone: container.of_cases.case_deciding.effect_done,
        AwaitPapers: container.of_cases.paper_awaiting.work,
        OfferVisit: container.of_visits.visit_service.offer,
        CallOffVisit: container.of_visits.visit_service.call_off,
        EscalateCases: container.of_cases.case_escalation.escalate,
        CheckAttachment: container.attaching.attachment_service.check,
        SweepAttachments: container.attaching.attachment_service.sweep,
        RunImport: container.import_service.work,
        PostPenalties: container.of_penalties.penalty_posting.work,
        JudgeReadingFile: container.files_of_readings.reading_file_service.judge,
        SweepFiles: container.of_readings.file_sweeping.sweep,
        AnswerReadingFile: container.mail_in.letter_answering.file_judged,
        ReadLetter: container.mail_in.letter_reading.read,
        SettleLetter: container.mail_in.letter_answering.settle,
        AnswerLetter: container.mail_in.letter_answering.send,
        PruneLetters: container.mail_in.sender_service.prune,
    }


def schedules(container: Container) -> Sequence[Schedule]:
    """What is promised by the clock."""
    return [
        Schedule(
            name="payments.promise-checks", every=timedelta(seconds=5), job=lambda moment: PromiseChecks()
        ),
        Schedule(
            name="cases.sweep-attachments", every=timedelta(hours=1), job=lambda moment: SweepAttachments()
        ),
        Schedule(name="proofs.seal-days", every=timedelta(minutes=10), job=lambda moment: SealDays()),
        Schedule(
            name="accounts.post-penalties", every=timedelta(minutes=10), job=lambda moment: PostPenalties()
        ),
        Schedule(
            name="payments.reconcile-days", every=timedelta(hours=1), job=lambda moment: ReconcileDays()
        ),
        Schedule(
            name="payments.make-supplier-registries",
            every=timedelta(hours=1),
            job=lambda moment: MakeSupplierRegistries(),
        ),
        Schedule(name="cases.escalate", every=timedelta(minutes=15), job=lambda moment: EscalateCases()),
        Schedule(
            name="payments.promise-refund-checks",
            every=timedelta(seconds=10),
            job=lambda moment: PromiseRefundChecks(),
        ),
        Schedule(name="autopay.promise", every=timedelta(seconds=30), job=lambda moment: PromiseAutopays()),
        Schedule(name="receipts.promise", every=timedelta(seconds=10), job=lambda moment: PromiseReceipts()),
        Schedule(name="people.prune-attempts", every=timedelta(hours=1), job=lambda moment: PruneAttempts()),
        Schedule(name="people.retention", every=timedelta(hours=1), job=lambda moment: DeleteOutdated()),
        Schedule(name="mail.prune", every=timedelta(minutes=10), job=lambda moment: PruneLetters()),
        Schedule(name="notices.remind", every=timedelta(hours=1), job=lambda moment: RemindOfReadings()),
        Schedule(name="notices.mark-bounced", every=timedelta(minutes=5), job=lambda moment: MarkBounced()),
        Schedule(name="files.sweep", every=timedelta(hours=6), job=lambda moment: SweepFiles()),
        Schedule(name="people.prune-codes", every=timedelta(minutes=10), job=lambda moment: PruneCodes()),
        Schedule(name="people.prune-nonces", every=timedelta(minutes=5), job=lambda moment: PruneNonces()),
        Schedule(
            name="people.prune-passkey-challenges",
            every=timedelta(minutes=10),
            job=lambda moment: PrunePasskeyChallenges(),
        ),
        Schedule(
            name="people.prune-sign-in-requests",
            every=timedelta(minutes=10),
            job=lambda moment: PruneSignInRequests(),
        ),
    ]
