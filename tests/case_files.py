"""Files of accounts and cases for tests of kinds."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from domain.accounts.accounts import Account, AccountCard, AccountKind, Balance, SupplierAccountCard
from domain.accounts.charges import Charge, OpenCharge
from domain.accounts.ledger import Head, Standing
from domain.cases.cases import Case, Channel, Decision, Family
from domain.cases.file import AccountFile
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.kernel.access import ActorKind
from domain.kernel.ids import AccountId, CaseId, ChargeId, SupplierAccountId, SupplierId
from domain.kernel.money import ZERO, Money

ACCOUNT = AccountId(UUID(int=1))
OURS, THEIRS = SupplierAccountId(UUID(int=10)), SupplierAccountId(UUID(int=11))
TODAY = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 6, tzinfo=UTC)
BY = StepBy(kind=ActorKind.STAFF, id=UUID(int=2), name="И. Петрова")


def charge(no, period="2026-10", kopecks=31_000, *, owner=OURS, service="electricity", **more):
    fields = {
        "id": ChargeId(UUID(int=100 + no)),
        "supplier_account_id": owner,
        "service_code": service,
        "period": period,
        "bill_number": f"B-{period}",
        "volume": Decimal(100),
        "unit": "кВт·ч",
        "tariff": Decimal("3.10"),
        "amount": Money(kopecks),
        "recalculation": ZERO,
        "penalty": ZERO,
    }
    return Charge(**fields | more)


def open_line(one: Charge) -> OpenCharge:
    return OpenCharge(
        charge_id=one.id,
        supplier_account_id=one.supplier_account_id,
        service_code=one.service_code,
        period=one.period,
        charged=one.principal,
        open=max(one.principal, ZERO) - one.paid,
        penalty_charged=one.penalty,
        penalty_open=one.penalty - one.penalty_paid,
    )


def _card(id, name):
    return SupplierAccountCard(
        id=id,
        supplier_id=SupplierId(id),
        supplier_name=name,
        number="1",
        gis_service_id=None,
        services=(),
        balance=Balance(debt=ZERO, overpayment=ZERO, penalty=ZERO, to_pay=ZERO),
    )


def account_file(*charges: Charge, **more):
    account = Account(
        id=ACCOUNT,
        number="7200000001",
        kind=AccountKind.UNIFIED,
        gis_number=None,
        address="г. Тюмень",
        holder_name="Иванова М. П.",
    )
    fields = {
        "kind": AccountKind.UNIFIED,
        "card": AccountCard(
            account=account, supplier_accounts=(_card(OURS, "Энергосбыт"), _card(THEIRS, "Водоканал"))
        ),
        "standing": Standing(
            head=Head(account_id=ACCOUNT), charges=tuple(open_line(one) for one in charges), balances={}
        ),
        "today": TODAY,
        "own": frozenset({OURS}),
        "charges": charges,
    }
    return AccountFile(**fields | more)


def case_of(form, grant=None, no=1, **more):
    decision = grant and Decision(no=no, outcome=CaseState.SATISFIED, answer="Да", grant=grant, at=AT, by=BY)
    fields = {
        "id": CaseId(UUID(int=5)),
        "account_id": ACCOUNT,
        "number": "К-2026-000001",
        "family": Family.APPLICATION,
        "kind": str(form.__struct_config__.tag),
        "form": form,
        "channel": Channel.CABINET,
        "by": BY,
        "received_at": AT,
        "state": CaseState.IN_REVIEW,
        "due_on": TODAY,
        "decision": decision,
    }
    return Case(**fields | more)
