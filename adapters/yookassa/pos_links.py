"""Plates: cash-register links registered, and cleared of the sum they bear.

`POST /pos_links`, `…/activate`, `…/deactivate` as in the official SDK 3.13.0. A sum is put on by `pos_link`
of a payment. There is no call that takes one sum off: a plate that is switched off bears none, so it is
switched off and on again.
"""

from hashlib import sha256
from uuid import UUID

from adapters.yookassa import wire
from adapters.yookassa.client import YooKassaClient
from domain.kernel.ids import PaymentId


async def register(client: YooKassaClient, plate_id: UUID, link: str) -> str:
    wanted = wire.NewPosLink(pos_link_data=wire.PosLinkData(link=link))
    return (await client.create_pos_link(wanted, key=_key("register", plate_id))).id


async def clear(client: YooKassaClient, provider_link_id: str, payment_id: PaymentId) -> None:
    """By keys of the payment: a repeat within 24 hours does nothing to the payment after it."""
    for word in ("deactivate", "activate"):
        await client.turn_pos_link(provider_link_id, word, key=_key(word, payment_id))


def _key(word: str, id: UUID) -> str:
    return sha256(f"pos-link/{word}/{id}".encode()).hexdigest()
