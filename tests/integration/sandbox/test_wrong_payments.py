"""The sandbox takes what the documented API takes, and names the field of what it does not."""

import pytest

from infra.sandbox.peers_shop import payment_order
from tests.sandboxes import SHOP, opened, order, receipt


def payee(**more):
    return payment_order()["recipient"] | more


def bank(**more):
    return payee(bank=payee()["bank"] | more)


def item(**more):
    return receipt() | {"items": [receipt()["items"][0] | more]}


def period(month, year=2026):
    return {"payment_period": {"month": month, "year": year}}


WRONG_VALUES = ["1250", "1250.5", "1250,50", "1 250.50", "-1.00", "01.00", "0.00", "1.00\n", "1e2.00", "٣.00"]

TOO_LONG = "https://a/" + "b" * 2048

WRONG = [
    ("amount", {"amount": None}),
    ("amount.value", {"amount": {"currency": "RUB"}}),
    ("amount.value", {"amount": {"value": 1250.5, "currency": "RUB"}}),
    *(("amount.value", {"amount": {"value": value, "currency": "RUB"}}) for value in WRONG_VALUES),
    ("amount.currency", {"amount": {"value": "1250.50", "currency": "USD"}}),
    ("amount.kopecks", {"amount": {"value": "1250.50", "currency": "RUB", "kopecks": 1}}),
    ("unheard_of", {"unheard_of": 1}),
    ("description", {"description": "д" * 129}),
    ("merchant_customer_id", {"merchant_customer_id": "x" * 201}),
    ("metadata", {"metadata": {str(no): "x" for no in range(17)}}),
    ("metadata", {"metadata": {"k" * 33: "x"}}),
    ("metadata", {"metadata": {"k": "x" * 513}}),
    ("metadata", {"metadata": {"k": 1}}),
    ("client_ip", {"client_ip": "300.1.1.1"}),
    ("capture", {"capture": False}),
    ("capture", {"capture": None}),
    ("capture", {"capture": "yes"}),
    ("payment_method_data.type", {"payment_method_data": {"type": "barter"}}),
    ("payment_method_data.type", {"payment_method_data": {"type": "cash"}}),
    ("payment_method_data.phone", {"payment_method_data": {"type": "sberbank", "phone": "+7 900"}}),
    ("confirmation", {"confirmation": None}),
    ("confirmation.return_url", {"confirmation": {"type": "redirect"}}),
    ("confirmation.return_url", {"confirmation": {"type": "redirect", "return_url": "no address"}}),
    ("confirmation.return_url", {"confirmation": {"type": "redirect", "return_url": TOO_LONG}}),
    ("confirmation.type", {"confirmation": {"type": "telepathy"}}),
    ("confirmation.type", {"confirmation": {"type": "qr"}, "payment_method_data": {"type": "bank_card"}}),
    ("confirmation.locale", {"confirmation": {"type": "qr", "locale": "ru"}}),
    ("payment_order", {"payment_order": None}),
    ("payment_order.type", {"payment_order": payment_order(type="taxes")}),
    ("payment_order.amount", {"payment_order": payment_order("1250.51")}),
    ("payment_order.payment_purpose", {"payment_order": payment_order(payment_purpose="п" * 211)}),
    ("payment_order.payment_purpose", {"payment_order": payment_order(payment_purpose="")}),
    ("payment_order.recipient.inn", {"payment_order": payment_order(recipient=payee(inn="860200000212"))}),
    ("payment_order.recipient.kpp", {"payment_order": payment_order(recipient=payee(kpp=None))}),
    ("payment_order.recipient.bank.name", {"payment_order": payment_order(recipient=bank(name="б" * 46))}),
    ("payment_order.recipient.bank.bic", {"payment_order": payment_order(recipient=bank(bic="47102999"))}),
    ("payment_order.recipient.bank.account", {"payment_order": payment_order(recipient=bank(account="40"))}),
    ("payment_order.payment_period.month", {"payment_order": payment_order(**period(13))}),
    ("payment_order.payment_period.year", {"payment_order": payment_order(**period(1, 2051))}),
    ("payment_order.payment_period.year", {"payment_order": payment_order(payment_period={"month": 1})}),
    ("payment_order.kbk", {"payment_order": payment_order(kbk="00")}),
    ("payment_order.oktmo", {"payment_order": payment_order(oktmo="123456789")}),
    ("payment_order", {"payment_order": payment_order(unified_account_number=None)}),
    ("payment_order.unified_account_number", {"payment_order": payment_order(unified_account_number="1")}),
    ("payment_order.account_number", {"payment_order": payment_order(account_number="1" * 31)}),
    ("payment_order.account_number", {"payment_order": payment_order(account_number="---")}),
    ("payment_order.service_id", {"payment_order": payment_order(service_id="1" * 12)}),
    ("payment_order.payment_document_id", {"payment_order": payment_order(payment_document_id="1" * 17)}),
    ("receipt.items", {"receipt": receipt("1250.49")}),
    ("receipt.items", {"receipt": receipt() | {"items": []}}),
    ("receipt.items", {"receipt": receipt() | {"items": receipt()["items"] * 101}}),
    ("receipt.customer", {"receipt": receipt() | {"customer": {"full_name": "Иванов"}}}),
    ("receipt.customer.email", {"receipt": receipt() | {"customer": {"email": "nobody"}}}),
    ("receipt.items[0].vat_code", {"receipt": item(vat_code=13)}),
    ("receipt.items[0].quantity", {"receipt": item(quantity="0")}),
    ("receipt.items[0].quantity", {"receipt": item(quantity="1.0001")}),
    ("receipt.items[0].description", {"receipt": item(description="о" * 129)}),
    ("receipt.items[0].measure", {"receipt": item(measure="verst")}),
    ("receipt.tax_system_code", {"receipt": receipt() | {"tax_system_code": 7}}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "more"), WRONG)
