"""What stands in the paths of routes about receipts and autopay."""

from datetime import timedelta
from uuid import UUID

from domain.kernel.ids import AutopayId, PaymentId, SavedMethodId
from domain.kernel.money import Money
from domain.payments.autopay.rules import Autopay, Plan
from domain.payments.autopay.saved import SavedMethod
from domain.payments.autopay.stopping import AutopayStop
from domain.payments.provider import Method
from domain.payments.receipts.items import Item
from domain.payments.receipts.receipts import Receipt, ReceiptId, ReceiptState
from domain.payments.receipts.register import ReceiptType
from domain.payments.receipts.rules import IssuedBy, Vat
from infra.clock import new_id
from tests.architecture.scope_world import World


async def supplier_id(world: World) -> UUID:
    return next(iter(world.home.suppliers.values()))


async def receipt_id(world: World) -> UUID:
    """One that has failed."""
    item = Item(
        supplier_account_id=world.home.supplier_accounts["electricity"],
        description="x",
        amount=Money(100),
        vat=Vat.NONE,
    )
    receipt = Receipt(
        id=ReceiptId(new_id()),
        account_id=world.home.account_id,
        payment_id=None,
        type=ReceiptType.PAYMENT,
        issued_by=IssuedBy.US,
        items=(item,),
        amount=item.amount,
        state=ReceiptState.FAILED,
        wanted_at=world.at,
        next_try_at=world.at + timedelta(days=1),
    )
    async with world.kabinet.container.transaction() as store:
        await store.receipts.add_once(receipt)
    return receipt.id


async def saved_method_id(world: World) -> UUID:
    """The owner's."""
    made = SavedMethodId(new_id())
    method = SavedMethod(
        id=made,
        user_id=world.owner,
        provider="yookassa",
        token="x" * 36,
        method=Method.BANK_CARD,
        title="*0004",
        payment_id=PaymentId(new_id()),
        saved_at=world.at,
    )
    async with world.kabinet.container.transaction() as store:
        await store.saved_methods.add_once(method)
    return made


async def autopay_id(world: World) -> UUID:
    """A new one to set up; to look at or to stop, one of the owner's."""
    made = AutopayId(new_id())
    if world.route.startswith("PUT"):
        return made
    method_id = SavedMethodId(await saved_method_id(world))
    plan = Plan(saved_method_id=method_id, limit=Money(100), day_of_month=1)
    autopay = Autopay.planned(made, world.home.account_id, world.owner, plan, world.at)
    async with world.kabinet.container.transaction() as store:
        await store.autopays.add(autopay, world.owner)
    return made


async def autopay_token(world: World) -> str:
    stop = AutopayStop(account_id=world.home.account_id, autopay_id=AutopayId(await autopay_id(world)))
    return stop.token(world.kabinet.container.of_autopay.autopay_links.keys[0])
