"""Words for people: every one has its Russian text with the same places."""

import re
from uuid import UUID

import pytest

from api import codes, explanations, payment_methods, payments
from api.explanations import Names, Reasons
from api.texts import catalogue
from domain.kernel.money import Money
from domain.payments.explanation import Addressed, Dealt, Explanation, Line, Rule, Spread, Tier, TierName
from domain.payments.payments import PaymentState
from domain.payments.provider import Method

OWNER, OTHER = UUID(int=1), UUID(int=2)
TEXTS = [
    *explanations._RULES.values(),
    *explanations._TIERS.values(),
    explanations._LINE,
    explanations._WHOLE_LINE,
    *explanations._BRIEF.values(),
    explanations._THEN,
    explanations._AHEAD_LINE,
    explanations._ODD,
    *payment_methods.METHOD_NAMES.values(),
    *payments._AWAITED.values(),
    payment_methods.METHOD_DOWN,
    codes.TITLE,
]


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_has_its_russian(text):
    russian = catalogue("ru").gettext(text)

    assert russian != text or text in {"SberPay", "T-Pay"}
    assert set(re.findall(r"{\w+}", russian)) == set(re.findall(r"{\w+}", text))


def test_every_rule_step_and_method_has_words():
    assert set(explanations._RULES) == set(Rule)
    assert set(explanations._TIERS) == set(explanations._BRIEF) == set(TierName)
    assert set(payment_methods.METHOD_NAMES) == set(Method)
    assert set(payments._AWAITED) == set(PaymentState) - {PaymentState.PAID, PaymentState.FAILED}


def met(name, period, kopecks, owner=OWNER):
    line = Line(supplier_account_id=owner, service_code="heat", period=period)
    amount = Money(kopecks)
    return Tier(
        name=name,
        period=period,
        offered=amount,
        dealt=(Dealt(line=line, weight=amount, cap=amount, amount=amount),),
    )


def test_of_each_supplier_one_line_says_what_is_met_first_and_what_next():
    tiers = (
        met(TierName.BILL, "2026-10", 506430),
        met(TierName.DEBT, "2026-07", 386848),
        met(TierName.BILL, "2026-10", 23924, OTHER),
        met(TierName.DEBT, "2026-09", 544665),
        met(TierName.PENALTY, "2026-07", 7736),
        met(TierName.PENALTY, "2026-08", 100),
    )
    addressed = Addressed(amount=Money(1469603), supplier_account_ids=())
    spread = Spread(addressed=addressed, tiers=tiers)
    told = explanations.brief(
        Explanation(rule=Rule.BILL_FIRST, version=1, period="2026-10", seen=(), spreads=(spread,)), "ru"
    )

    assert {owner: line.replace("\u00a0", " ") for owner, line in told.items()} == {
        OWNER: "5 064,30 ₽ – квитанция за 10.2026, затем 9 315,13 ₽ – долг за 07.2026–09.2026, "
        "затем 78,36 ₽ – пени",
        OTHER: "239,24 ₽ – квитанция за 10.2026",
    }


def test_to_the_kopeck_lines_stand_under_their_supplier():
    both = Tier(
        name=TierName.BILL,
        period="2026-10",
        offered=Money(300),
        dealt=tuple(
            Dealt(
                line=Line(supplier_account_id=owner, service_code=service, period="2026-10"),
                weight=Money(1000),
                cap=Money(1000),
                amount=Money(100),
            )
            for owner, service in ((OWNER, "heat"), (OTHER, "power"), (OWNER, "water"))
        ),
    )
    ahead = Line(supplier_account_id=OWNER)
    rest = Tier(
        name=TierName.ADVANCE,
        period=None,
        offered=Money(5),
        dealt=(Dealt(line=ahead, weight=Money(0), cap=None, amount=Money(5), odd_kopeck=True),),
    )
    spread = Spread(addressed=Addressed(amount=Money(305), supplier_account_ids=()), tiers=(both, rest))
    told = Explanation(rule=Rule.BILL_FIRST, version=1, period="2026-10", seen=(), spreads=(spread,))
    bill, advance = Reasons.of(told, {}, "en").steps
    assert [(owner, len(lines)) for owner, lines in bill.lines.items()] == [(OWNER, 2), (OTHER, 1)]
    [(owner, [line])] = advance.lines.items()
    assert (owner, str(OWNER) in line) == (OWNER, False)
    said = explanations.words(told, Names({}, {OWNER: "АО «Тепло»"}), "en")
    assert said[-1].startswith("— АО «Тепло»: 0,05"), said
