"""The demo's cases whose money really moves: refunds by either rail, payments that were looked for and found.

They stand on accounts that are paid ahead and nobody signs in to. What is promised here is done by the
worker, when the demo runs.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from domain.accounts.requisites import account_with_check_digit
from domain.applications.payment_search import MovedBecause, PaymentSearch, SearchGrant
from domain.applications.refund import RefundGrant, RefundOfMoney
from domain.cases import moves
from domain.cases.cases import Channel
from domain.cases.deciding import Verdict
from domain.cases.filing import Filing
from domain.cases.forms import Form, Grant
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import KABINET, AccountId, CaseId, StaffId, derived
from domain.kernel.money import Money
from domain.payments.refundable import RefundPart
from domain.payments.refunds import Payee
from infra.container import Container
from infra.demo.payments import DemoPayer
from infra.demo.suppliers import BIC, SUPPLIERS

_ACCOUNT = account_with_check_digit(BIC, "4081781000000000001")
_SUM, _LOOKED_FOR = Money(50_000), Money(73_100)
_PAID_AHEAD = """
    SELECT a.account_id, s.supplier_account_id, a.holder_name, -b.balance_kopecks AS ahead_kopecks
    FROM accounts a
    JOIN supplier_accounts s ON s.account_id = a.account_id
    JOIN suppliers p ON p.supplier_id = s.supplier_id AND p.inn = $1
    JOIN books b ON b.account_id = a.account_id AND b.book = 'advance:' || s.supplier_account_id
    WHERE a.kind = 'unified' AND a.closed_at IS NULL AND b.balance_kopecks < 0
      AND NOT EXISTS (SELECT 1 FROM account_members m WHERE m.account_id = a.account_id)
    ORDER BY a.number LIMIT 5
"""


@dataclass(frozen=True, slots=True)
class MoneyCases:
    """Safe to repeat: what is there stays."""

    container: Container
    operator: Actor
    there: frozenset[CaseId]
    payer: DemoPayer

    async def add(self) -> None:
        rows = await self.container.pool.fetch(_PAID_AHEAD, SUPPLIERS[0].inn)
        if len(rows) < 5:
            return
        for row, state in zip(rows, (CaseState.SATISFIED, CaseState.PARTLY_SATISFIED), strict=False):
            half = Money(row["ahead_kopecks"] // (2 if state is CaseState.PARTLY_SATISFIED else 1))
            part = RefundPart(supplier_account_id=row["supplier_account_id"], amount=half)
            payee = Payee(name=row["holder_name"], bic=BIC, account=_ACCOUNT)
            await self._granted(
                row["account_id"], RefundOfMoney(payee=payee), RefundGrant(parts=(part,)), state
            )
        await self._returned_as_paid(rows[2]["account_id"])
        await self._found_here(rows[3]["account_id"])
        await self._moved_here(rows[4]["account_id"], rows[3]["account_id"])

    async def _returned_as_paid(self, account_id: AccountId) -> None:
        payment = await self.payer.pay(account_id, "paid twice", _SUM)
        parts = tuple(
            RefundPart(
                supplier_account_id=part.supplier_account_id, amount=part.amount, payment_id=payment.id
            )
            for part in payment.parts
        )
        form = RefundOfMoney(amount=_SUM, words="Заплатил дважды")
        await self._granted(account_id, form, RefundGrant(parts=parts), CaseState.EXECUTED)

    async def _found_here(self, account_id: AccountId) -> None:
        """Its payer gives a wrong day: only a person finds it."""
        payment = await self.payer.pay(account_id, "looked for here", _LOOKED_FOR)
        form = PaymentSearch(
            paid_on=(payment.created_at - timedelta(days=9)).date(),
            amount=_LOOKED_FOR,
            words="Не вижу платежа",
        )
        await self._granted(account_id, form, SearchGrant(payment_id=payment.id), CaseState.SATISFIED)

    async def _moved_here(self, account_id: AccountId, from_account_id: AccountId) -> None:
        payment = await self.payer.pay(from_account_id, "looked for elsewhere", _LOOKED_FOR)
        form = PaymentSearch(
            paid_on=payment.created_at.date(),
            amount=_LOOKED_FOR,
            words="Заплатил на счёт соседа, чек приложен",
        )
        grant = SearchGrant(
            payment_id=payment.id,
            from_account_id=from_account_id,
            amount=_LOOKED_FOR,
            moved_because=MovedBecause.TYPO,
            evidence="Чек банка: номер счёта набран с ошибкой в одной цифре",
        )
        await self._granted(account_id, form, grant, CaseState.EXECUTED)

    async def _granted(self, account_id: AccountId, form: Form, grant: Grant, state: CaseState) -> None:
        """Filed, taken and decided now. EXECUTED comes by itself, when the money has moved."""
        word = str(form.__struct_config__.tag)
        case_id = CaseId(derived(KABINET, f"demo case {self.operator.kind} {word} {state}"))
        if case_id in self.there:
            return
        at, by = self.container.now(), StepBy.of(self.operator)
        access = Access(actor=self.operator, account_id=account_id, scope=Scope.DECIDE, at=at)
        of_cases = self.container.of_cases
        await of_cases.case_filing.submit(access, case_id, Filing(form=form, channel=Channel.OFFICE))
        take = partial(moves.taken, by=by, at=at, holder_id=StaffId(self.operator.id))
        await of_cases.case_deciding.move(access, case_id, take)
        outcome = CaseState.SATISFIED if state is CaseState.EXECUTED else state
        rule = "ГК РФ, ст. 1102" if isinstance(grant, RefundGrant) else "ГК РФ, ст. 312, 316"
        answer = "Проверили оплату и решили в вашу пользу."
        verdict = Verdict(outcome=outcome, answer=answer, rule=rule, grant=grant)
        await of_cases.case_deciding.decide(access, case_id, verdict)
