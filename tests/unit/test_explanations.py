"""Words for people: every one has its Russian text with the same places."""

import re

import pytest

from api import codes, explanations, payment_methods, payments
from api.texts import catalogue
from domain.payments.explanation import Rule, TierName
from domain.payments.payments import PaymentState
from domain.payments.provider import Method

TEXTS = [
    *explanations._RULES.values(),
    *explanations._TIERS.values(),
    explanations._LINE,
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
    assert set(explanations._TIERS) == set(TierName)
    assert set(payment_methods.METHOD_NAMES) == set(Method)
    assert set(payments._AWAITED) == set(PaymentState) - {PaymentState.PAID, PaymentState.FAILED}
