"""Codes are read back by a strict reader written here, that knows nothing of ours."""

import contextlib
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.requisites import BankDetails
from domain.kernel.money import ZERO, Money
from domain.payments import paycodes
from domain.payments.paycodes import Paycode, encode, parse, supplier_paycode, unified_paycode

COLLECTION = BankDetails(
    payee_name="АО «Пример энергосбыт»",
    inn="8602000002",
    kpp="860201001",
    bank_name="Банк ПРИМЕР (АО)",
    bic="047102999",
    account="40702810600000000001",
    correspondent_account="30101810300000000999",
)
SUPPLIER = BankDetails(
    payee_name="ООО «Тепло»",
    inn="7707083893",
    kpp=None,
    bank_name="Другой банк",
    bic="044525225",
    account="40702810000000000019",
    correspondent_account="0",
)
ORDER = ["Name", "PersonalAcc", "BankName", "BIC", "CorrespAcc"]


def strict(text: str) -> dict[str, str]:
    """GOST R 56042-2014 with no allowance: header, separator, mandatory pairs first and in order."""
    raw = text.encode("utf-8")
    assert raw[:7] == b"ST00012"
    separator = raw[7:8].decode("ascii")
    assert not separator.isalnum() and separator.isprintable() and separator not in "= "
    pairs = [pair.split("=", 1) for pair in raw[8:].decode("utf-8").split(separator)]
    assert all(len(pair) == 2 and pair[0].isascii() and pair[0].isalnum() for pair in pairs)
    assert [key for key, _ in pairs[:5]] == ORDER
    values = dict(pairs)
    assert len(values) == len(pairs)
    assert all(value and value == value.strip() for value in values.values())
    assert not any(ord(char) < 32 or ord(char) == 127 for char in text)
    assert len(values["PersonalAcc"]) == 20 and len(values["BIC"]) == 9
    assert len(values["Name"]) <= 160 and len(values["BankName"]) <= 45
    assert len(values.get("Purpose", "")) <= 210
    assert values.get("Sum", "0").isdigit() and len(values.get("Sum", "")) <= 18
    return values


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=40)
plain = words.map(str.strip).filter(lambda text: text != "null")
text = plain | st.none()


@st.composite
def codes(draw: st.DrawFn) -> Paycode:
    payee = msgspec.structs.replace(
        COLLECTION, payee_name=draw(plain.filter(bool)), bank_name=draw(plain.filter(bool))
    )
    return Paycode(
        payee=payee,
        sum=draw(st.none() | st.integers(0, 10**17).map(Money)),
        purpose=draw(text),
        pers_acc=draw(text),
        contract=draw(text),
        category=draw(text),
        service_name=draw(text),
        add_amount=draw(st.none() | st.integers(0, 10**9).map(Money)),
        paym_period=draw(st.none() | st.just("2026-10")),
        counter_id=draw(text),
        quitt_id=draw(text),
        quitt_date=draw(st.none() | st.dates(date(1970, 1, 1))),
    )


@given(codes())
def test_a_strict_reader_finds_the_same(code: Paycode) -> None:
    try:
        encoded = encode(code)
    except (paycodes.PaycodeTooLong, paycodes.PaycodeWithoutSeparator):
        return
    expected = {
        "Name": code.payee.payee_name,
        "PersonalAcc": code.payee.account,
        "BankName": code.payee.bank_name,
        "BIC": code.payee.bic,
        "CorrespAcc": code.payee.correspondent_account,
        "PayeeINN": code.payee.inn,
        "KPP": code.payee.kpp,
        "Sum": str(code.sum.kopecks) if code.sum is not None else None,
        "Purpose": code.purpose,
        "PersAcc": code.pers_acc,
        "Contract": code.contract,
        "Category": code.category,
        "ServiceName": code.service_name,
        "AddAmount": str(code.add_amount.kopecks) if code.add_amount is not None else None,
        "PaymPeriod": "102026" if code.paym_period else None,
        "CounterId": code.counter_id,
        "QuittId": code.quitt_id,
        "QuittDate": code.quitt_date.strftime("%d.%m.%Y") if code.quitt_date else None,
    }
    expected = {key: value for key, value in expected.items() if value}
    assert strict(encoded) == expected
    assert parse(encoded) == parse(encoded.encode()) == expected
    assert len(encoded.encode()) <= paycodes.MAX_BYTES


def test_the_whole_text() -> None:
    code = unified_paycode(
        collection=COLLECTION, number="1234567890", to_pay=Money(125050), period="2026-10", bill_number="В-7"
    )
    assert encode(code) == (
        "ST00012|Name=АО «Пример энергосбыт»|PersonalAcc=40702810600000000001|BankName=Банк ПРИМЕР (АО)"
        "|BIC=047102999|CorrespAcc=30101810300000000999|PayeeINN=8602000002|KPP=860201001|Sum=125050"
        "|Purpose=Оплата ЖКУ, единый л/с 1234567890 за 10.2026|PersAcc=1234567890|PaymPeriod=102026"
        "|QuittId=В-7|TechCode=02"
    )


def test_separator_gives_way() -> None:
    payee = msgspec.structs.replace(COLLECTION, payee_name="АО «Пример | энергосбыт»")
    encoded = encode(Paycode(payee=payee, pers_acc="1"))
    assert encoded.startswith("ST00012~Name=АО «Пример | энергосбыт»~PersonalAcc=")
    every = "!\"#$%&'()*+,-./:;<>?@[\\]^_`{|}~"
    assert encode(Paycode(payee=COLLECTION, purpose=every.replace("%", "")))[7] == "%"
    with pytest.raises(paycodes.PaycodeWithoutSeparator):
        encode(Paycode(payee=COLLECTION, purpose=every))


