"""Numbers of the tax service, banks and GIS ZhKKh. Real ones are of public organisations."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import requisites
from domain.accounts.gis_ids import (
    WrongGisAccount,
    WrongGisDocument,
    WrongGisService,
    gis_account,
    gis_document,
    gis_service,
)
from domain.accounts.requisites import BankDetails
from domain.kernel.errors import Invalid

DETAILS = BankDetails(
    payee_name="АО «Пример энергосбыт»",
    inn="8602000002",
    kpp="860201001",
    bank_name="Банк ПРИМЕР (АО)",
    bic="047102999",
    account="40702810600000000001",
    correspondent_account="30101810300000000999",
)
digits = st.text("0123456789", min_size=19, max_size=19)


@pytest.mark.parametrize("value", ["7707083893", "7710140679", "500100732259", " 8602000002\n"])
def test_inn(value: str) -> None:
    assert requisites.inn(value) == value.strip()


@pytest.mark.parametrize(
    "value", ["", "7707083894", "500100732258", "500100732269", "770708389", "77070838.3", "٧٧٠٧٠٨٣٨٩٣"]
)
def test_wrong_inn(value: str) -> None:
    with pytest.raises(requisites.WrongInn) as refusal:
        requisites.inn(value, field="supplier.inn")
    assert refusal.value.field == "supplier.inn"


@given(st.text("0123456789", min_size=9, max_size=10), st.integers(0, 11), st.integers(1, 9))
def test_an_inn_is_made_right_and_one_wrong_digit_mostly_shows(prefix: str, place: int, add: int) -> None:
    made = requisites.inn_with_check_digits(prefix)
    assert requisites.inn(made) == made
    if place >= len(prefix) and place < len(made):  # a check digit is never two
        wrong = made[:place] + str((int(made[place]) + add) % 10) + made[place + 1 :]
        with pytest.raises(requisites.WrongInn):
            requisites.inn(wrong)


@pytest.mark.parametrize("value", ["773601001", "7736AZ001"])
def test_kpp(value: str) -> None:
    assert requisites.kpp(value) == value


@pytest.mark.parametrize("value", ["77360100", "7736az001", "A73601001", "77360100A", "7736АВ001"])
def test_wrong_kpp(value: str) -> None:
    with pytest.raises(requisites.WrongKpp):
        requisites.kpp(value)


def test_ogrn() -> None:
    assert requisites.ogrn("1027700132195") == "1027700132195"
    for wrong in ("1027700132196", "102770013219", "304500116000156", ""):
        with pytest.raises(requisites.WrongOgrn):
            requisites.ogrn(wrong)


def test_correspondent_account() -> None:
    assert requisites.correspondent_account("30101810400000000225", "044525225")
    assert requisites.correspondent_account("0", "044525225") == "0"
    for wrong in ("30101810500000000225", "3010181040000000022", "00", ""):
        with pytest.raises(requisites.WrongCorrespondentAccount):
            requisites.correspondent_account(wrong, "044525225")


@given(
    st.sampled_from(["044525225", "047102999", "047102001", "044525000"]),
    digits,
    st.integers(0, 19),
    st.integers(1, 9),
)
def test_one_wrong_digit_of_an_account_always_shows(bic: str, start: str, place: int, add: int) -> None:
    """7, 1 and 3 have no common divisor with 10, so no single slip cancels out."""
    made = requisites.account_with_check_digit(bic, start)
    assert requisites.bank_account(made, bic) == made
    wrong = made[:place] + str((int(made[place]) + add) % 10) + made[place + 1 :]
    with pytest.raises(requisites.WrongBankAccount):
        requisites.bank_account(wrong, bic)
    own = requisites.correspondent_account_with_check_digit(bic, start)
    assert requisites.correspondent_account(own, bic) == own


def test_details_are_checked_and_trimmed() -> None:
    assert DETAILS.checked() == DETAILS
    loose = msgspec.structs.replace(DETAILS, payee_name="  АО «Пример энергосбыт» ", bic="047102999 ")
    assert loose.checked() == DETAILS
    assert msgspec.structs.replace(DETAILS, kpp=None).checked().kpp is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("payee_name", " "),
        ("payee_name", "Я" * 161),
        ("inn", "8602000003"),
        ("kpp", ""),
        ("bank_name", "Б" * 46),
        ("bic", "04710299"),
        ("account", "40702810700000000001"),
        ("correspondent_account", ""),
    ],
)
def test_wrong_details_name_the_field(field: str, value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        msgspec.structs.replace(DETAILS, **{field: value}).checked(at="details.")
    assert refusal.value.field == f"details.{field}"


def test_old_details_load_as_they_are() -> None:
    raw = msgspec.json.encode(msgspec.structs.replace(DETAILS, account="1"))
    assert msgspec.json.decode(raw, type=BankDetails).account == "1"


@pytest.mark.parametrize("value", ["75да533315", "75ДА533315", " 75дa533315 "])
def test_gis_account_in_any_letters(value: str) -> None:
    assert gis_account(value) == "75ДА533315"


def test_gis_ids() -> None:
    assert gis_service("50aa123456-01") == "50АА123456-01"
    assert gis_document("50АА123456-01-6A01") == "50АА123456-01-6A01"
    assert gis_document("50aa123456-01-6a01", tail="[0-9][1-9A-C][0-9A-Z]{2}") == "50АА123456-01-6A01"


def test_wrong_gis_ids() -> None:
    for wrong in ("75533315", "7ДА5533315", "75DF533315", "75ДА53331", ""):
        with pytest.raises(WrongGisAccount):
            gis_account(wrong)
    for wrong in ("50АА12345601", "50АА123456-1", "50АА123456-0А"):
        with pytest.raises(WrongGisService):
            gis_service(wrong)
    with pytest.raises(WrongGisDocument):
        gis_document("50АА123456-01-6A0")
    with pytest.raises(WrongGisDocument):
        gis_document("50АА123456-01-6D01", tail="[0-9][1-9A-C][0-9A-Z]{2}")
    with pytest.raises(WrongGisDocument):
        gis_document("50АА123456-0106A01-", tail="....")