async def test_refuses_a_payment_that_is_wrong_in_one_field(sandbox, field, more):
    answer = await sandbox.ask("POST", "/payments", json=order(**more))
    error = answer.json()
    assert (answer.status_code, error["type"], error["code"]) == (400, "error", "invalid_request"), error
    assert error["parameter"].replace("[...]", "[0]") == field, error
    assert len(error["id"]) == 36


FORBIDDEN = [
    {"payment_method_data": {"type": "bank_card", "card": {"number": "2200"}}},
    {"payment_method_data": None, "payment_token": "token"},
    {"confirmation": {"type": "embedded"}},
    {"transfers": [{"account_id": "1"}]},
]


@pytest.mark.parametrize("more", FORBIDDEN)
async def test_forbids_what_the_shop_may_not(sandbox, more):
    answer = await sandbox.ask("POST", "/payments", json=order(**more))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


RIGHT = [
    {},
    {"metadata": None, "description": None},
    {"payment_method_data": None},
    {"payment_method_data": {"type": "bank_card"}, "capture": False},
    {"client_ip": "2a02::1", "merchant_customer_id": "x" * 200, "description": "д" * 128},
    {"metadata": {"k" * 32: "x" * 512} | {str(no): "" for no in range(15)}},
    {"receipt": receipt()},
    {"receipt": item(quantity="0.500", amount={"value": "2501.00", "currency": "RUB"})},
    {
        "payment_order": payment_order(
            payment_purpose="п" * 210, kbk="0", oktmo="71876000", service_id="1" * 13
        )
    },
    {"payment_order": payment_order(unified_account_number=None, account_number="л/с 1")},
]


@pytest.mark.parametrize("more", RIGHT)
async def test_takes_a_payment_at_its_limits(sandbox, more):
    payment = await sandbox.created(**more)
    assert (payment["status"], payment["paid"], payment["test"]) == ("pending", False, True)
    assert payment["recipient"]["account_id"] == SHOP


@pytest.mark.parametrize(
    ("value", "status"), [("0.99", 400), ("1.00", 200), ("700000.00", 200), ("700000.01", 400)]
)
async def test_sbp_has_its_limits(sandbox, value, status):
    body = order(value, payment_order=payment_order(value))
    assert (await sandbox.ask("POST", "/payments", json=body)).status_code == status


async def test_a_shop_of_another_kind_needs_no_payment_order(tmp_path):
    async with opened(tmp_path, utilities=False) as sandbox:
        assert (await sandbox.created(payment_order=None))["status"] == "pending"
