"""Each format is read as it was written, in every encoding; whatever is wrong is told with its line."""

import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.registries import archives, parse, reading
from domain.kernel.money import Money
from domain.payments.registries.agents import Layout
from domain.payments.registries.contracts import Contract, check_layout
from domain.payments.registries.entries import Direction, Expected, whole_faults
from domain.payments.registries.faults import FAULTS_KEPT, TEXTS, FaultCode
from infra.demo.agents import AGENTS, BANK_1C, BANK_CAMT, OWN_ACCOUNT, RAIFFEISEN, SBER, TOCHKA
from infra.demo.registry_files import Paid, camt, one_c, raiffeisen, sberbank, tochka

TODAY = date(2026, 11, 23)
FILES = Path(__file__).parents[1] / "files" / "registries"
MIGRATION = Path(__file__).parents[2] / "infra" / "migrations" / "0045_suspense.sql"
LAYOUTS = {
    code: msgspec.json.decode(text, type=Layout)
    for code, text in re.findall(
        r"VALUES \('([a-z0-9-]+)', '2025-01-01', '(\{\"format.*\})'\);", MIGRATION.read_text()
    )
}
MOSCOW, REGION = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Yekaterinburg")
SUMS = [Money(125_050), Money(100), Money(999_999_999)]


def read(body: bytes, agent=SBER, layout: Layout | None = None, expected: Expected = Expected()):
    found = parse(body, agent, layout or LAYOUTS[agent.layout_code], TODAY)
    return found, [*whole_faults(found, expected), *found.faults]


def codes(body: bytes, agent=SBER, **more) -> list[tuple[int, str, str]]:
    return [(one.line_no, one.field, one.code.value) for one in read(body, agent, **more)[1]]


@pytest.mark.parametrize(
    ("name", "agent"),
    [
        ("sberbank-cp1251.txt", SBER),
        ("sberbank-cp866.txt", SBER),
        ("sberbank-utf8.txt", SBER),
        ("raiffeisen-cp1251.csv", RAIFFEISEN),
        ("raiffeisen-utf8.csv", RAIFFEISEN),
        ("tochka.csv", TOCHKA),
        ("tochka.zip", TOCHKA),
    ],
)
def test_registries_of_agents(name, agent):
    found, faults = read((FILES / name).read_bytes(), agent)
    assert not faults
    assert [one.amount for one in found.entries] == SUMS
    assert [one.account_texts for one in found.entries] == [("7200000011",), ("75ДА533315",), ("Э000000014",)]
    assert [one.operation_id for one in found.entries] == [
        "7101202611180001",
        "7101202611180002",
        "7101202611190003",
    ]
    assert found.entries[1].paid_at == datetime(2026, 11, 18, 23, 40, 1, tzinfo=agent.timezone)
    assert found.fees == Money(1_877)
    if agent is SBER:
        assert [one.period for one in found.entries] == ["2026-10", None, "2026-11"]
        assert found.entries[1].payer.name == 'Ёлкин Пётр "Ильич"'
        assert (found.told.order_number, found.told.order_date) == ("4815", date(2026, 11, 19))


@pytest.mark.parametrize("name", ["1c-windows.txt", "1c-dos.txt", "camt053.xml", "camt053-cp1251.xml"])
def test_statements_of_banks(name):
    agent = BANK_CAMT if name.startswith("camt") else BANK_1C
    found, faults = read((FILES / name).read_bytes(), agent)
    assert not faults
    assert [one.amount for one in found.entries] == SUMS
    assert [one.account_texts for one in found.entries] == [
        ("Д-7200000003",),
        ("Д-7200000005",),
        ("7200000011",),
    ]
    assert {one.paid_at.hour for one in found.entries} == {12}
    assert found.entries[0].payer.name.split()[1][1:-1] == "Кедр"
    assert len({one.operation_id for one in found.entries}) == 3


