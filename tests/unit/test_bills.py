"""A bill kept, explained, known again, set on paper."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from string import Formatter
from uuid import UUID

import pytest
import segno
import zxingcpp
from msgspec.structs import replace
from PIL import Image

from adapters.qr import symbols
from api import bill_checks
from api.pages.bill_sums import terms_of
from api.texts import catalogue
from domain.bills import explaining, paper, wondering
from domain.bills.bills import BillLineNotFound, EarlierMonth, NormUsed, frozen, thawed
from domain.bills.checking import matched
from domain.bills.explaining import explained
from domain.bills.left import left_of, left_of_card
from domain.bills.wondering import (
    AS_SHARE,
    AS_SUM,
    LineWithoutReadings,
    ValueImpossible,
    benefit_of,
    wondered,
)
from domain.kernel.ids import ChargeId
from domain.kernel.money import ZERO, Money
from domain.payments.paycodes import parse
from domain.readings.readings import Nature
from tests.bills import METER, a_bill, a_line, a_part, a_reading
from tests.households import details

GOLDEN = Path(__file__).parents[1] / "golden" / "bills"
RUSSIAN = catalogue("ru").gettext


NORM = NormUsed(
    name="Пять этажей", volume=Decimal("0.020"), per="м²", source="приказ № 1", since=date(2025, 1, 1)
)


def words(said):
    return " ".join(one.words(RUSSIAN) for one in said).replace("\u00a0", " ")


@pytest.mark.parametrize("version", [1, 2])
def test_an_old_row_always_loads(version):
    """Written by that version; what later versions add must have a default."""
    reading = a_reading() if version > 1 else a_reading(transformation_ratio=None)
    bill = a_bill(suppliers=(a_part(lines=(a_line(readings=(reading,)),)),), version=version)
    row = (GOLDEN / f"{version}.json").read_bytes()
    assert thawed(row) == bill
    assert frozen(thawed(row)) == frozen(bill)


def test_sums_tie():
    part = a_part(start=Money(1000), paid=Money(400), balance=Money(136350))
    assert part.is_tied and part.to_pay == Money(136350)
    assert not a_part(start=Money(1)).is_tied
    assert a_part(balance=Money(-5)).to_pay == ZERO
    with pytest.raises(BillLineNotFound):
        a_bill().line(ChargeId(UUID(int=999)))


def test_a_line_is_explained_to_the_kopeck():
    found = explained(a_line())
    assert (found.is_exact, found.is_metered) == (True, True)
    assert found.formula.replace("\u00a0", " ") == "250 × 5,43 = 1 357,50 ₽"
    assert words(found.volume) == (
        "Прибор учёта 00123456, Круглосуточно: 4 250 на 22.10.2026 минус 4 000 на 22.09.2026 – это 250 кВт·ч"
        " Вместе показания дают объём строки: 250 кВт·ч"
    )
    assert words(found.price) == "Тариф 5,43 ₽ за кВт·ч, в прейскуранте поставщика с 01.07.2026"
    document = "Документ расчётной системы 2610-00000001, версия 1"
    assert words([found.source]) == f"{document}; учтено в кабинете 01.11.2026"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            a_line(readings=()),
            "посчитано по нормативу, площади, числу проживающих или по объёмам других услуг",
        ),
        (
            a_line(readings=(), norm=NORM),
            "по нормативу «Пять этажей», 0,02 кВт·ч в месяц на м² (приказ № 1), действует с 01.01.2025",
        ),
        (a_line(readings=(), norm=replace(NORM, count=Decimal(12500))), "0,02 кВт·ч × 12 500 = 250 кВт·ч"),
        (a_line(readings=(), norm=replace(NORM, count=Decimal(25000))), "было бы 500 кВт·ч"),
        (a_line(readings=(), volume=None, tariff=None), "начислена суммой, без объёма"),
        (a_line(readings=(a_reading(nature=Nature.CALCULATED),)), "взято расчётное 4 250"),
        (a_line(readings=(a_reading(nature=Nature.CONTROL),)), "контролёр снял 4 250"),
        (a_line(readings=(a_reading(previous=None, consumption=None),)), "прежнее значение здесь неизвестно"),
        (a_line(readings=(a_reading(is_billed=False),)), "ещё не подтвердила"),
        (a_line(volume=Decimal("250.007")), "Вместе показания дают 250 кВт·ч, начислено за 250,007 кВт·ч"),
        (a_line(volume=Decimal(260)), "Показания дают 250 кВт·ч, а начислено за 260 кВт·ч"),
    ],
)
def test_where_a_volume_comes_from(line, expected):
    assert expected in words(explained(line).volume)


def on_paper(*lines, version=2):
    bill = a_bill(suppliers=(a_part(lines=lines),), version=version)
    return paper.paper(bill, symbols, RUSSIAN)


def test_the_paper_says_where_readings_give_another_volume():
    apart = a_line(volume=Decimal(260), service_name="Электроснабжение")
    found = on_paper(a_line(), apart)
    [remark] = found.remarks
    assert remark.replace("\u00a0", " ").startswith(
        "Электроснабжение. Показания дают 250 кВт·ч, а начислено за 260 кВт·ч: отправьте обращение"
    )
    assert not found.readings_give_volume
    assert not explained(replace(apart, amount=Money(141180))).is_exact
    rounded = on_paper(a_line(), a_line(volume=Decimal("250.007")))
    assert (rounded.readings_give_volume, rounded.remarks) == (True, ())
    unknown = on_paper(a_line(readings=(a_reading(previous=None, consumption=None),)))
    assert (unknown.readings_give_volume, unknown.remarks) == (False, ())


def test_a_transformation_ratio_is_named():
    ratio = {"value": Decimal(44), "previous": Decimal(39), "consumption": Decimal(100)}
    reading = a_reading(**ratio, transformation_ratio=Decimal(20))
    line = a_line(volume=Decimal(100), readings=(reading,))
    assert words(explained(line).volume).startswith(
        "Прибор учёта 00123456, Круглосуточно: 44 на 22.10.2026, 39 на 22.09.2026 "
        "(44 − 39) × 20 = 100 кВт·ч; 20 – коэффициент трансформации"
    )
    assert [one.ratio for one in on_paper(line, a_line()).readings] == ["20", ""]
    through_zero = replace(reading, value=Decimal(3), previous=Decimal(99998))
    assert through_zero.multiplier is None


def test_the_paper_of_a_first_bill_stays_as_it_was_issued():
    found = on_paper(a_line(volume=Decimal(260)), version=1)
    assert (found.readings_give_volume, found.remarks) == (True, ())


def test_what_is_added_to_the_amount():
    line = a_line(amount=Money(135751), recalculation=Money(-1000), benefit=Money(2000), penalty=Money(150))
    found = explained(line)
    assert not found.is_exact
    sent = "Так передала расчётная система: документ 2610-00000001, версия 1, принят 01.11.2026."
    assert words(found.sums) == (
        "250 кВт·ч × 5,43 ₽ было бы 1 357,50 ₽, а начислено 1 357,51 ₽: в сумме другие зоны, диапазоны цен "
        f"или коэффициенты Перерасчёт: -10,00 ₽ Льгота: −20,00 ₽. {sent} Основание льготы она не передаёт "
        f"Пени за просрочку: 1,50 ₽. {sent} За какие дни и с какого долга, она не передаёт: "
        "запросите расчёт обращением "
        "1 357,51 ₽ − 10,00 ₽ − 20,00 ₽ + 1,50 ₽ = 1 329,01 ₽"
    )


@pytest.mark.parametrize(
    "text", [*explaining.TEXTS, *wondering.TEXTS, *paper.TEXTS, *bill_checks.TEXTS.values()]
)
def test_every_sentence_is_in_russian(text):
    translated = RUSSIAN(text)
    assert translated != text or not any(letter.isalpha() for letter in _without_places(text))
    assert {name for _, name, _, _ in Formatter().parse(translated)} - {None} == {
        name for _, name, _, _ in Formatter().parse(text)
    } - {None}


def _without_places(text):
    return "".join(literal for literal, _, _, _ in Formatter().parse(text))


def test_our_codes_are_known_word_for_word():
    bill = a_bill()
    assert matched(parse(bill.code), bill).supplier_account_id is None
    assert matched(parse(a_part().code), bill).supplier_account_id == a_part().id
    other_separator = bill.code.replace("|", "~")
    assert matched(parse(other_separator), bill).is_sum_right


@pytest.mark.parametrize("code", [a_bill().code, a_part().code])
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Sum=135750", "Sum=235750", "other sum"),
        ("|Sum=135750", "", "other sum"),
        ("|TechCode", "|AddAmount=100|TechCode", "other sum"),
        (details("x", 9).account, details("x", 7).account, None),
        ("BIC=047102999", "BIC=047102998", None),
        ("PersAcc=6600000001", "PersAcc=6600000002", None),
        ("Name=", "Name=ООО ", None),
        ("PayeeINN=", "PayeeINN=1", None),
        ("PaymPeriod=102026", "PaymPeriod=092026", None),
        ("Purpose=", "Purpose=!", None),
    ],
)
def test_forged_codes_are_caught(code, old, new, expected):
    assert old in code
    found = matched(parse(code.replace(old, new)), a_bill())
    assert found is None if expected is None else not found.is_sum_right


class AMeter:
    id, supplier_account_id, service_code = METER, a_part().id, "electricity"
    transformation_ratio, digit_count = Decimal(20), 5


def test_another_reading_is_another_volume():
    found = wondered(a_part(), a_line(), AMeter, {"single": Decimal(4100)})
    assert [one.volume for one in found.billed] == [250]
    assert [one.volume for one in found.other] == [2000]
    same = wondered(a_part(), a_line(), AMeter, {"single": Decimal(4250)})
    assert same.billed == same.other


@pytest.mark.parametrize("value", ["3999", "100000", "NaN", "Infinity", "-1"])
def test_an_impossible_value_is_refused(value):
    with pytest.raises(ValueImpossible, match="between 4\u00a0000, the one before it, and 99\u00a0999,"):
        wondered(a_part(), a_line(), AMeter, {"single": Decimal(value)})


@pytest.mark.parametrize("values", [{"night": Decimal(1)}, {"single": Decimal(4300), "x": Decimal(1)}])
def test_a_zone_the_line_does_not_have_is_refused(values):
    with pytest.raises(LineWithoutReadings):
        wondered(a_part(), a_line(), AMeter, values)


def test_a_line_without_readings_cannot_be_wondered_about():
    with pytest.raises(LineWithoutReadings):
        wondered(a_part(), a_line(readings=()), AMeter, {"single": Decimal(1)})


@pytest.mark.parametrize("version", range(1, 41))
def test_quick_symbols_are_those_of_segno(version):
    """Where the text fills the symbol: segno puts a needless zero before its padding."""
    size = symbols._capacity(version) - (3 if version > 9 else 2)
    text = "яж" * (size // 4) + "a" * (size % 4)
    theirs = segno.make(
        text, error="m", encoding="utf-8", mode="byte", micro=False, mask=symbols.MASK, boost_error=False
    )
    assert theirs.version == version
    assert [bytes(row) for row in theirs.matrix] == symbols.rows(text)


@pytest.mark.parametrize("size", [1, 13, 14, 300, 423, 700, 1370, 2331])
def test_quick_symbols_are_read_back(size):
    from io import BytesIO

    text = "ж" * (size // 2) + "a" * (size % 2)
    picture = Image.open(BytesIO(symbols.png(text))).convert("L")
    large = picture.resize((picture.width * 3, picture.height * 3), Image.Resampling.NEAREST)
    [found] = zxingcpp.read_barcodes(large)
    assert found.bytes == text.encode()


def test_a_symbol_has_an_end():
    with pytest.raises(ValueError):
        symbols.rows("a" * 2332)


def test_what_is_left_of_a_bill_is_what_is_open_of_its_months():
    bill = a_bill()
    [part] = bill.suppliers
    whole = {("2026-09", part.id): Money(10000), ("2026-10", part.id): Money(135750)}
    assert left_of(bill, whole).left == bill.to_pay  # never more than it asked for
    later = {("2026-11", part.id): Money(500)}
    assert left_of(bill, later).is_paid
    some = left_of(bill, {("2026-10", part.id): Money(500), **later})
    assert (some.left, some.is_paid_in_part, some.is_paid) == (Money(500), True, False)
    assert left_of_card(bill.period, bill.to_pay, later).is_paid
    assert not left_of_card(bill.period, ZERO, {}).is_paid


def test_a_benefit_that_is_a_share_follows_the_charge():
    line = a_line(amount=Money(10889), benefit=Money(4356))
    share = benefit_of(line, Money(20000))
    assert (share.amount, share.why.text) == (Money(8000), AS_SHARE)
    sum_of_money = benefit_of(replace(line, benefit=Money(5000)), Money(20000))
    assert (sum_of_money.amount, sum_of_money.why.text) == (Money(5000), AS_SUM)
    assert benefit_of(a_line(), Money(20000)).why is None
    assert "Льгота: −43,56 ₽, это 40 % от 108,89 ₽. Так передала" in words(explained(line).sums)


def test_the_terms_of_a_sum_add_up_and_leave_out_what_is_nothing():
    assert terms_of(a_part()) == [("charged", Money(135750))]
    earlier = (EarlierMonth(period="2026-09", charged=Money(-700), penalty=Money(1250)),)
    part = a_part(start=Money(-4300), earlier=earlier, paid=Money(2000), balance=Money(130000))
    assert part.is_tied
    assert terms_of(part) == [
        ("charged", Money(135750)),
        ("late", Money(1250)),
        ("ahead", Money(-4300)),
        ("earlier", Money(-700)),
        ("paid", Money(-2000)),
    ]
    assert sum(amount.kopecks for _, amount in terms_of(part)) == part.balance.kopecks
