"""What stands in the paths of routes about receipts and autopay."""

from datetime import timedelta
from uuid import UUID

from domain.kernel.money import Money
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
