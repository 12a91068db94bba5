"""What a decision says of the money it moves, before it is given."""

import pytest

from domain.applications.damages import DamagesGrant, Way
from domain.applications.recalculation import Recalculation, RecalculationGrant
from domain.applications.recalculation_grounds import Residents
from domain.cases.corrections import LoweredLine
from domain.cases.told_money import told_money
from domain.kernel.money import Money
from tests.case_files import TODAY, account_file, case_of, charge
from tests.refunds import PAYEE
from tests.unit.test_damages import demand

SUM = Money(4_000_000)
LINE = charge(1)


@pytest.mark.parametrize(
    ("form", "grant", "words"),
    [
        (demand(agrees_to_credit=True), DamagesGrant(amount=SUM, way=Way.CREDIT), "is credited to account"),
        (demand(payee=PAYEE), DamagesGrant(amount=SUM), "goes by a payment order to {payee}"),
        (demand(), DamagesGrant(amount=SUM), "no bank account is named"),
        (
            Recalculation(why=Residents(charged_for=3, lived=2, since=TODAY), lines=(LINE.id,)),
            RecalculationGrant(lines=(LoweredLine(charge_id=LINE.id, principal=Money(5_000)),)),
            "{what}: account {number} owes {amount} less",
        ),
    ],
)
def test_one_sentence_says_where_it_goes(form, grant, words):
    file = account_file(LINE)
    [told] = told_money(form.effects(case_of(form, grant), grant, file), grant, file)
    assert words in told.text
    assert told.fields["amount"] == str(grant.money)


@pytest.mark.parametrize(("agrees", "way"), [(True, Way.CREDIT), (False, Way.PAYOUT)])
def test_the_form_of_a_decision_begins_with_what_was_asked(agrees, way):
    form = demand(agrees_to_credit=agrees)
    assert form.proposal(account_file()).whole == DamagesGrant(amount=form.asked, way=way)
