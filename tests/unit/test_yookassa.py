"""YooKassa's wire: amounts to the kopeck, answers read leniently, notices believed in nothing but ids."""

import json
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.yookassa import wire
from adapters.yookassa.notices import MOST_BYTES, from_provider, notice_subject, our_ids
from adapters.yookassa.provider import idempotence_key, new_payment, provider_payment
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import ZERO, Money
from domain.payments.provider import Confirmation, NoticeSubject, ProviderState
from tests.sandboxes import wanted

ACCOUNT = "018f4c1e-0000-7000-8000-000000000001"
PAYMENT = "018f4c1e-0000-7000-8000-000000000002"

SUCCEEDED = """{
  "id": "2e0a1b2c-000f-5000-8000-1a2b3c4d5e6f", "status": "succeeded", "paid": true,
  "amount": {"value": "1250.50", "currency": "RUB"}, "income_amount": {"value": "1244.40", "currency": "RUB"},
  "created_at": "2026-11-22T10:00:00.123Z", "captured_at": "2026-11-22T13:05:06.789+03:00",
  "description": "Оплата", "test": false, "refundable": true,
  "refunded_amount": {"value": "0.50", "currency": "RUB"},
  "recipient": {"account_id": "100500", "gateway_id": "100700"},
  "payment_method": {"type": "sbp", "id": "2e0a1b2c-000f-5000-8000-1a2b3c4d5e6f", "saved": false,
    "sbp_operation_id": "0123456789ABCDEF0123456789ABCDEF",
    "payer_bank_details": {"bank_id": "100000000111", "bic": "044525225"}},
  "metadata": {"account_id": "<account>", "payment_id": "<payment>", "attempt": "1"},
  "something_that_comes_later": {"deep": [1, 2, 3]}
}""".replace("<account>", ACCOUNT).replace("<payment>", PAYMENT)

CANCELED = """{
  "id": "2e0a1b2c-000f-5000-8000-1a2b3c4d5e6f", "status": "canceled", "paid": false, "test": true,
  "amount": {"value": "0.01", "currency": "RUB"}, "created_at": "2026-11-22T10:00:00Z", "refundable": false,
  "cancellation_details": {"party": "who_is_it", "reason": "a_reason_of_tomorrow"},
  "payment_method": {"type": "a_method_of_tomorrow"},
  "confirmation": {"type": "hologram"}, "metadata": {"cms_name": "другая система"}
}"""

PENDING = """{
  "id": "2e0a1b2c-000f-5000-8000-1a2b3c4d5e6f", "status": "pending", "paid": false, "test": true,
  "amount": {"value": "100.00", "currency": "RUB"}, "created_at": "2026-11-22T10:00:00.000Z",
  "recipient": {"account_id": "100500", "gateway_id": "100700"}, "refundable": false,
  "confirmation": {"type": "redirect", "confirmation_url": "https://yoomoney.ru/checkout/1"}
}"""


def read(text):
    return provider_payment(msgspec.json.decode(text, type=wire.Payment))


@given(st.integers(0, 10**15))
@example(0)
@example(1)
@example(70_000_000)
def test_amounts_travel_to_the_kopeck(kopecks):
    assert wire.money_of(wire.value_of(Money(kopecks))) == Money(kopecks)
    assert wire.value_of(Money(kopecks)) == f"{kopecks // 100}.{kopecks % 100:02d}"


@given(st.text("0123456789.,-+eE \n٣", max_size=12))
@example("1250.5")
@example("1250")
@example("1,250.50")
@example("-1.00")
@example("01.00")
@example("1.00\n")
@example(".50")
@example("1e2.00")
@example("٣.00")
@example("9" * 40 + ".00")
def test_nothing_else_is_an_amount(text):
    try:
        money = wire.money_of(text)
    except wire.BadAmount:
        return
    assert wire.value_of(money) == text


def test_a_negative_sum_does_not_travel():
    with pytest.raises(wire.BadAmount):
        wire.value_of(Money(-1))


def test_reads_a_payment_that_succeeded():
    payment = read(SUCCEEDED)
    assert (payment.state, payment.amount) == (ProviderState.SUCCEEDED, Money(125050))
    assert payment.paid_at.isoformat() == "2026-11-22T13:05:06.789000+03:00"
    assert (payment.account_id, payment.payment_id) == (UUID(ACCOUNT), UUID(PAYMENT))
    assert payment.sbp_operation_id == "0123456789ABCDEF0123456789ABCDEF"
    assert (payment.refunded, payment.shop_id, payment.test) == (Money(50), "100500", False)
    assert (payment.method, payment.confirmation, payment.cancel_reason) == ("sbp", None, None)


def test_values_of_tomorrow_break_nothing():
    payment = read(CANCELED)
    assert payment.state is ProviderState.CANCELED
    assert (payment.cancel_party, payment.cancel_reason) == ("who_is_it", "unknown")
    assert (payment.method, payment.confirmation) == ("a_method_of_tomorrow", None)
    assert (payment.account_id, payment.payment_id, payment.refunded) == (None, None, ZERO)
    strange = read(CANCELED.replace('"canceled"', '"a_status_of_tomorrow"'))
    assert strange.state is ProviderState.PENDING


