"""The fine for a charge that was too high: half of the excess, taken off the charges as a line of its own.

Source: Housing Code, art. 157, parts 6 and 7. No fine is due where the customer was at fault, or where the
mistake was put right before they applied or before they paid: of what stands unpaid nothing is reckoned, and
whoever decides may leave the fine out.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from domain.accounts.charges import Charge
from domain.cases.cases import Case
from domain.cases.corrections import LoweredLine
from domain.cases.effects import Correction
from domain.cases.file import AccountFile
from domain.cases.forms import GrantedLine, GrantTooMuch, ProposalLine, ProposalWords
from domain.kernel.calendar import months_after, period_of
from domain.kernel.ids import ChargeId, derived
from domain.kernel.money import ZERO, Money, total

SERVICE = "overcharge_fine"
RULE = "Housing Code, article 157, parts 6 and 7"
REDUCED = "A fine of {percent} % of what was charged too much and paid: {fine}. It is taken off by {until}"
NONE_DUE = (
    "No fine is due where the customer was at fault, or where the mistake was put right before they applied "
    "or before they paid"
)


class FineTooMuch(GrantTooMuch):
    code = "recalculation-fine-too-much"
    text = (
        "The fine is {percent} % of what this decision takes off, and only where the tariff, a benefit or "
        "the area was wrong: {most} at most"
    )
    remedy = "Lower the fine or leave it out"


def fine_of(excess: Money, file: AccountFile) -> Money:
    kopecks = excess.kopecks * file.rules.recalculation.fine_percent / 100
    return Money(int(kopecks.quantize(Decimal(1), ROUND_HALF_UP)))


def paid_of_excess(charge: Charge, lowered: Money) -> Money:
    """What of the excess was paid: a line is paid up to what was right first."""
    return min(max(charge.paid - (charge.principal - lowered), ZERO), lowered)


def proposed(fine: Money, file: AccountFile) -> tuple[ProposalLine, ProposalWords]:
    rules, received_on = file.rules.recalculation, file.received_on or file.today
    line = ProposalLine(what=_called(file), before=ZERO, after=-fine, rule=RULE)
    fields = {
        "percent": f"{rules.fine_percent.normalize():f}",
        "fine": str(fine),
        "until": f"{months_after(received_on, rules.fine_months):%d.%m.%Y}",
    }
    return line, ProposalWords(text=REDUCED, fields=fields)


def check(fine: Money, lines: Sequence[LoweredLine], file: AccountFile, *, is_due: bool) -> None:
    """FineTooMuch. No more is taken off a line than it holds, whatever the number of cases: so its fine, a
    part of that, is never granted twice."""
    most = fine_of(total(line.principal for line in lines), file) if is_due else ZERO
    if not ZERO <= fine <= most:
        percent = f"{file.rules.recalculation.fine_percent.normalize():f}"
        raise FineTooMuch(field="grant.fine", most=most, percent=percent)


def granted(fine: Money, file: AccountFile) -> GrantedLine:
    return GrantedLine(what=_called(file), before=ZERO, after=-fine)


def posted(case: Case, fine: Money, of: Charge, file: AccountFile, *, takes_back: bool) -> Correction:
    """A line of the current period on the supplier account of the line `of` that was too high."""
    assert case.decision
    name = f"{'no fine' if takes_back else 'fine'}:{case.decision.no}"
    charge = Charge(
        id=ChargeId(derived(case.id, name)),
        supplier_account_id=of.supplier_account_id,
        service_code=SERVICE,
        period=period_of(file.today),
        bill_number=case.number,
        volume=None,
        unit="",
        tariff=None,
        amount=ZERO,
        recalculation=fine if takes_back else -fine,
        penalty=ZERO,
    )
    return Correction(charges=(charge,), value_date=file.today)


def _called(file: AccountFile) -> str:
    return file.line_name(SERVICE, period_of(file.today))
