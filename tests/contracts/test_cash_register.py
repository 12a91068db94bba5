"""What the cash register of the provider does with what we ask: the adapter with the sandbox."""

import asyncio
from uuid import uuid4

import msgspec
import pytest
import pytest_asyncio

from adapters.yookassa.receipts import YooKassaReceipts
from domain.kernel.ids import AccountId, SupplierAccountId
from domain.kernel.money import Money
from domain.payments.provider import NotFoundAtProvider, ProviderRefused, ProviderUnsure
from domain.payments.receipts.items import Item, Mode, Principal
from domain.payments.receipts.register import Contact, ReceiptType, ReceiptWanted, RegisterState
from domain.payments.receipts.rules import AgentType, Vat
from tests.sandboxes import opened, provider_of, wanted

OWNER = SupplierAccountId(uuid4())


def item(kopecks, vat=Vat.TWENTY_TWO, **more):
    return Item(supplier_account_id=OWNER, description="Отопление", amount=Money(kopecks), vat=vat, **more)


ITEMS = (
    item(100_000),
    item(
        25_050,
        mode=Mode.ADVANCE,
        agent_type=AgentType.PAYMENT_AGENT,
        principal=Principal(name="АО «Тепло»", inn="8602000002"),
    ),
)


@pytest_asyncio.fixture
async def desk(tmp_path):
    async with opened(tmp_path) as sandbox:
        provider, http = provider_of(sandbox)
        async with http:
            payment = await provider.open(wanted())
            await sandbox.play(payment.id)
            yield YooKassaReceipts(provider.client), sandbox, payment.id


def receipt(payment_id, items=ITEMS, **more):
    return ReceiptWanted(
        **{
            "account_id": AccountId(uuid4()),
            "key": uuid4().hex,
            "type": ReceiptType.PAYMENT,
            "provider_payment_id": payment_id,
            "provider_refund_id": None,
            "contact": Contact(email="payer@example.test"),
            "items": items,
            "amount": Money(sum(one.amount.kopecks for one in items)),
            "tax_system": 1,
            "on_behalf_of": None,
            "is_online": True,
            **more,
        }
    )


async def test_asks_once_and_reads_what_was_registered(desk):
    register, sandbox, payment_id = desk
    asked = receipt(payment_id)
    first, *others = await asyncio.gather(*(register.ask(asked) for _ in range(4)))
    assert first.state is RegisterState.PENDING and {one.id for one in others} == {first.id}
    sandbox.clock.later(seconds=2)
    done = await register.read(first.id)
    assert (done.state, done.fiscal.storage_number) == (RegisterState.REGISTERED, "9288000100115785")
    body = sandbox.desk.store.get("receipt", first.id).body
    service, advance = body["items"]
    assert (service["vat_code"], service["payment_mode"], service["payment_subject"]) == (
        11,
        "full_payment",
        "service",
    )
    assert (advance["vat_code"], advance["payment_mode"], advance["payment_subject"]) == (
        12,
        "advance",
        "payment",
    )
    assert (advance["agent_type"], advance["supplier"]["inn"]) == ("payment_agent", "8602000002")


@pytest.mark.parametrize("vat", [one for one in Vat if one is not Vat.MAIN])
@pytest.mark.parametrize("mode", list(Mode))
async def test_takes_every_rate(desk, vat, mode):
    register, _, payment_id = desk
    assert (await register.ask(receipt(payment_id, (item(100, vat, mode=mode),)))).id


async def test_the_same_key_with_other_content_is_no_final_no(desk):
    register, _, payment_id = desk
    asked = receipt(payment_id)
    await register.ask(asked)
    with pytest.raises(ProviderUnsure):
        await register.ask(msgspec.structs.replace(asked, contact=Contact(phone="+79000000001")))


async def test_refuses_for_good_what_is_not_there(desk):
    register, _, _ = desk
    with pytest.raises(ProviderRefused) as refused:
        await register.ask(receipt(str(uuid4())))
    assert refused.value.parameter == "payment_id"
    with pytest.raises(NotFoundAtProvider):
        await register.read("rt-nothing")


async def test_finds_its_own_receipt_and_no_other(desk):
    register, sandbox, payment_id = desk
    asked = receipt(payment_id)
    made = await register.ask(asked)
    other = receipt(payment_id, (item(1),))
    await register.ask(other)
    assert (await register.find(asked, frozenset())).id == made.id
    assert await register.find(asked, frozenset({made.id})) is None
    assert await register.find(msgspec.structs.replace(asked, type=ReceiptType.REFUND), frozenset()) is None
    sandbox.clock.later(days=2)
    assert (await register.find(other, frozenset())).id != made.id


async def test_a_register_that_says_no(desk):
    register, sandbox, payment_id = desk
    await sandbox.fault("receipts.end", "pending_cancel", seconds=30)
    made = await register.ask(receipt(payment_id))
    assert made.state is RegisterState.PENDING
    sandbox.clock.later(seconds=31)
    assert (await register.read(made.id)).state is RegisterState.REFUSED
