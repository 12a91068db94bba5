"""Which papers a case lacks, by the kinds' own data, and for which of them it waits."""

from datetime import date

import pytest
from msgspec.structs import replace

from domain.applications.recalculation import Recalculation
from domain.applications.recalculation_grounds import Absence, Price
from domain.applications.refund import Reason, RefundOfMoney
from domain.cases.forms import Paper
from domain.cases.papers import awaited, missing
from domain.enquiries.consultation import Consultation
from domain.kinds import KINDS
from tests.case_files import charge

TODAY = date(2026, 11, 20)
ABSENCE = Absence(left_on=date(2026, 10, 5), back_on=date(2026, 10, 31))


def codes(papers):
    return [paper.code for paper in papers]


def recalculation(why):
    return Recalculation(why=why, lines=(charge(1).id,))


def test_the_law_names_what_is_waited_for():
    waited = {kind: codes(awaited(form.papers)) for kind, form in KINDS.items()}
    assert {kind: found for kind, found in waited.items() if found} == {
        "refund": ["court"],
        "bankruptcy-write-off": ["completion"],
        "meter-sealing": ["passport"],
    }


def test_an_absence_is_proved_once_it_is_over():
    asked = missing(recalculation(ABSENCE), (), TODAY)
    assert codes(awaited(asked)) == ["proof"]
    assert missing(recalculation(ABSENCE), {"proof"}, TODAY) == []
    ahead = recalculation(replace(ABSENCE, left_on=TODAY, back_on=date(2026, 12, 25)))
    assert missing(ahead, (), TODAY) == []


def test_what_we_have_to_find_out_is_not_waited_for():
    lacks = missing(recalculation(Price(words="Площадь")), (), TODAY)
    assert (codes(lacks), awaited(lacks)) == (["proof"], [])


@pytest.mark.parametrize(("why", "wanted"), [(Reason.OVERPAID, []), (Reason.COURT, ["court"])])
def test_a_refund_by_a_court_needs_its_decision(why, wanted):
    assert codes(missing(RefundOfMoney(why=why), (), TODAY)) == wanted


@pytest.mark.parametrize(
    ("laid", "wanted"), [((), ["a", "b", "c"]), (("a",), ["c"]), (("c",), ["a", "b"]), (("b", "c"), [])]
)
def test_of_some_papers_one_is_enough(laid, wanted):
    class Choosy(Consultation, frozen=True, kw_only=True, tag="choosy"):
        def papers_needed(self):
            return (
                Paper(code="a", text="A", any_of="one"),
                Paper(code="b", text="B", any_of="one"),
                Paper(code="c", text="C"),
                Paper(code="d", text="D", is_required=False),
            )

    form = Choosy(topic="charges", question="?" * 5)
    assert codes(missing(form, laid, TODAY)) == wanted
