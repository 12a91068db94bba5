"""Receipts through YooKassa: requests of their own after the payment has succeeded.

https://yookassa.ru/developers/payment-acceptance/receipts/54fz/other-services/basics, request classes of
the official SDK 3.13.0. There are receipts of payments and of refunds, and none of corrections.
"""

from dataclasses import dataclass

from adapters.yookassa import receipt_wire, wire
from adapters.yookassa.client import YooKassaClient
from domain.payments.provider import ProviderUnreachable
from domain.payments.receipts.items import Item
from domain.payments.receipts.register import (
    Contact,
    FiscalData,
    ReceiptWanted,
    RegisterAnswer,
    RegisterState,
)
from domain.payments.receipts.rules import Vat

_PAGES_MOST = 20
_VAT_CODES = {
    (Vat.NONE, False): 1, (Vat.ZERO, False): 2, (Vat.TEN, False): 3, (Vat.TWENTY, False): 4,
    (Vat.TEN, True): 5, (Vat.TWENTY, True): 6, (Vat.FIVE, False): 7, (Vat.SEVEN, False): 8,
    (Vat.FIVE, True): 9, (Vat.SEVEN, True): 10, (Vat.TWENTY_TWO, False): 11, (Vat.TWENTY_TWO, True): 12,
    (Vat.NONE, True): 1, (Vat.ZERO, True): 2,
}  # fmt: skip
"""By rate and whether it is the calculated one of an advance (parameters-values, vat_code)."""


@dataclass(frozen=True, slots=True)
class YooKassaReceipts:
    client: YooKassaClient

    async def ask(self, wanted: ReceiptWanted) -> RegisterAnswer:
        return answer(await self.client.create_receipt(new_receipt(wanted), key=wanted.key))

    async def read(self, provider_receipt_id: str) -> RegisterAnswer:
        return answer(await self.client.receipt(provider_receipt_id))

    async def find(self, wanted: ReceiptWanted, known: frozenset[str]) -> RegisterAnswer | None:
        sent = new_receipt(wanted)
        query = {"limit": "100"}
        if wanted.provider_refund_id:
            query["refund_id"] = wanted.provider_refund_id
        else:
            query["payment_id"] = wanted.provider_payment_id
        for _ in range(_PAGES_MOST):
            page = await self.client.receipts(query)
            for one in page.items:
                if one.id not in known and one.type == sent.type and _lines(one) == _sent_lines(sent):
                    return answer(one)
            if not page.next_cursor:
                return None
            query["cursor"] = page.next_cursor
        raise ProviderUnreachable(f"more than {_PAGES_MOST} pages of receipts of one operation")


def new_receipt(wanted: ReceiptWanted) -> receipt_wire.NewReceipt:
    return receipt_wire.NewReceipt(
        type=wanted.type.value,
        payment_id=None if wanted.provider_refund_id else wanted.provider_payment_id,
        refund_id=wanted.provider_refund_id,
        customer=_customer(wanted.contact),
        items=[_item(item) for item in wanted.items],
        settlements=[receipt_wire.ReceiptSettlement(amount=wire.Amount.of(wanted.amount))],
        tax_system_code=wanted.tax_system,
        send=True,
        internet=wanted.is_online,
        on_behalf_of=wanted.on_behalf_of,
    )


def answer(receipt: receipt_wire.Receipt) -> RegisterAnswer:
    """In our words. A status that appears later is not final for us."""
    match receipt.status:
        case "canceled":
            state = RegisterState.REFUSED
        case "succeeded" if receipt.fiscal_attribute and receipt.registered_at:
            state = RegisterState.REGISTERED
        case _:
            state = RegisterState.PENDING
    fiscal = None
    if state is RegisterState.REGISTERED:
        assert receipt.registered_at is not None
        fiscal = FiscalData(
            document_number=receipt.fiscal_document_number or "",
            storage_number=receipt.fiscal_storage_number or "",
            attribute=receipt.fiscal_attribute or "",
            registered_at=receipt.registered_at,
        )
    return RegisterAnswer(id=receipt.id, state=state, fiscal=fiscal)


def _customer(contact: Contact) -> receipt_wire.ReceiptCustomer:
    return receipt_wire.ReceiptCustomer(
        full_name=contact.name[:256] if contact.name else None,
        inn=contact.inn,
        email=contact.email,
        phone=contact.phone,
    )


def _item(item: Item) -> receipt_wire.ReceiptItem:
    """One piece at the whole sum: whether a price or a total is meant makes no difference then."""
    principal = item.principal
    return receipt_wire.ReceiptItem(
        description=item.description,
        quantity="1.000",
        amount=wire.Amount.of(item.amount),
        vat_code=_VAT_CODES[item.vat, item.is_advance],
        payment_subject="payment" if item.is_advance else "service",
        payment_mode=item.mode.value,
        agent_type=item.agent_type.value if item.agent_type else None,
        supplier=receipt_wire.ReceiptSupplier(
            name=principal.name[:256], inn=principal.inn or None, phone=principal.phone
        )
        if principal
        else None,
    )


def _lines(receipt: receipt_wire.Receipt) -> list[tuple[str, str]]:
    return [(item.description, item.amount.value) for item in receipt.items]


def _sent_lines(receipt: receipt_wire.NewReceipt) -> list[tuple[str, str]]:
    return [(item.description, item.amount.value) for item in receipt.items]