FIRST, LAST = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-11-22")
TEXT = st.text(st.sampled_from("абвгдеёжзИЙКЛМНопрстуАБВЁ «»\"'-.,0123456789"), max_size=40).map(str.strip)
ROWS = st.lists(
    st.builds(
        Paid,
        at=st.datetimes(FIRST, LAST).map(lambda at: at.replace(microsecond=0)),
        operation=st.uuids().map(lambda one: one.hex),
        account=st.text("0123456789", min_size=6, max_size=12),
        kopecks=st.integers(1, 10**11),
        fee=st.just(0),
        inn=st.just(""),
        purpose=st.just(""),
        name=TEXT,
        address=TEXT,
        period=st.sampled_from(["", "0926", "112026"]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=ROWS, encoding=st.sampled_from(["cp1251", "utf-8"]))
def test_what_is_written_is_read(rows, encoding):
    for agent, write in ((SBER, sberbank), (RAIFFEISEN, raiffeisen), (TOCHKA, tochka)):
        found, faults = read(write(rows, encoding), agent)
        assert not faults
        told = [(one.operation_id, one.account_texts[0], one.amount.kopecks) for one in found.entries]
        assert told == [(one.operation, one.account, one.kopecks) for one in rows]
        assert [one.paid_at.replace(tzinfo=None) for one in found.entries] == [one.at for one in rows]
    for agent, write in ((BANK_1C, one_c), (BANK_CAMT, camt)):
        short = [one._replace(operation=one.operation[:16]) for one in rows]
        found, faults = read(write(short), agent)
        assert not faults
        told = [(one.account_texts[0], one.amount.kopecks, one.paid_at.date()) for one in found.entries]
        assert told == [(one.account, one.kopecks, one.at.date()) for one in rows]


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=400), agent=st.sampled_from(AGENTS))
def test_no_bytes_break_a_reader(body, agent):
    read(body, agent)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), agent=st.sampled_from(AGENTS))
def test_a_damaged_file_breaks_no_reader(data, agent):
    name = {"sber": "sberbank-cp1251.txt", "raif": "raiffeisen-cp1251.csv", "tochka": "tochka.zip"}.get(
        agent.code, "1c-windows.txt" if agent is BANK_1C else "camt053.xml"
    )
    body = bytearray((FILES / name).read_bytes())
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0, 255))
    read(bytes(body[: data.draw(st.integers(1, len(body)))]), agent)


def good(**more) -> Paid:
    told = {"kopecks": 10_000, "fee": 150, "name": "Иванов И. И.", "period": "1026"}
    return Paid(
        datetime.fromisoformat("2026-11-20T12:00"),
        **({"operation": "OP-1", "account": "7200000011"} | told | more),
    )


def lines(*rows: Paid, encoding="utf-8") -> list[str]:
    return sberbank(rows, encoding).decode(encoding).split("\r\n")[:-1]


def joined(written: list[str]) -> bytes:
    return "\r\n".join(written).encode()


def test_every_reason_is_told_with_its_line():
    written = lines(*(good(operation=f"OP-{no}") for no in range(8)))
    written[1] = written[1].replace("20-11-2026", "31-02-2026")
    written[2] = written[2].replace(";100,00;", ";-100,00;")
    written[3] = written[3].replace(";100,00;", ";0;")
    written[4] = written[4].replace("OP-4", "")
    written[5] = written[5].replace(";1026;", ";1326;")
    written[6] = "одно;два"
    written[7] = written[7].replace("20-11-2026", "20-11-2036")
    written[8] = written[8].replace("=8;", "=9;")
    assert codes(joined(written)) == [
        (0, "rows", "count-differs"),
        (0, "amount", "sum-differs"),
        (2, "date", "not-a-date"),
        (3, "amount", "not-above-zero"),
        (4, "amount", "not-above-zero"),
        (5, "operation", "value-missing"),
        (6, "period", "not-a-period"),
        (7, "line", "cells-missing"),
        (8, "date", "date-too-far"),
    ]


