"""The payment order that goes to the provider (YooKassa `payment_order`, domain of utilities).

Made only from what is kept, so that every repeat of one attempt has the same content.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from domain.accounts.accounts import AccountCard, SupplierAccountCard
from domain.accounts.requisites import BankDetails
from domain.accounts.suppliers import Collection, CollectionAccount, Supplier
from domain.kernel.calendar import Period, business_day, period_of
from domain.kernel.ids import SupplierId
from domain.payments.payments import Payment
from domain.payments.provider import OrderWanted, Recipient

GIS_ACCOUNT_CHARS = 10
GIS_SERVICE_CHARS = 13


def order_for(
    payment: Payment,
    card: AccountCard,
    suppliers: Mapping[SupplierId, Supplier],
    collection: CollectionAccount,
    *,
    return_url: str,
    zone: tzinfo,
    saved_token: str | None = None,
) -> OrderWanted:
    """One payment is one order with one payee: the company as agent, or, when a single supplier that
    collects directly is paid, that supplier."""
    period = _period(payment, zone)
    direct = _direct(payment, card, suppliers)
    number = direct.number if direct else card.account.number
    gis_number = None if direct else card.account.gis_number
    details = suppliers[direct.supplier_id].details if direct else collection.details
    words = f"л/с {number} за {period[5:]}.{period[:4]}"
    return OrderWanted(
        account_id=payment.account_id,
        payment_id=payment.id,
        attempt=payment.attempt,
        amount=payment.amount,
        description=f"Оплата услуг, {words}",
        method=payment.wish.method,
        confirmation=payment.wish.confirmation,
        return_url=payment.wish.return_url or return_url,
        payer_ip=None,
        recipient=_recipient(details),
        purpose=f"Оплата жилищно-коммунальных услуг, {words}. Платёж {payment.id}",
        period=period,
        unified_account_number=gis_number if _has(gis_number, GIS_ACCOUNT_CHARS) else None,
        account_number=number,
        service_id=direct.gis_service_id
        if direct and _has(direct.gis_service_id, GIS_SERVICE_CHARS)
        else None,
        plate=payment.wish.plate,
        save_method=payment.wish.save_method,
        saved_token=saved_token,
    )


def _period(payment: Payment, zone: tzinfo) -> Period:
    """The bill being paid: the one asked for, else the latest one that the parts touch."""
    paid = [line.line.period for part in payment.parts for line in part.lines if line.line.period]
    return payment.wish.period or max(paid, default=period_of(business_day(payment.created_at, zone)))


def _direct(
    payment: Payment, card: AccountCard, suppliers: Mapping[SupplierId, Supplier]
) -> SupplierAccountCard | None:
    if len(payment.parts) != 1:
        return None
    only = card.supplier_account(payment.parts[0].supplier_account_id)
    supplier = suppliers.get(only.supplier_id)
    return only if supplier and supplier.collection is Collection.DIRECT else None


def _has(number: str | None, chars: int) -> bool:
    return number is not None and len(number) == chars


def _recipient(details: BankDetails) -> Recipient:
    return Recipient(
        name=details.payee_name,
        inn=details.inn,
        kpp=details.kpp or "0",
        bank_name=details.bank_name,
        bic=details.bic,
        account=details.account,
        correspondent_account=details.correspondent_account,
    )