def test_reads_where_the_payer_goes_on():
    url = Confirmation(type="redirect", url="https://yoomoney.ru/checkout/1")
    assert read(PENDING).confirmation == url
    by_qr = '{"type": "qr", "confirmation_data": "https://qr.nspk.ru/AD1?crc=1"}'
    text = PENDING.replace(
        '{"type": "redirect", "confirmation_url": "https://yoomoney.ru/checkout/1"}', by_qr
    )
    assert read(text).confirmation == Confirmation(type="qr", data="https://qr.nspk.ru/AD1?crc=1")


def test_a_wrong_amount_is_told_apart():
    with pytest.raises(wire.BadAmount):
        read(PENDING.replace("100.00", "100"))


def test_the_key_takes_64_characters_and_all_three_parts():
    one, two = uuid4(), uuid4()
    keys = {
        idempotence_key(AccountId(account), PaymentId(payment), attempt)
        for account in (one, two)
        for payment in (one, two)
        for attempt in (1, 2)
    }
    assert len(keys) == 8
    assert {len(key) for key in keys} == {64}


def test_the_request_as_it_travels():
    order = wanted(service_id="6010000000001", account_number="1234567890")
    sent = json.loads(msgspec.json.encode(new_payment(order)))
    assert sent["capture"] is True
    assert sent["payment_method_data"] == {"type": "sbp"}
    assert sent["metadata"] == {
        "account_id": str(order.account_id),
        "payment_id": str(order.payment_id),
        "attempt": "1",
    }
    assert sent["amount"] == sent["payment_order"]["amount"] == {"value": "1250.50", "currency": "RUB"}
    assert sent["payment_order"]["type"] == "utilities"
    assert sent["payment_order"]["payment_period"] == {"month": 10, "year": 2026}
    assert sent["payment_order"]["service_id"] == "6010000000001"


def test_texts_are_cut_to_their_limits_and_absences_left_out():
    order = wanted(description="д" * 500, purpose="п" * 500, payer_ip=None)
    sent = json.loads(msgspec.json.encode(new_payment(order)))
    assert len(sent["description"]) == 128
    assert len(sent["payment_order"]["payment_purpose"]) == 210
    assert "client_ip" not in sent
    assert "service_id" not in sent["payment_order"]


def notice(event="payment.succeeded", **object):
    return json.dumps({"type": "notification", "event": event, "object": object}).encode()


def test_the_subject_of_a_notice():
    metadata = {"account_id": ACCOUNT, "payment_id": PAYMENT}
    subject = notice_subject(notice(id=PAYMENT, status="succeeded", metadata=metadata))
    assert subject == NoticeSubject(
        event="payment.succeeded",
        provider_payment_id=PAYMENT,
        account_id=AccountId(UUID(ACCOUNT)),
        payment_id=PaymentId(UUID(PAYMENT)),
    )
    refund = notice_subject(notice("refund.succeeded", id=ACCOUNT, payment_id=PAYMENT))
    assert refund == NoticeSubject(event="refund.succeeded", provider_payment_id=PAYMENT)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"not json",
        b"\xff",
        b"[" * 50_000,
        notice("payout.succeeded", id=PAYMENT),
        notice("payment", id=PAYMENT),
        notice(id="short"),
        notice(id=1),
        notice("refund.succeeded", id=PAYMENT),
        notice(id=PAYMENT).replace(b"notification", b"greeting"),
        b" " * MOST_BYTES + notice(id=PAYMENT),
    ],
)
def test_what_is_no_notice(raw):
    assert notice_subject(raw) is None


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_notices(raw):
    notice_subject(raw)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        {"account_id": ACCOUNT},
        {"account_id": ACCOUNT, "payment_id": 7},
        {"account_id": "x", "payment_id": "y"},
    ],
)
def test_metadata_of_others_is_nobodys(metadata):
    assert our_ids(metadata) == (None, None)


@pytest.mark.parametrize(
    ("ip", "theirs"),
    [
        ("185.71.76.0", True),
        ("185.71.76.31", True),
        ("185.71.76.32", False),
        ("77.75.156.11", True),
        ("77.75.156.12", False),
        ("77.75.154.127", False),
        ("77.75.154.128", True),
        ("2a02:5180:0:1509::7", True),
        ("2a02:5181::1", False),
        ("::ffff:185.71.77.5", True),
        ("127.0.0.1", False),
        ("", False),
        ("185.71.76.1, 10.0.0.1", False),
    ],
)
def test_where_notices_come_from(ip, theirs):
    assert from_provider(ip) is theirs


def test_networks_can_be_others():
    assert from_provider("127.0.0.1", ["127.0.0.0/8"])
    assert not from_provider("185.71.76.1", [])