def test_the_fee_of_a_wrong_row_counts_where_its_sum_does():
    written = lines(good(operation="OP-1"), good(operation="OP-2"), good(operation="OP-3"))
    written[1] = written[1].replace("20-11-2026", "31-02-2026")
    written[2] = written[2].replace(";100,00;", ";0;")
    found, _ = read(joined(written))
    assert (found.amount, found.fees) == (Money(20_000), Money(300))


def test_faults_of_the_trailer():
    written = lines(good())
    assert codes(joined(written[:1])) == [(0, "trailer", "trailer-missing")]
    assert (3, "trailer", "trailer-twice") in codes(joined([*written, written[1]]))
    assert (3, "line", "after-trailer") in codes(joined([*written, written[0]]))
    assert (2, "rows", "not-a-number") in codes(joined([written[0], written[1].replace("=1;", "=много;")]))
    assert codes(joined([written[0].replace(";1,50", ";2,50"), written[1]])) == [(1, "fee", "fee-wrong")]
    assert codes(b"=0;0;0;0;1;20-11-2026\r\n") == [(0, "rows", "no-rows")]
    assert codes(joined(lines(good(account="1" * 61))))[0] == (1, "account", "too-long")
    assert codes(joined([lines(good())[0].replace("Иванов", "Ива\x01нов")]))[0][2] == "control-character"


def test_control_totals_from_elsewhere():
    body = joined(lines(good()))
    assert not codes(body, expected=Expected(rows=1, amount=Money(10_000)))
    wrong = Expected(rows=2, amount=Money(1))
    assert {code for _, _, code in codes(body, expected=wrong)} == {"expected-count", "expected-sum"}


def test_limits(monkeypatch):
    monkeypatch.setattr(reading, "ROWS_MAX", 2)
    body = joined(lines(*(good(operation=f"OP-{no}") for no in range(3))))
    assert (0, "rows", "too-many-rows") in codes(body)
    assert (1, "line", "line-too-long") in codes(joined(lines(good(name="я" * 9_000))))
    many = joined(["x"] * (FAULTS_KEPT + 50))
    found, _ = read(many)
    assert (len(found.faults), found.faults_count) == (FAULTS_KEPT, FAULTS_KEPT + 51)
    monkeypatch.setattr(archives, "UNPACKED_MAX_BYTES", 10)
    assert codes((FILES / "tochka.zip").read_bytes(), TOCHKA)


def test_refunds_are_told_and_not_money_in():
    body = raiffeisen([good(), good(operation="OP-2")]).decode("cp1251")
    head, first, second, _ = body.strip().split("\r\n")
    back = second.replace("Оплата;o-OP-2;", "Возврат;o-OP-2;R-7").replace(";100,00;", ";-100,00;")
    text = "\r\n".join([head, first, back, "Итого;;;;;;;;;0,00;1,50;"])
    found, faults = read(text.encode("cp1251"), RAIFFEISEN)
    assert not faults
    assert [(one.direction, one.operation_id) for one in found.entries] == [
        (Direction.IN, "OP-1"),
        (Direction.OUT, "R-7"),
    ]
    assert (found.amount, found.out) == (Money(10_000), Money(10_000))
    assert codes(text.replace("Возврат", "Удержание").encode("cp1251"), RAIFFEISEN)[-2][2] == "kind-unknown"
    assert codes(text.replace("Комиссия", "Сбор").encode("cp1251"), RAIFFEISEN) == [
        (1, "heading", "heading-missing")
    ]


def test_statements_are_held_to_their_balances():
    body = one_c([good(operation="7", account="Д-7200000003")]).decode("cp1251")
    for old, new, code in (
        ("КонечныйОстаток=100100.00", "КонечныйОстаток=100099.00", "balance-differs"),
        ("ВсегоПоступило=100.00", "ВсегоПоступило=99.00", "sum-differs"),
        ("ВсегоСписано=0.00", "ВсегоСписано=1.00", "out-differs"),
        ("Сумма=100.00", "Сумма=-100.00", "not-above-zero"),
        ("КонецФайла", "", "trailer-missing"),
        ("КонецДокумента", "", "unreadable"),
        (f"ПолучательСчет={OWN_ACCOUNT}", "ПолучательСчет=1", "other-account"),
        ("1CClientBankExchange", "Выписка", "unreadable"),
    ):
        assert old in body
        told = {one[2] for one in codes(body.replace(old, new).encode("cp1251"), BANK_1C)}
        assert code in told, (old, told)


