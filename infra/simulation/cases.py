"""What residents ask of the office, and what it grants: drawn from how their accounts stand."""

from dataclasses import dataclass, replace
from datetime import timedelta

from domain.accounts.requisites import account_with_check_digit
from domain.applications.bankruptcy_procedures import Judicial
from domain.applications.bankruptcy_write_off import BankruptcyWriteOff, WriteOffGrant, WrittenOffLine
from domain.applications.payment_search import MovedBecause, PaymentSearch, SearchGrant
from domain.applications.recalculation import Recalculation, RecalculationGrant
from domain.applications.recalculation_grounds import Price
from domain.applications.refund import RefundGrant, RefundOfMoney
from domain.applications.refund_parts import OffsetTo
from domain.cases.corrections import LoweredLine
from domain.cases.forms import Form, Grant
from domain.kernel.access import Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import ChargeId
from domain.kernel.money import ZERO, Money
from domain.payments.refundable import Refundable, RefundPart
from domain.payments.refunds import Payee
from infra.demo.suppliers import BIC, SUPPLIERS
from infra.simulation.town import Home, Town, is_unified
from infra.simulation.world import World

_PAYEE_ACCOUNT = account_with_check_digit(BIC, "4081781000000000001")
_LIVED = timedelta(days=15_000)
_OFFSET = 0.3
_PAID = """
SELECT payment_id, account_id, amount_kopecks, paid_at FROM payments
WHERE state = 'paid' AND moved_at IS NULL AND provider = $1 ORDER BY payment_id DESC LIMIT 30
"""
_LINES = """
SELECT c.charge_id, c.amount_kopecks FROM charges c
JOIN supplier_accounts s ON s.account_id = c.account_id AND s.supplier_account_id = c.supplier_account_id
JOIN suppliers p ON p.supplier_id = s.supplier_id AND p.inn = $2
WHERE c.account_id = $1 AND c.amount_kopecks > 1000 ORDER BY c.charge_id
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is filed for whom, and what the officer will grant."""

    home: Home
    form: Form
    grant: Grant


@dataclass(frozen=True, slots=True)
class Cases:
    world: World
    town: Town

    async def draw(self) -> Asked | None:
        """None when nothing of the kind can be asked for just now."""
        dice = self.world.chance.dice("cases")
        kinds = (self._refund, self._refund, self._search, self._recalculation, self._write_off)
        return await dice.choice(kinds)()

    async def _refund(self) -> Asked | None:
        """Of what is paid ahead, by the rail it came on or by the bank; or counted to another account."""
        dice = self.world.chance.dice("cases")
        for home in dice.sample(self.town.homes, k=len(self.town.homes)):
            access = home.access(Scope.SEE, self.world.chance.clock())
            service = self.world.container.of_refunds.refund_service
            _, every = await replace(service, transaction=self.world.watching).refundable(access)
            able = [one for one in every if one.most > ZERO]
            if not able:
                continue
            one = dice.choice(able)
            if dice.random() < _OFFSET:
                return self._offset(home, one)
            rail = dice.choice(one.rails)
            amount = Money(dice.randint(1, min(rail.most, one.most).kopecks))
            part = RefundPart(
                supplier_account_id=one.supplier_account_id, amount=amount, payment_id=rail.payment_id
            )
            payee = Payee(name=home.known.holder, bic=BIC, account=_PAYEE_ACCOUNT)
            return Asked(home, RefundOfMoney(payee=payee), RefundGrant(parts=(part,)))
        return None

    def _offset(self, home: Home, one: Refundable) -> Asked:
        dice = self.world.chance.dice("cases")
        others = [each for each in self.town.homes if is_unified(each) and each.account_id != home.account_id]
        amount = Money(dice.randint(1, one.most.kopecks))
        part = RefundPart(supplier_account_id=one.supplier_account_id, amount=amount, is_offset=True)
        form = RefundOfMoney(offset=OffsetTo(account_number=dice.choice(others).known.number))
        return Asked(home, form, RefundGrant(parts=(part,)))

    async def _search(self) -> Asked | None:
        """A payment went to somebody else's account by a slip, and moves."""
        dice = self.world.chance.dice("cases")
        rows = await self.world.pool.fetch(_PAID, self.world.bank.name)
        if not rows:
            return None
        row = dice.choice(rows)
        home = dice.choice([one for one in self.town.homes if one.account_id != row["account_id"]])
        amount = Money(row["amount_kopecks"])
        paid_on = business_day(row["paid_at"], self.world.container.zone) - timedelta(days=9)
        grant = SearchGrant(
            payment_id=row["payment_id"],
            from_account_id=row["account_id"],
            amount=amount,
            moved_because=MovedBecause.TYPO,
            evidence="the receipt",
        )
        return Asked(home, PaymentSearch(paid_on=paid_on, amount=amount), grant)

    async def _recalculation(self) -> Asked | None:
        line = await self._line()
        if line is None:
            return None
        home, charge_id, kopecks = line
        less = Money(self.world.chance.dice("cases").randint(1, kopecks // 2))
        form = Recalculation(why=Price(words="Неверный тариф"), lines=(charge_id,))
        return Asked(
            home, form, RecalculationGrant(lines=(LoweredLine(charge_id=charge_id, principal=less),))
        )

    async def _write_off(self) -> Asked | None:
        line = await self._line()
        if line is None:
            return None
        home, charge_id, kopecks = line
        today = business_day(self.world.chance.clock(), self.world.container.zone)
        how = Judicial(
            court="Арбитражный суд",
            case_number="А70-1234/2026",
            accepted_on=today - timedelta(days=2),
            completed_on=today,
        )
        resident = home.known.holder
        form = BankruptcyWriteOff(how=how, debtor_name=resident, born_on=today - _LIVED)
        amount = Money(self.world.chance.dice("cases").randint(1, kopecks))
        written = WrittenOffLine(charge_id=charge_id, principal=amount)
        return Asked(home, form, WriteOffGrant(act_reference="А70-1234/2026", lines=(written,)))

    async def _line(self) -> tuple[Home, ChargeId, int] | None:
        """A line of the company's own bill."""
        dice = self.world.chance.dice("cases")
        home = dice.choice([one for one in self.town.homes if is_unified(one)])
        rows = await self.world.pool.fetch(_LINES, home.account_id, SUPPLIERS[0].inn)
        if not rows:
            return None
        row = dice.choice(rows)
        return home, row["charge_id"], row["amount_kopecks"]
