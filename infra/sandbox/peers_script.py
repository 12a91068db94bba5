"""Runs inside the SDK's own environment: every call a shop makes, through the official SDK.

Arguments: the sandbox's address, shop id, secret key, OAuth token.
"""

import queue
import sys
import uuid
from collections.abc import Callable
from typing import Any

from yookassa import (  # type: ignore[import-not-found]  # it lives in an environment of its own
    Configuration,
    Payment,
    Receipt,
    Refund,
    SbpBanks,
    Settings,
    Webhook,
)
from yookassa.domain.exceptions import (  # type: ignore[import-not-found]
    BadRequestError,
    ForbiddenError,
    InternalServerError,
    NotFoundError,
    ResponseProcessingError,
    TooManyRequestsError,
    UnauthorizedError,
)
from yookassa.domain.notification import WebhookNotificationFactory  # type: ignore[import-not-found]

from infra.sandbox import peers_shop
from infra.sandbox.peers_shop import order, receipt

URL, SHOP, SECRET, TOKEN = sys.argv[1:5]
HEARD: "queue.Queue[dict[str, Any]]" = queue.Queue()
Step = Callable[[], None]
STEPS: list[Step] = []


def step(function: Step) -> Step:
    STEPS.append(function)
    return function


def as_shop() -> None:
    Configuration.configure(SHOP, SECRET, api_url=f"{URL}/v3")


def paid(value: str = "1250.50", **more: Any) -> str:
    payment = Payment.create(order(value, **more))
    peers_shop.play(URL, payment.id)
    return str(payment.id)


def raises(kind: type[Exception], call: Callable[[], Any]) -> Any:
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected")


@step
def me() -> None:
    shop = Settings.get_account_settings()
    assert shop.account_id == SHOP and shop.test is True and "sbp" in shop.payment_methods


@step
def wrong_key() -> None:
    Configuration.configure(SHOP, "wrong", api_url=f"{URL}/v3")
    error = raises(UnauthorizedError, Settings.get_account_settings)
    assert error.content["code"] == "invalid_credentials"
    as_shop()


@step
def create_by_redirect() -> None:
    payment = Payment.create(order())
    assert payment.status == "pending" and len(payment.id) == 36
    assert payment.confirmation.confirmation_url.startswith(URL)
    assert str(payment.amount.value) == "1250.50" and payment.test is True


@step
def create_by_qr() -> None:
    payment = Payment.create(order(confirmation={"type": "qr"}))
    assert payment.confirmation.confirmation_data.startswith("https://qr.nspk.ru/AD10")


@step
def create_by_card() -> None:
    payment = Payment.create(order(payment_method_data={"type": "bank_card"}))
    peers_shop.play(URL, payment.id)
    done = Payment.find_one(payment.id)
    assert done.payment_method.card.last4 == "0004" and done.authorization_details.rrn


@step
def create_with_receipt() -> None:
    payment = Payment.find_one(paid(receipt=receipt()))
    assert payment.receipt_registration in {"pending", "succeeded"}


@step
def same_key_same_payment() -> None:
    wanted, key = order(), str(uuid.uuid4())
    assert Payment.create(dict(wanted), key).id == Payment.create(dict(wanted), key).id


@step
def same_key_other_content() -> None:
    key = str(uuid.uuid4())
    Payment.create(order(), key)
    error = raises(BadRequestError, lambda: Payment.create(order("7.00"), key))
    assert error.content["parameter"] == "Idempotence-Key"


@step
def pay_and_find() -> None:
    payment = Payment.find_one(paid())
    assert payment.status == "succeeded" and payment.paid and payment.refundable
    assert len(payment.payment_method.sbp_operation_id) == 32 and payment.captured_at


@step
def payer_refuses() -> None:
    payment = Payment.create(order())
    peers_shop.play(URL, payment.id, "refuse", "?reason=insufficient_funds")
    done = Payment.find_one(payment.id)
    assert done.status == "canceled" and done.cancellation_details.reason == "insufficient_funds"
    assert done.cancellation_details.party == "payment_network"


@step
def list_by_cursor() -> None:
    made = {Payment.create(order()).id for _ in range(3)}
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = Payment.list(dict(query))
        seen += [item.id for item in page.items]
        if not page.next_cursor:
            break
        query["cursor"] = page.next_cursor
    assert made <= set(seen) and len(seen) == len(set(seen))


