"""Notices carry no signature: they only say which payment to ask about.

Source of the rules and of the networks: https://yookassa.ru/developers/using-api/webhooks and the
official SDK 3.13.0.
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

import msgspec

from adapters.yookassa.wire import Notice
from domain.kernel.ids import AccountId, PaymentId, RefundId
from domain.payments.provider import NoticeSubject

NETWORKS = (
    "77.75.153.0/25",
    "77.75.154.128/25",
    "77.75.156.11/32",
    "77.75.156.35/32",
    "185.71.76.0/27",
    "185.71.77.0/27",
    "2a02:5180::/32",
)
"""Where notices come from."""

MOST_BYTES = 256 * 1024
_ID_LENGTH = 36


def notice_subject(raw: bytes) -> NoticeSubject | None:
    """Event and ids of a notice; None for whatever is not a payment's or a refund's notice."""
    if len(raw) > MOST_BYTES:
        return None
    try:
        notice = msgspec.json.decode(raw, type=Notice)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    kind, _, status = notice.event.partition(".")
    about = {"payment": notice.object.id, "refund": notice.object.payment_id}.get(kind)
    if not status or about is None or len(about) != _ID_LENGTH:
        return None
    account_id, payment_id = our_ids(notice.object.metadata)
    return NoticeSubject(
        event=notice.event,
        provider_payment_id=about,
        account_id=account_id,
        payment_id=payment_id,
        refund_id=our_refund(notice.object.metadata)[1] if kind == "refund" else None,
    )


def our_ids(metadata: Mapping[str, Any] | None) -> tuple[AccountId | None, PaymentId | None]:
    """Our account and payment from an order's metadata; (None, None) unless both are there."""
    try:
        account_id = UUID((metadata or {})["account_id"])
        payment_id = UUID((metadata or {})["payment_id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None, None
    return AccountId(account_id), PaymentId(payment_id)


def our_refund(metadata: Mapping[str, Any] | None) -> tuple[AccountId | None, RefundId | None]:
    """Our account and refund from a refund's metadata; (None, None) unless both are there."""
    try:
        account_id = UUID((metadata or {})["account_id"])
        refund_id = UUID((metadata or {})["refund_id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None, None
    return AccountId(account_id), RefundId(refund_id)


def from_provider(ip: str, networks: Sequence[str] = NETWORKS) -> bool:
    """Whether the address lies in one of the networks. An IPv4 written as IPv6 counts as IPv4."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in ip_network(network) for network in networks)
