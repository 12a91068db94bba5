import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.money import Money
from domain.payments.sbp_links import SbpLinkDamaged, SbpLinkKind, WrongSbpLink, crc, parse, with_crc

DYNAMIC = "https://qr.nspk.ru/AD10000000000000000000000000TEST?type=02&bank=100000000999&sum=125050&cur=RUB"
STATIC = "https://qr.nspk.ru/AS10000000000000000000000000TEST?type=01&bank=100000000999"
CASH_REGISTER = "https://qr.nspk.ru/AS1R000000000000000000000000TEST?type=01&bank=100000000999"


def slow_crc(text: str) -> str:
    """The definition, bit by bit."""
    rest = 0xFFFF
    for byte in text.encode("ascii"):
        rest ^= byte << 8
        for _ in range(8):
            rest = ((rest << 1) ^ 0x1021 if rest & 0x8000 else rest << 1) & 0xFFFF
    return f"{rest:04X}"


@pytest.mark.parametrize(
    ("text", "checksum"),
    [("123456789", "29B1"), (DYNAMIC, "5FB9"), (STATIC, "8D9C"), (CASH_REGISTER, "FDBB")],
)
def test_known_checksums(text: str, checksum: str) -> None:
    assert crc(text) == slow_crc(text) == checksum


@given(st.text(st.characters(max_codepoint=127), max_size=200))
def test_checksum_is_the_definition(text: str) -> None:
    assert crc(text) == slow_crc(text)


def test_kinds() -> None:
    link = parse(with_crc(DYNAMIC))
    assert (link.kind, link.sum, link.bank) == (SbpLinkKind.DYNAMIC, Money(125050), "100000000999")
    assert link.qrc_id == "AD10000000000000000000000000TEST"
    assert link.url == f"{DYNAMIC}&crc=5FB9"
    assert (parse(with_crc(STATIC)).kind, parse(with_crc(STATIC)).sum) == (SbpLinkKind.STATIC, None)
    assert parse(with_crc(CASH_REGISTER)).kind == SbpLinkKind.CASH_REGISTER


def test_a_parameter_of_tomorrow_is_left_alone() -> None:
    assert parse(with_crc(f"{STATIC}&redirect=1")).bank == "100000000999"


@given(st.sampled_from([DYNAMIC, STATIC, CASH_REGISTER]), st.data())
def test_any_changed_byte_is_found(url: str, data: st.DataObject) -> None:
    whole = with_crc(url).encode()
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[place]))
    changed = whole[:place] + bytes([byte]) + whole[place + 1 :]
    with pytest.raises(WrongSbpLink):
        parse(changed.decode("latin-1"))


def test_a_damaged_link_is_told_from_a_foreign_one() -> None:
    with pytest.raises(SbpLinkDamaged):
        parse(f"{DYNAMIC}&crc=5FB8")
    with pytest.raises(SbpLinkDamaged):
        parse(f"{DYNAMIC}&crc=5fb9")


@pytest.mark.parametrize(
    "url",
    [
        "",
        DYNAMIC,
        with_crc("https://qr.nspk.example/AD10000000000000000000000000TEST?type=02&bank=100000000999"),
        with_crc(DYNAMIC.replace("type=02", "type=01")),
        with_crc(STATIC.replace("type=01", "type=02")),
        with_crc(STATIC.replace("type=01", "type=03")),
        with_crc(STATIC.replace("TEST", "TESZ")),
        with_crc(STATIC.replace("100000000999", "1000")),
        with_crc(f"{STATIC}&bank=100000000998"),
        with_crc(f"{STATIC}&sum=1"),
        with_crc(f"{STATIC}&sum=0&cur=RUB"),
        with_crc(f"{STATIC}&sum=1.50&cur=RUB"),
        with_crc(f"{STATIC}&sum=100&cur=USD"),
        with_crc(f"{STATIC}&x={'0' * 500}"),
    ],
)
def test_what_is_no_link(url: str) -> None:
    with pytest.raises(WrongSbpLink):
        parse(url)