def test_values_are_cleaned() -> None:
    code = Paycode(
        payee=COLLECTION, purpose=" за\r\nсвет\x00\x1b ", contract="null", category="\n", pers_acc="a=b"
    )
    values = strict(encode(code))
    assert values["Purpose"] == "за свет" and values["PersAcc"] == "a=b"
    assert "Contract" not in values and "Category" not in values
    assert encode(Paycode(payee=COLLECTION, purpose="х\ud800у")).endswith("Purpose=ху")


@pytest.mark.parametrize(
    ("change", "refusal", "key"),
    [
        ({"payee_name": " \n"}, paycodes.PaycodeFieldMissing, "Name"),
        ({"payee_name": "я" * 161}, paycodes.PaycodeFieldWrong, "Name"),
        ({"bank_name": "я" * 46}, paycodes.PaycodeFieldWrong, "BankName"),
        ({"bank_name": ""}, paycodes.PaycodeFieldMissing, "BankName"),
        ({"account": "4070281060000000000"}, paycodes.PaycodeFieldWrong, "PersonalAcc"),
        ({"bic": "04710299"}, paycodes.PaycodeFieldWrong, "BIC"),
        ({"correspondent_account": "3"}, paycodes.PaycodeFieldWrong, "CorrespAcc"),
        ({"inn": "8" * 13}, paycodes.PaycodeFieldWrong, "PayeeINN"),
    ],
)
def test_limits_of_the_payee(change: dict[str, str], refusal: type[Exception], key: str) -> None:
    with pytest.raises(refusal) as caught:
        encode(Paycode(payee=msgspec.structs.replace(COLLECTION, **change)))
    assert caught.value.field == key  # type: ignore[attr-defined]
    assert key in str(caught.value)


def test_limits_of_the_rest() -> None:
    for code in (
        Paycode(payee=COLLECTION, purpose="я" * 211),
        Paycode(payee=COLLECTION, sum=Money(-1)),
        Paycode(payee=COLLECTION, sum=Money(10**18)),
        Paycode(payee=COLLECTION, tech_code="2"),
    ):
        with pytest.raises(paycodes.PaycodeFieldWrong):
            encode(code)
    longest = msgspec.structs.replace(COLLECTION, payee_name="я" * 160, bank_name="я" * 45)
    assert encode(Paycode(payee=longest, purpose="я" * 210, pers_acc="9" * 30))
    with pytest.raises(paycodes.PaycodeTooLong):
        encode(Paycode(payee=longest, purpose="я" * 210, category="я" * 200))


def test_nothing_to_pay_leaves_the_sum_to_the_payer() -> None:
    for to_pay in (ZERO, Money(-500)):
        assert "Sum" not in strict(encode(unified_paycode(collection=COLLECTION, number="1", to_pay=to_pay)))


def test_supplier_collects_itself_or_the_company_for_it() -> None:
    direct = supplier_paycode(
        supplier=SUPPLIER,
        collection=COLLECTION,
        direct=True,
        number="77",
        to_pay=Money(100),
        category="Тепло",
    )
    values = strict(encode(direct))
    assert (values["PersonalAcc"], values["CorrespAcc"], values["PersAcc"]) == (SUPPLIER.account, "0", "77")
    assert "KPP" not in values and "ServiceName" not in values
    assert values["Purpose"] == "Оплата ЖКУ, л/с 77"
    agent = supplier_paycode(
        supplier=SUPPLIER,
        collection=COLLECTION,
        direct=False,
        number="77",
        to_pay=Money(100),
        period="2026-09",
    )
    values = strict(encode(agent))
    assert (values["PersonalAcc"], values["PayeeINN"]) == (COLLECTION.account, COLLECTION.inn)
    assert (values["PersAcc"], values["ServiceName"], values["Sum"]) == ("77", "7707083893", "100")
    assert values["Purpose"] == "Оплата ЖКУ поставщику ИНН 7707083893, л/с 77 за 09.2026"


@pytest.mark.parametrize(("digit", "encoding"), [("1", "cp1251"), ("2", "utf-8"), ("3", "koi8-r")])
def test_three_encodings(digit: str, encoding: str) -> None:
    raw = f"ST0001{digit}|Name=Пример|persacc=12|SUM=100|New=1|PersAcc=13|empty|UIN=".encode(encoding)
    assert parse(raw) == {"Name": "Пример", "PersAcc": "12", "Sum": "100"}


@pytest.mark.parametrize(
    "code",
    [
        "",
        "ST00012",
        "ST00022|Name=1",
        "ST00014|Name=1",
        "ST00012=Name=1",
        "ST00012яName=1",
        "ST000121Name=1",
        "https://qr.nspk.ru/AS10000000000000000000000000TEST?type=01&bank=100000000999&crc=8D9C",
        "ST00012|Name=" + "1" * 4096,
        b"ST00012|Name=\xff",
        b"ST0001",
        b"ST0001\xff|Name=1",
    ],
)
def test_unreadable(code: str | bytes) -> None:
    with pytest.raises(paycodes.PaycodeUnreadable):
        parse(code)


@given(
    st.text(max_size=60) | st.text(max_size=60).map(lambda rest: "ST00012" + rest) | st.binary(max_size=60)
)
def test_reading_refuses_or_answers(code: str | bytes) -> None:
    with contextlib.suppress(paycodes.PaycodeUnreadable):
        parse(code)