@step
def list_by_time_and_status() -> None:
    payment = Payment.find_one(paid())
    page = Payment.list({"created_at.gte": payment.created_at, "status": "succeeded", "limit": 100})
    assert payment.id in [item.id for item in page.items]
    assert raises(BadRequestError, lambda: Payment.list({"limit": 101})).content["parameter"] == "limit"


@step
def two_stages() -> None:
    payment = Payment.create(order(payment_method_data={"type": "bank_card"}, capture=False))
    peers_shop.play(URL, payment.id)
    assert Payment.find_one(payment.id).status == "waiting_for_capture"
    assert Payment.capture(payment.id).status == "succeeded"


@step
def cancel_a_held_payment() -> None:
    payment = Payment.create(order(payment_method_data={"type": "bank_card"}, capture=False))
    raises(BadRequestError, lambda: Payment.cancel(payment.id))
    peers_shop.play(URL, payment.id)
    done = Payment.cancel(payment.id)
    assert done.status == "canceled" and done.cancellation_details.reason == "canceled_by_merchant"


@step
def refund_in_parts_whole_and_too_much() -> None:
    payment_id = paid()
    part = Refund.create({"payment_id": payment_id, "amount": {"value": "250.50", "currency": "RUB"}})
    assert part.status == "succeeded" and len(part.id) == 36
    assert Refund.find_one(part.id).payment_id == payment_id
    too_much = {"payment_id": payment_id, "amount": {"value": "1000.01", "currency": "RUB"}}
    raises(BadRequestError, lambda: Refund.create(too_much))
    Refund.create({"payment_id": payment_id, "amount": {"value": "1000.00", "currency": "RUB"}})
    payment = Payment.find_one(payment_id)
    assert str(payment.refunded_amount.value) == "1250.50" and not payment.refundable
    assert len(Refund.list({"payment_id": payment_id}).items) == 2


@step
def receipts() -> None:
    payment_id = paid()
    made = Receipt.create(
        receipt()
        | {
            "type": "payment",
            "payment_id": payment_id,
            "send": True,
            "settlements": [{"type": "cashless", "amount": {"value": "1250.50", "currency": "RUB"}}],
        }
    )
    assert made.status == "pending" and made.items[0].vat_code == 11
    assert Receipt.find_one(made.id).payment_id == payment_id
    assert [item.id for item in Receipt.list({"payment_id": payment_id}).items] == [made.id]


@step
def sbp_banks() -> None:
    assert any(bank.bank_id == "100000000111" for bank in SbpBanks.list().items)


@step
def webhooks_and_notices() -> None:
    raises(ForbiddenError, Webhook.list)
    Configuration.configure_auth_token(TOKEN, api_url=f"{URL}/v3")
    hooks = [
        Webhook.add({"event": event, "url": peers_shop.listen(HEARD)})
        for event in ("payment.succeeded", "refund.succeeded")
    ]
    assert {hook.id for hook in Webhook.list().items} == {hook.id for hook in hooks}
    as_shop()
    payment_id = paid()
    notice = WebhookNotificationFactory().create(HEARD.get(timeout=15))
    assert notice.event == "payment.succeeded" and notice.object.id == payment_id
    Refund.create({"payment_id": payment_id, "amount": {"value": "1.00", "currency": "RUB"}})
    notice = WebhookNotificationFactory().create(HEARD.get(timeout=15))
    assert notice.event == "refund.succeeded" and notice.object.payment_id == payment_id
    Configuration.configure_auth_token(TOKEN, api_url=f"{URL}/v3")
    for hook in hooks:
        Webhook.remove(hook.id)
    assert not Webhook.list().items
    as_shop()


@step
def errors_have_their_classes() -> None:
    raises(NotFoundError, lambda: Payment.find_one(str(uuid.uuid4())))
    wrong = raises(BadRequestError, lambda: Payment.create(order(client_ip="nowhere")))
    assert wrong.content["parameter"] == "client_ip" and wrong.error.code == "invalid_request"
    for kind, error in (
        ("500", InternalServerError),
        ("429", TooManyRequestsError),
        ("202", ResponseProcessingError),
    ):
        peers_shop.fault(URL, "payments.create", kind)
        raises(error, lambda: Payment.create(order()))


def main() -> int:
    as_shop()
    failed = 0
    for each in STEPS:
        try:
            each()
        except Exception as error:  # noqa: BLE001 - a failed step is told, the others still run
            failed += 1
            sys.stdout.write(f"FAIL  {each.__name__}: {type(error).__name__}: {error}\n")
        else:
            sys.stdout.write(f"pass  {each.__name__}\n")
    sys.stdout.write(f"{len(STEPS) - failed} of {len(STEPS)} steps passed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
