"""Which tax stands in suppliers' prices, as it is set by a day."""

from datetime import date

from domain.payments.receipts.rules import ReceiptTerms, SuppliersVat, VatRates
from domain.store import Store


async def suppliers_vat(store: Store, day: date) -> SuppliersVat:
    return SuppliersVat(
        unset=(await store.terms.at(ReceiptTerms, day)).vat,
        rates=await store.terms.at(VatRates, day),
        settings=await store.supplier_receipts.all(),
    )
