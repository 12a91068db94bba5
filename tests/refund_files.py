"""Accounts with money ahead, and refunds that were granted of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from domain.accounts.books import advance
from domain.accounts.requisites import account_with_check_digit
from domain.applications.refund import RefundGrant, RefundOfMoney
from domain.kernel.ids import CaseId, PaymentId
from domain.kernel.money import Money, total
from domain.payments.explanation import Line, Part, PartLine
from domain.payments.payments import Payment, PaymentState, Wish
from domain.payments.provider import Method
from domain.payments.refundable import RefundPart, RefundTerms
from domain.payments.refunds import Payee, Refund
from tests.case_files import ACCOUNT, OURS, THEIRS, TODAY, account_file, case_of

BIC = "047102999"
PAYEE = Payee(name="Иванова Мария", bic=BIC, account=account_with_check_digit(BIC, "4081781000000000001"))
TERMS = RefundTerms(days={Method.SBERBANK: 365}, otherwise_days=1095)


def payment(no, *, method=Method.SBP, days_ago=10, **more):
    """`ours` and `theirs` are the kopecks of its parts."""
    owners = {"ours": OURS, "theirs": THEIRS}
    parts = tuple(
        Part(
            supplier_account_id=owners[name],
            amount=Money(more[name]),
            lines=(PartLine(line=Line(supplier_account_id=owners[name]), amount=Money(more[name])),),
        )
        for name in owners
        if more.get(name)
    )
    at = datetime.combine(TODAY, datetime.min.time(), UTC) - timedelta(days=days_ago)
    fields = {
        "id": PaymentId(UUID(int=300 + no)),
        "account_id": ACCOUNT,
        "payer_id": UUID(int=3),
        "wish": Wish(amount=total(one.amount for one in parts), method=method),
        "amount": total(one.amount for one in parts),
        "parts": parts,
        "state": PaymentState.PAID,
        "provider": "yookassa",
        "provider_payment_id": f"psp-{no}",
        "created_at": at,
        "expires_at": at,
        "paid_at": at,
    }
    return Payment(**fields | {key: more[key] for key in more if key not in owners})


def file_of(*payments, ours=0, theirs=0, refunds=(), charges=()):
    balances = {advance(OURS): Money(-ours), advance(THEIRS): Money(-theirs)}
    file = account_file(*charges, payments=payments, refunds=tuple(refunds), refund_terms=TERMS)
    return replace(file, standing=replace(file.standing, balances=balances))


def granted(file, *parts, form=None, no=1, case=5):
    form = form or RefundOfMoney(payee=PAYEE)
    grant = RefundGrant(parts=parts)
    of = case_of(form, grant, no, id=CaseId(UUID(int=case)))
    return [one for one in form.effects(of, grant, file) if isinstance(one, Refund)]


def part(kopecks, through=None, owner=OURS):
    return RefundPart(supplier_account_id=owner, amount=Money(kopecks), payment_id=through and through.id)