def test_camt_is_held_to_its_totals():
    body = camt([good(account="Д-7200000003")]).decode()
    for old, new, code in (
        ("<Sum>100.00", "<Sum>99.00", "sum-differs"),
        ("<NbOfNtries>1", "<NbOfNtries>2", "count-differs"),
        ('Ccy="RUB">100.00', 'Ccy="USD">100.00', "other-currency"),
        ("<Dt>2026-11-20", "<Dt>2026-11-32", "not-a-date"),
        (OWN_ACCOUNT, "4" * 20, "other-account"),
        ("BkToCstmrStmt", "BkToCstmrDbt", "unreadable"),
        ("<Document", "<!DOCTYPE a [<!ENTITY b 'c'>]><Document", "unreadable"),
    ):
        assert old in body
        told = {one[2] for one in codes(body.replace(old, new).encode(), BANK_CAMT)}
        assert code in told, (old, told)


def test_entries_gathered_by_the_bank_are_its_sum():
    one, two = (
        f"<TxDtls><Refs><TxId>{no}</TxId></Refs><Amt Ccy='RUB'>{amount}</Amt>"
        f"<RmtInf><Ustrd>л/с 720000001{no}</Ustrd></RmtInf></TxDtls>"
        for no, amount in ((1, "60.00"), (2, "40.00"))
    )
    body = camt([good()]).decode()
    gathered = re.sub(r"<TxDtls>.*</TxDtls>", one + two, body)
    found, faults = read(gathered.encode(), BANK_CAMT)
    assert not faults
    assert [(row.operation_id, row.account_texts, row.amount.kopecks) for row in found.entries] == [
        ("OP-1#1", ("7200000011",), 6_000),
        ("OP-1#2", ("7200000012",), 4_000),
    ]
    assert codes(gathered.replace("60.00", "61.00").encode(), BANK_CAMT)[0][2] == "sum-differs"


def test_a_new_bank_is_a_row_of_data():
    told = b"""{"valid_from": "2026-11-01", "layout_code": "post", "layout": {"format": "delimited",
        "separator": ",", "has_headings": true, "is_quoted": true, "encodings": ["cp866"],
        "date_format": "%d.%m.%y", "columns": {"date": "dt", "operation": "id", "account": "ls",
        "amount": "summa", "payer-name": "fio"}, "trailer": {"prefix": "ITOGO", "columns": {"rows": 2,
        "amount": "summa"}}}}"""
    contract = msgspec.json.decode(told, type=Contract).checked()
    body = 'dt,id,ls,fio,summa\n20.11.26,A1,л/с 7200000011,"Ёж, Олег","1 250,50"\nITOGO,1,,,1250.5\n'
    found, faults = read(body.encode("cp866"), SBER, contract.layout)
    assert not faults
    [entry] = found.entries
    assert (entry.account_texts, entry.amount, entry.payer.name) == (
        ("7200000011",),
        Money(125_050),
        "Ёж, Олег",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"columns": {}},
        {"columns": {"operation": "id", "amount": 1, "date": 2}},
        {"account_in_purpose": ("[",)},
        {"account_in_purpose": ("no group",)},
    ],
)
def test_a_layout_nobody_could_read_by_is_refused(change):
    with pytest.raises(ValueError, match=r"."):
        check_layout(msgspec.convert(msgspec.to_builtins(LAYOUTS["sberbank"]) | change, Layout))


def test_every_fault_has_words():
    assert set(TEXTS) == set(FaultCode)
    for layout in LAYOUTS.values():
        check_layout(layout)
